"""Who a campaign means: any mix, exclude wins, everybody once (R-10)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.campaigns import queries, services
from quen.apps.campaigns.tests.factories import make_campaign, make_reader, make_shop
from quen.apps.campaigns.types import Audience, Pick, PickKind
from quen.apps.contacts import services as contacts
from quen.apps.contacts.tests.factories import make_tag
from quen.apps.segments import services as segments
from quen.core import sql
from quen.core.errors import NotFound

pytestmark = pytest.mark.django_db
VIP_TREE = {"field": "tags", "op": "any", "value": ["VIP"]}


def found(workspace: Any, audience: Audience) -> list[int]:
    rows = sql.rows(queries.people_of(audience, now=NOW, zone=workspace.zone))
    return sorted(row[0] for row in rows)


class TestPeopleOf:
    def test_nothing_chosen_is_nobody(self, workspace: Any) -> None:
        make_reader(1)
        assert found(workspace, Audience()) == []

    def test_takes_any_mix_and_counts_everybody_once(self, workspace: Any, an: Any) -> None:
        lan, mai, hoa, cuc = (make_reader(number) for number in range(4))
        tag = make_tag("VIP")
        for person in (lan, mai):
            contacts.add_tags(contact=person, names=["VIP"], actor=an, now=NOW)
        segment = segments.create_segment(name="Khách VIP", tree=VIP_TREE, actor=an, now=NOW)
        segments.recount(segment, now=NOW)
        include = (
            Pick(PickKind.TAG, tag.pk),
            Pick(PickKind.SEGMENT, segment.pk),
            Pick(PickKind.TREE, {"field": "email", "op": "is", "value": hoa.email}),
            Pick(PickKind.CONTACT, lan.pk),
        )
        assert found(workspace, Audience(include)) == sorted([lan.pk, mai.pk, hoa.pk])
        assert cuc.pk not in found(workspace, Audience(include))

    def test_exclude_wins(self, workspace: Any) -> None:
        lan, mai = make_reader(1), make_reader(2)
        audience = Audience((Pick(PickKind.EVERYONE, True),), (Pick(PickKind.CONTACT, lan.pk),))
        assert found(workspace, audience) == [mai.pk]

    def test_a_piece_that_is_gone_is_said_not_skipped(self, workspace: Any) -> None:
        with pytest.raises(NotFound):
            found(workspace, Audience((Pick(PickKind.SEGMENT, 999),)))


class TestPicks:
    def test_the_same_piece_is_on_one_side_only(self, workspace: Any, an: Any) -> None:
        lan = make_reader(1)
        campaign = make_campaign([lan])
        services.add_picks(campaign=campaign, side="exclude", picks=[Pick(PickKind.CONTACT, lan.pk)], now=NOW)
        audience = queries.audience_of(queries.get_campaign(campaign.pk))
        assert (audience.include, len(audience.exclude)) == ((), 1)

    def test_confirming_everyone_ends_with_everyone(self, workspace: Any) -> None:
        campaign = make_campaign(include=[Pick(PickKind.EVERYONE, True)])
        services.confirm_everyone(campaign=campaign, confirmed=True, now=NOW)
        services.remove_pick(campaign=campaign, side="include", place=0, now=NOW)
        assert not queries.audience_of(queries.get_campaign(campaign.pk)).confirmed

    def test_a_segment_knows_the_drafts_that_name_it(self, workspace: Any, an: Any) -> None:
        from quen.apps.segments import queries as segment_queries

        make_tag("VIP")
        segment = segments.create_segment(name="Khách VIP", tree=VIP_TREE, actor=an, now=NOW)
        campaign = make_campaign(include=[Pick(PickKind.SEGMENT, segment.pk)])
        (use,) = segment_queries.uses(segment)
        assert (use.name, use.path) == (campaign.name, f"/campaigns/{campaign.pk}/")


class TestLookAt:
    def test_counts_who_is_left_out_by_reason(self, workspace: Any, an: Any) -> None:
        from quen.apps.compliance.types import Reason
        from quen.apps.contacts.types import Consent

        make_shop(workspace, an)
        people = [
            make_reader(1),
            make_reader(2, email=None),
            make_reader(3, consent_email=Consent.NEVER_ASKED),
        ]
        look = queries.look_at(make_campaign(people), workspace=workspace, now=NOW)
        assert look is not None
        assert (look.matched, look.eligible) == (3, 1)
        assert dict(look.left_out) == {Reason.NO_ADDRESS: 1, Reason.NO_CONSENT: 1}
        ids = queries.left_out(
            make_campaign(people), Reason.NO_CONSENT, workspace=workspace, now=NOW, after=0, most=5
        )
        assert ids == [people[2].pk]
