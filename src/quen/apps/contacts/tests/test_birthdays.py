"""Birthdays: without a year, around 29 February, and of the lunar calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from tests.cast import AN, NOW, TRA_SEN

from quen.apps.audience import queries as audience
from quen.apps.contacts import services
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import exported, make_contact
from quen.apps.import_export.tests.import_helpers import draft_import, run_draft
from quen.core import sql
from quen.core.clock import VIETNAM


def matching(now: datetime = NOW, **condition: Any) -> list[str]:
    ends = {name: condition.pop(name) for name in ("low", "high") if name in condition}
    named = {"from" if name == "low" else "to": day for name, day in ends.items()}
    tree = audience.parse({"field": "birthday", **condition, **named})
    found = [row[0] for row in sql.rows(audience.relation(tree, now=now, zone=VIETNAM))]
    return sorted(Contact.objects.filter(pk__in=found).values_list("full_name", flat=True))


def born(name: str, day: int, **columns: Any) -> Contact:
    return make_contact(full_name=name, birth_day=day, **columns)


class TestAroundTheLeapDay:
    def test_the_whole_year_begins_where_it_likes(self, workspace: Any) -> None:
        for name, day in (("Giao", 101), ("Hai", 228), ("Nhuận", 229), ("Ba", 301), ("Chạp", 1231)):
            born(name, day)
        everybody = ["Ba", "Chạp", "Giao", "Hai", "Nhuận"]
        for low, high in (("02-29", "02-28"), ("03-01", "02-28"), ("03-01", "02-29"), ("01-01", "12-31")):
            assert matching(op="between", low=low, high=high) == everybody, low

    @pytest.mark.parametrize(
        ("year", "low", "high", "names"),
        [
            (2026, "02-28", "02-28", ["Hai", "Nhuận"]),
            (2028, "02-28", "02-28", ["Hai"]),
            (2028, "02-29", "02-29", ["Nhuận"]),
            (2026, "02-20", "02-28", ["Hai", "Nhuận"]),
            (2026, "03-01", "03-01", ["Ba"]),
        ],
    )
    def test_a_leap_day_is_kept_on_the_28th_in_common_years(
        self, workspace: Any, year: int, low: str, high: str, names: list[str]
    ) -> None:
        for name, day in (("Hai", 228), ("Nhuận", 229), ("Ba", 301)):
            born(name, day)
        now = datetime(year, 6, 1, tzinfo=UTC)
        assert matching(now, op="between", low=low, high=high) == names


class TestLunarBirthdays:
    def test_are_found_on_the_day_they_fall_on(self, workspace: Any) -> None:
        born("Rằm tháng tám", 815, birth_is_lunar=True)
        born("Dương", 815)
        mid_autumn_2026, a_day_before = datetime(2026, 9, 25, tzinfo=UTC), datetime(2026, 9, 24, tzinfo=UTC)
        assert matching(mid_autumn_2026, op="next_days", days=0) == ["Rằm tháng tám"]
        assert matching(a_day_before, op="next_days", days=0) == []
        assert matching(a_day_before, op="next_days", days=1) == ["Rằm tháng tám"]
        assert matching(op="month", value=[9]) == ["Rằm tháng tám"]
        assert matching(op="month", value=[8]) == ["Dương"]
        assert matching(op="between", low="09-20", high="09-30") == ["Rằm tháng tám"]

    def test_the_30th_falls_on_the_29th_in_a_short_month(self, workspace: Any) -> None:
        born("Ba mươi Tết", 1230, birth_is_lunar=True)
        eve_2024, eve_2025 = datetime(2024, 2, 9, tzinfo=UTC), datetime(2025, 1, 28, tzinfo=UTC)
        for eve in (eve_2024, eve_2025):
            assert matching(eve, op="next_days", days=0) == ["Ba mươi Tết"]

    def test_do_not_come_round_in_a_leap_month(self, workspace: Any) -> None:
        born("Tháng sáu", 610, birth_is_lunar=True)
        in_june, in_leap_june = datetime(2025, 7, 4, tzinfo=UTC), datetime(2025, 8, 3, tzinfo=UTC)
        assert matching(in_june, op="next_days", days=0) == ["Tháng sáu"]
        assert matching(in_leap_june, op="next_days", days=0) == []


class TestEditingBirthdays:
    def test_a_lunar_date_keeps_its_lunar_year(self, workspace: Any, client_of: Any) -> None:
        lan, client = make_contact(), client_of(AN)
        path = f"/w/{TRA_SEN}/contacts/{lan.pk}/values/birth_on/"
        answer = client.post(path, {"birth_on": "23/12/1990", "birth_is_lunar": "on"})
        assert answer.status_code == 302
        lan.refresh_from_db()
        assert (lan.birth_on, lan.birth_day, lan.birth_is_lunar) == (date(1991, 2, 7), 1223, True)
        page = client.get(f"/w/{TRA_SEN}/contacts/{lan.pk}/").content.decode()
        assert "23/12/1990 (âm lịch)" in page
        assert "07/02/1991" in page
        form = client.get(path).content.decode()
        assert 'value="23/12/1990"' in form
        client.post(path, {"birth_on": "23/12/1990"})
        lan.refresh_from_db()
        assert (lan.birth_on, lan.birth_day, lan.birth_is_lunar) == (date(1990, 12, 23), 1223, False)

    @pytest.mark.parametrize(
        ("typed", "columns"),
        [
            ("30/02", (None, 230, True)),
            ("30-2", (None, 230, True)),
            ("15/08", (None, 815, True)),
        ],
    )
    def test_a_lunar_day_without_a_year(
        self, workspace: Any, client_of: Any, typed: str, columns: Any
    ) -> None:
        lan = make_contact()
        path = f"/w/{TRA_SEN}/contacts/{lan.pk}/values/birth_on/"
        assert client_of(AN).post(path, {"birth_on": typed, "birth_is_lunar": "on"}).status_code == 302
        lan.refresh_from_db()
        assert (lan.birth_on, lan.birth_day, lan.birth_is_lunar) == columns

    @pytest.mark.parametrize("typed", ["31/01", "30/02/1989", "30/13"])
    def test_a_day_the_lunar_calendar_lacks_is_refused(
        self, workspace: Any, client_of: Any, typed: str
    ) -> None:
        lan = make_contact(birth_day=101)
        path = f"/w/{TRA_SEN}/contacts/{lan.pk}/values/birth_on/"
        assert client_of(AN).post(path, {"birth_on": typed, "birth_is_lunar": "on"}).status_code == 422
        lan.refresh_from_db()
        assert (lan.birth_day, lan.birth_is_lunar) == (101, False)

    def test_the_mark_alone_reads_the_same_day_in_the_other_calendar(self, workspace: Any, an: Any) -> None:
        lan = make_contact(birth_on=date(1990, 8, 15), birth_day=815)
        services.update_contact(
            workspace=workspace, contact=lan, values={"birth_is_lunar": True}, actor=an.actor, now=NOW
        )
        lan.refresh_from_db()
        assert (lan.birth_on, lan.birth_day, lan.birth_is_lunar) == (date(1990, 10, 3), 815, True)


class TestExportOfBirthdays:
    def test_as_they_would_be_typed(self, workspace: Any) -> None:
        born("A", 717, birth_on=date(1990, 7, 17))
        born("B", 717)
        born("C", 815, birth_is_lunar=True, birth_on=date(1990, 10, 3))
        born("D", 230, birth_is_lunar=True)
        written = ["17/07/1990", "17/07", "15/08/1990 âm lịch", "30/02 âm lịch"]
        assert [row["Ngày sinh"] for row in exported()] == written

    def test_come_back_by_an_import(self, workspace: Any, an: Any) -> None:
        rows = "Họ và tên | Điện thoại | Ngày sinh"
        for number, birthday in enumerate(
            ("15/08/1990 âm lịch", "30/02 âm lịch", "", "17/07", "31/01 âm lịch")
        ):
            rows += f"\nLan {number} | 090577712{number} | {birthday}"
        draft = draft_import(rows, actor=an.actor, now=NOW, targets={"Ngày sinh": "birth_on"})
        run_draft(draft, actor=an.actor, now=NOW)
        stored = Contact.objects.order_by("full_name").values_list("birth_on", "birth_day", "birth_is_lunar")
        assert list(stored) == [
            (date(1990, 10, 3), 815, True),
            (None, 230, True),
            (None, None, False),
            (None, 717, False),
            (None, None, False),
        ]

    def test_an_import_of_a_solar_date_ends_the_lunar_one(self, workspace: Any, an: Any) -> None:
        born("Lan", 815, birth_is_lunar=True, phone="+84905777123")
        rows = "Họ và tên | Điện thoại | Ngày sinh\nLan | 0905777123 | 17/07/1990"
        draft = draft_import(rows, actor=an.actor, now=NOW, conflict_policy="overwrite")
        run_draft(draft, actor=an.actor, now=NOW)
        lan = Contact.objects.get()
        assert (lan.birth_on, lan.birth_day, lan.birth_is_lunar) == (date(1990, 7, 17), 717, False)

    def test_words_of_either_calendar_are_read(self, workspace: Any, an: Any) -> None:
        rows = "Họ và tên | Điện thoại | Ngày sinh\nLan | 0905777123 | 17/07/1990 dương lịch"
        rows += "\nVy | 0905777124 | 20/10 ÂL"
        run_draft(draft_import(rows, actor=an.actor, now=NOW), actor=an.actor, now=NOW)
        stored = Contact.objects.order_by("full_name").values_list("birth_on", "birth_day", "birth_is_lunar")
        assert list(stored) == [(date(1990, 7, 17), 717, False), (None, 1020, True)]
