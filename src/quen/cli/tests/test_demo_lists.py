"""The demo shop shows coloured tags, saved lists, special days, and who agreed to other uses of their data."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.cast import NOW

from quen.apps.compliance.models import PurposeAnswer
from quen.apps.contacts import queries, services
from quen.apps.contacts.models import SavedView, Tag
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.contacts.types import Consent, FieldFormat
from quen.apps.team.models import Member
from quen.cli.demo.contacts import draw_special_days
from quen.cli.demo.lists import add_lists
from quen.core.actors import SYSTEM


def test_tags_lists_and_answers(workspace: Any, an: Member) -> None:
    services.create_field(name="Ngày cưới", format=FieldFormat.SPECIAL_DAY, actor=SYSTEM, now=NOW)
    for number in range(6):
        make_contact(last_activity_at=NOW - timedelta(hours=number))
    add_lists(workspace, member=an, now=NOW)
    assert Tag.objects.get(name="VIP").colour == "straw"
    names = ["Khách VIP", "Ngày cưới 30 ngày tới", "Sinh nhật 7 ngày tới"]
    assert (
        list(SavedView.objects.filter(for_team=True).order_by("name").values_list("name", flat=True)) == names
    )
    assert set(PurposeAnswer.objects.values_list("purpose", "consent")) >= {
        ("ads", Consent.GRANTED),
        ("post", Consent.GRANTED),
    }


def test_special_days_are_of_both_calendars() -> None:
    drawn = [draw_special_days(number, {"wedding": 1, "memorial": 2}) for number in range(400)]
    days = [queries.stored_special_day(text) for attrs in drawn for text in attrs.values()]
    assert days and None not in days
    assert {day.lunar for day in days if day} == {False, True}
    assert {day.day.year is None for day in days if day} == {False, True}
