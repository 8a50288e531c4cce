"""The merge tag of a birthday says the day as the customer says it."""

from __future__ import annotations

from datetime import date
from typing import Any

from tests.cast import NOW

from quen.apps.contacts.tests.factories import make_contact
from quen.apps.content.merge_tags.contact import ContactTags


class TestBirthdayTag:
    def test_a_lunar_day_stays_a_lunar_day(self, workspace: Any) -> None:
        lunar = make_contact(birth_on=date(1990, 10, 3), birth_day=815, birth_is_lunar=True)
        usual, partial, none = (
            make_contact(birth_on=date(1990, 10, 3), birth_day=1003),
            make_contact(birth_day=1003),
            make_contact(),
        )
        ids = [contact.pk for contact in (lunar, usual, partial, none)]
        found = ContactTags().values(["birthday"], ids, now=NOW)
        assert [found[pk]["birthday"] for pk in ids] == [
            {"vi": "15/08 âm lịch", "en": "15/08 (lunar)"},
            date(1990, 10, 3),
            "03/10",
            "",
        ]
