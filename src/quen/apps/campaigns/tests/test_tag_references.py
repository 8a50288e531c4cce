"""Tags that campaigns name: they can't be deleted, and a merge rewrites them."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.campaigns.tests.factories import make_campaign
from quen.apps.contacts import queries as people
from quen.apps.contacts import services as contacts
from quen.apps.contacts.types import TagInUse

pytestmark = pytest.mark.django_db


def test_a_merge_of_tags_rewrites_audiences(workspace: Any, an: Any) -> None:
    vip, gold = contacts.ensure_tags(["VIP", "Vàng"])
    tree = {"all": [{"field": "tags", "op": "none", "value": [gold]}]}
    campaign = make_campaign(
        audience={"include": [{"tag": vip}, {"tag": gold}, {"tree": tree}], "exclude": [{"tag": gold}]}
    )
    with pytest.raises(TagInUse):
        contacts.delete_tag(tag=people.get_tag(gold), actor=an.actor, now=NOW)
    contacts.merge_tags(tag=people.get_tag(gold), into=people.get_tag(vip), actor=an.actor, now=NOW)
    campaign.refresh_from_db()
    rewritten = {"all": [{"field": "tags", "op": "none", "value": [vip]}]}
    assert campaign.audience["include"] == [{"tag": vip}, {"tree": rewritten}]
    assert campaign.audience["exclude"] == [{"tag": vip}]
