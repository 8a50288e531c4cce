"""Updating a contact."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.contacts import services
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import make_contact, make_field
from quen.apps.contacts.types import FieldRequired, NoIdentifier, PhoneInUse
from quen.apps.events import queries as events


def update(workspace: Any, contact: Contact, an: Any, **values: Any) -> Contact:
    return services.update_contact(
        workspace=workspace, contact=contact, values=values, actor=an.actor, now=NOW
    )


class TestUpdateContact:
    def test_records_which_fields_changed(self, workspace: Any, an: Any) -> None:
        field = make_field()
        lan = make_contact(full_name="Trần Lan", given_name="Lan", family_name="Trần", call_name="Lan")
        update(workspace, lan, an, company="Trà Sen", **{f"field_{field.pk}": "41,2"})
        lan.refresh_from_db()
        assert (lan.company, lan.attrs) == ("Trà Sen", {str(field.pk): 41.2})
        assert events.timeline(lan.pk)[0].data == {"fields": ["company", f"field_{field.pk}"], "by": an.name}

    def test_records_nothing_when_nothing_changes(self, workspace: Any, an: Any) -> None:
        lan = make_contact(company="Trà Sen")
        update(workspace, lan, an, company=" Trà  Sen ")
        assert not events.timeline(lan.pk)

    def test_keeps_a_call_name_corrected_by_hand(self, workspace: Any, an: Any) -> None:
        lan = make_contact(full_name="Trần Ngọc Lan", call_name="Ngọc Lan")
        assert update(workspace, lan, an, full_name="Trần Thị Ngọc Lan").call_name == "Ngọc Lan"

    def test_does_not_empty_a_required_field(self, workspace: Any, an: Any) -> None:
        lan = make_contact(email="lan@tra-sen.vn")
        with pytest.raises(FieldRequired):
            update(workspace, lan, an, phone="")

    def test_lets_other_fields_of_an_incomplete_contact_change(self, workspace: Any, an: Any) -> None:
        lan = make_contact(full_name="", incomplete=True)
        assert update(workspace, lan, an, company="Trà Sen").incomplete
        assert not update(workspace, lan, an, full_name="Lan").incomplete

    def test_keeps_one_identifier(self, workspace: Any, an: Any) -> None:
        workspace.required_fields = []
        with pytest.raises(NoIdentifier):
            update(workspace, make_contact(), an, phone="")

    def test_refuses_the_phone_of_another(self, workspace: Any, an: Any) -> None:
        make_contact(phone="+84905318274")
        lan = make_contact()
        with pytest.raises(PhoneInUse):
            update(workspace, lan, an, phone="0905318274", company="Trà Sen")
        lan.refresh_from_db()
        assert lan.company == ""

    def test_leaves_the_last_activity_alone(self, workspace: Any, an: Any) -> None:
        lan = make_contact()
        update(workspace, lan, an, company="Trà Sen")
        lan.refresh_from_db()
        assert lan.last_activity_at == NOW
