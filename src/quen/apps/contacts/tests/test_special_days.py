"""Special days: when they are kept, who has one on a day, and what becomes of them on every way through Quen (R-31)."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.cast import AN, NOW, TRA_SEN

from quen.apps.audience import queries as audience
from quen.apps.contacts import queries, services
from quen.apps.contacts.models import Contact, Field
from quen.apps.contacts.rules.birthdays import Birthday
from quen.apps.contacts.rules.special_days import (
    keys_on,
    next_occurrence,
    read_special_day,
    stored,
    stored_special_day,
    typed_special_day,
)
from quen.apps.contacts.tests.factories import exported, make_contact, make_field
from quen.apps.contacts.types import FieldFormat, FormatWouldLose
from quen.apps.content.merge_tags.contact import ContactTags
from quen.apps.import_export.tests.import_helpers import draft_import, run_draft
from quen.core import clock, lunar, sql
from quen.core.actors import SYSTEM
from quen.core.clock import VIETNAM
from quen.core.dates import BadDate, PartialDate

MONTH_LENGTHS = (0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
SOLAR = st.integers(1, 12).flatmap(
    lambda month: st.integers(1, MONTH_LENGTHS[month]).map(
        lambda day: Birthday(PartialDate(None, month, day))
    )
)
LUNAR = st.builds(
    lambda month, day: Birthday(PartialDate(None, month, day), lunar=True),
    st.integers(1, 12),
    st.integers(1, 30),
)
DAYS = st.dates(date(1950, 1, 1), date(2149, 12, 31))


def kept_in_lunar_year(day: Birthday, year: int) -> date:
    """Return when a lunar day is kept in a lunar year, from the calendar alone."""
    try:
        return lunar.to_solar(year, day.day.month, day.day.day)
    except ValueError:
        return lunar.to_solar(year, day.day.month, 29)


def special_day(name: str = "Ngày cưới", **values: Any) -> Field:
    return services.create_field(name=name, format=FieldFormat.SPECIAL_DAY, actor=SYSTEM, now=NOW, **values)


def having(field: Field, name: str, value: str, **columns: Any) -> Contact:
    return make_contact(full_name=name, attrs={str(field.pk): value}, **columns)


class TestTheCalendar:
    @settings(max_examples=400, deadline=None)
    @given(day=st.one_of(SOLAR, LUNAR), today=DAYS)
    def test_the_next_day_is_the_first_on_which_it_is_kept(self, day: Birthday, today: date) -> None:
        expected = next(
            on
            for on in (today + timedelta(days=number) for number in range(800))
            if day.key in (keys_on([on]).lunar if day.lunar else keys_on([on]).solar)
        )
        assert next_occurrence(day, today) == expected

    @settings(max_examples=300, deadline=None)
    @given(day=LUNAR, year=st.integers(1950, 2149))
    def test_a_lunar_day_is_kept_once_in_a_lunar_year(self, day: Birthday, year: int) -> None:
        first, following = lunar.to_solar(year, 1, 1), lunar.to_solar(year + 1, 1, 1)
        days = [first + timedelta(days=number) for number in range((following - first).days)]
        assert [on for on in days if day.key in keys_on([on]).lunar] == [kept_in_lunar_year(day, year)]

    @settings(max_examples=300, deadline=None)
    @given(day=SOLAR, year=st.integers(1950, 2149))
    def test_a_day_of_the_usual_calendar_is_kept_once_a_year(self, day: Birthday, year: int) -> None:
        days = [date(year, 1, 1) + timedelta(days=number) for number in range(366)]
        kept = [on for on in days if on.year == year and day.key in keys_on([on]).solar]
        is_leap_day = day.key == 229 and not (year % 4 == 0 and (year % 100 != 0 or year % 400 == 0))
        assert kept == [date(year, day.day.month, 28 if is_leap_day else day.day.day)]

    @settings(max_examples=300, deadline=None)
    @given(
        day=st.one_of(SOLAR, LUNAR), year=st.sampled_from([None, 1984, 2001]), lunar_unless_said=st.booleans()
    )
    def test_what_is_typed_and_stored_is_read_as_the_same_day(
        self, day: Birthday, year: int | None, lunar_unless_said: bool
    ) -> None:
        day = Birthday(PartialDate(year, day.day.month, day.day.day), lunar=day.lunar)
        try:
            text = stored(read_special_day(stored(day)))
        except BadDate:
            # 29 February of a common year, the 30th of a short lunar month.
            assert day.day.year and day.day.day >= 29
            return
        assert stored_special_day(text) == day
        typed = typed_special_day(text, lunar_unless_said=lunar_unless_said)
        assert read_special_day(typed, lunar_unless_said=lunar_unless_said) == day
        assert read_special_day(text, lunar_unless_said=lunar_unless_said) == day

    @pytest.mark.parametrize(
        "typed", ["31/02", "15/13", "lunar --13-01", "lunar --01-31", "30/02", "1990", "hôm qua"]
    )
    def test_a_day_that_no_calendar_has_is_refused(self, typed: str) -> None:
        with pytest.raises(BadDate):
            read_special_day(typed)


class TestWhoseDayItIs:
    def names(self, day: date, field: Field | None, offset: int = 0) -> list[str]:
        found = [row[0] for row in sql.rows(queries.people_on(day, special_day=field, offset_days=offset))]
        return sorted(Contact.objects.filter(pk__in=found).values_list("full_name", flat=True))

    def test_before_on_and_after_the_day(self, workspace: Any) -> None:
        field = special_day()
        having(field, "Lan", "2015-03-14")
        having(field, "Vy", "--02-29")
        having(field, "Trung thu", "lunar --08-15")
        having(field, "Đã xóa", "2015-03-14", deleted_at=NOW)
        make_contact(full_name="Ngày khác", birth_day=314)
        assert self.names(date(2027, 3, 14), field) == ["Lan"]
        assert self.names(date(2027, 3, 11), field, -3) == ["Lan"]
        assert self.names(date(2027, 3, 17), field, 3) == ["Lan"]
        assert self.names(date(2027, 2, 28), field) == ["Vy"]
        assert self.names(date(2028, 2, 28), field) == []
        assert self.names(date(2028, 2, 29), field) == ["Vy"]
        # Mid-autumn of 2026 is 25 September; three days before it is another lunar date.
        assert self.names(date(2026, 9, 22), field, -3) == ["Trung thu"]
        assert self.names(date(2026, 8, 15), field) == []
        assert self.names(date(2027, 3, 14), None) == ["Ngày khác"]

    def test_a_new_year_s_eve_in_a_short_month_and_none_in_a_leap_month(self, workspace: Any) -> None:
        field = special_day()
        having(field, "Ba mươi Tết", "lunar --12-30")
        having(field, "Tháng sáu", "lunar --06-10")
        assert self.names(date(2025, 1, 28), field) == ["Ba mươi Tết"]
        assert self.names(date(2025, 7, 4), field) == ["Tháng sáu"]
        assert self.names(date(2025, 8, 3), field) == []

    def test_reads_an_index_with_100_000_people(self, committed_workspace: Any) -> None:
        field = special_day()
        services.index_field(field.pk)
        base = make_contact(phone=None)
        own = ("id", "search", "attrs", "birth_day")
        columns = (each.column for each in Contact._meta.local_concrete_fields)
        names = ", ".join(column for column in columns if column and column not in own)
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO contacts_contact ({names}, attrs, birth_day) SELECT {names}, jsonb_build_object(%s::text,"
                " to_char(date '2001-01-01' + n %% 365, 'YYYY-MM-DD')), 101 + n %% 28"
                " FROM contacts_contact, generate_series(1, 100000) n WHERE id = %s",
                [field.pk, base.pk],
            )
            cursor.execute("ANALYZE contacts_contact")
        for given_day, expected in ((field, 100_000 // 365), (None, 100_000 // 28)):
            people = queries.people_on(date(2027, 1, 15), special_day=given_day)
            plan = "\n".join(row[0] for row in sql.rows(sql.compose("EXPLAIN SELECT * FROM {p} p", p=people)))
            assert "Seq Scan" not in plan, plan
            assert len(sql.rows(people)) in (expected, expected + 1)


class TestConditions:
    def matching(self, field: Field, at: datetime = NOW, **condition: Any) -> list[str]:
        condition = {
            "from" if key == "low" else "to" if key == "high" else key: condition[key] for key in condition
        }
        tree = audience.parse({"field": f"custom.{field.key}", **condition})
        found = [row[0] for row in sql.rows(audience.relation(tree, now=at, zone=VIETNAM))]
        return sorted(Contact.objects.filter(pk__in=found).values_list("full_name", flat=True))

    def test_of_every_operator(self, workspace: Any) -> None:
        field = special_day()
        having(field, "Lan", "2015-09-25")
        having(field, "Nhuận", "--02-29")
        having(field, "Trung thu", "lunar 1990-08-15")
        make_contact(full_name="Không có")
        mid_autumn = datetime(2026, 9, 25, 5, tzinfo=UTC)
        both = ["Lan", "Trung thu"]
        assert self.matching(field, mid_autumn, op="today") == both
        assert self.matching(field, mid_autumn - timedelta(days=3), op="in_days", days=3) == both
        assert self.matching(field, mid_autumn - timedelta(days=3), op="in_days", days=2) == []
        assert self.matching(field, mid_autumn + timedelta(days=7), op="days_ago", days=7) == both
        assert self.matching(field, mid_autumn - timedelta(days=5), op="next_days", days=5) == both
        assert self.matching(field, mid_autumn - timedelta(days=5), op="next_days", days=4) == []
        assert self.matching(field, mid_autumn, op="month", value=[9]) == both
        assert self.matching(field, mid_autumn, op="month", value=[2, 8]) == ["Nhuận"]
        assert self.matching(field, mid_autumn, op="between", low="02-28", high="02-28") == ["Nhuận"]
        everybody = ["Lan", "Nhuận", "Trung thu"]
        assert self.matching(field, mid_autumn, op="between", low="09-01", high="02-28") == everybody
        assert self.matching(field, op="filled") == ["Lan", "Nhuận", "Trung thu"]
        assert self.matching(field, op="empty") == ["Không có"]

    def test_a_sentence_names_the_day_in_the_reader_s_language(self, workspace: Any) -> None:
        field = special_day("Ngày cưới", name_en="Wedding day")
        tree = audience.parse({"field": f"custom.{field.key}", "op": "in_days", "days": 3})
        with translation.override("vi"):
            assert "Ngày cưới" in str(audience.describe(tree, now=NOW, zone=VIETNAM))
        with translation.override("en"):
            assert "whose “Wedding day” is in exactly" in str(audience.describe(tree, now=NOW, zone=VIETNAM))


class TestOneFieldEverywhere:
    def test_edited_in_place_with_its_calendar(self, workspace: Any, client_of: Any) -> None:
        field, lan = special_day(), make_contact()
        client, key = client_of(AN), f"field_{field.pk}"
        path = f"/w/{TRA_SEN}/contacts/{lan.pk}/values/{key}/"
        assert client.post(path, {key: "15/08", f"{key}_lunar": "on"}).status_code == 302
        lan.refresh_from_db()
        assert lan.attrs == {str(field.pk): "lunar --08-15"}
        page = client.get(f"/w/{TRA_SEN}/contacts/{lan.pk}/").content.decode()
        assert "15/08 (âm lịch)" in page
        form = client.get(path).content.decode()
        assert 'value="15/08"' in form
        assert "checked" in form
        # The same date again, without the mark: the other calendar.
        assert client.post(path, {key: "15/08"}).status_code == 302
        lan.refresh_from_db()
        assert lan.attrs == {str(field.pk): "--08-15"}
        assert client.post(path, {key: "31/02"}).status_code == 422
        assert client.post(path, {key: ""}).status_code == 302
        lan.refresh_from_db()
        assert lan.attrs == {}

    def test_comes_by_a_file_under_either_name(self, workspace: Any, an: Any) -> None:
        field = special_day("Ngày giỗ", name_en="Memorial day", is_lunar=True)
        rows = "Họ và tên | Điện thoại | Memorial day"
        given = ("15/08", "15/08/1990 âm lịch", "20/10 dương lịch", "", "2015-03-14", "31/02")
        for number, day in enumerate(given):
            rows += f"\nLan {number} | 090577712{number} | {day}"
        run_draft(draft_import(rows, actor=an.actor, now=NOW), actor=an.actor, now=NOW)
        stored_days = [each.attrs.get(str(field.pk)) for each in Contact.objects.order_by("full_name")]
        assert stored_days == ["lunar --08-15", "lunar 1990-08-15", "--10-20", None, "2015-03-14", None]

    @pytest.mark.parametrize("is_lunar", [False, True])
    def test_comes_back_from_an_export(self, workspace: Any, an: Any, is_lunar: bool) -> None:
        field = special_day("Kỷ niệm", is_lunar=is_lunar)
        days = ["2015-03-14", "--02-29", "lunar --02-30", "lunar 1990-08-15", "--08-15"]
        for number, day in enumerate(days):
            having(field, f"Lan {number}", day, phone=f"+8490577712{number}")
        rows = exported()
        assert [row["Kỷ niệm"] for row in rows] == [
            typed_special_day(day, lunar_unless_said=is_lunar) for day in days
        ]
        Contact.all_objects.all().delete()
        text = "Điện thoại | Kỷ niệm\n" + "\n".join(
            f"090577712{number} | {row['Kỷ niệm']}" for number, row in enumerate(rows)
        )
        run_draft(draft_import(text, actor=an.actor, now=NOW), actor=an.actor, now=NOW)
        assert [each.attrs[str(field.pk)] for each in Contact.objects.order_by("phone")] == days

    def test_a_field_with_dates_becomes_one_and_back(self, workspace: Any, an: Any) -> None:
        field = make_field(name="Ngày cưới", format=FieldFormat.DATE)
        lan = having(field, "Lan", "2015-03-14")
        given = {"field": field, "name": "Ngày cưới", "actor": an.actor, "now": NOW}
        field = services.update_field(**given, format=FieldFormat.SPECIAL_DAY)
        lan.refresh_from_db()
        assert (field.indexed, lan.attrs) == (True, {str(field.pk): "2015-03-14"})
        Contact.objects.filter(pk=lan.pk).update(attrs={str(field.pk): "lunar --08-15"})
        with pytest.raises(FormatWouldLose) as refused:
            services.update_field(**given, format=FieldFormat.DATE)
        assert refused.value.params["example"] == "15/08 âm lịch"
        services.update_field(**given, format=FieldFormat.TEXT)
        lan.refresh_from_db()
        assert lan.attrs == {str(field.pk): "15/08 âm lịch"}

    def test_follows_a_merge_and_its_undo(self, workspace: Any) -> None:
        field = special_day()
        kept, merged = make_contact(), having(field, "Lan", "lunar --08-15")
        merge = services.merge_contacts(kept=kept, merged=merged, choices={}, actor=SYSTEM, now=NOW)
        kept.refresh_from_db()
        assert kept.attrs == {str(field.pk): "lunar --08-15"}
        services.undo_merge(merge=merge, actor=SYSTEM, now=NOW + timedelta(hours=1))
        kept.refresh_from_db()
        assert kept.attrs == {}

    def test_in_a_message(self, workspace: Any) -> None:
        field = special_day("Ngày cưới", name_en="Wedding day")
        lan, vy = having(field, "Lan", "lunar 1990-02-30"), having(field, "Vy", "2015-03-14")
        tag = f"custom.{field.key}"
        found = ContactTags().values([tag], [lan.pk, vy.pk], now=NOW)
        assert found[lan.pk][tag] == {"vi": "30/02 âm lịch", "en": "30/02 (lunar)"}
        assert found[vy.pk][tag] == date(2015, 3, 14)

    def test_the_copy_of_a_person_s_data_says_it_in_words(self, workspace: Any) -> None:
        field = special_day()
        lan = having(field, "Lan", "lunar 1990-08-15")
        assert queries.profile_copy(lan.pk)[0]["Ngày cưới"] == "15/08/1990 (âm lịch)"


class TestPages:
    LIST = f"/w/{TRA_SEN}/contacts/special-days/"

    def test_are_made_and_listed_with_the_birthday(self, workspace: Any, client_of: Any) -> None:
        client = client_of(AN)
        make_contact(birth_day=1014)
        answer = client.post(
            f"{self.LIST}new/", {"name": "Ngày giỗ", "name_en": "Memorial day", "is_lunar": "on"}
        )
        assert answer.status_code == 302
        made = Field.objects.get()
        assert (made.name, made.name_en, made.format, made.is_lunar, made.indexed) == (
            "Ngày giỗ",
            "Memorial day",
            FieldFormat.SPECIAL_DAY,
            True,
            True,
        )
        page = client.get(self.LIST).content.decode()
        for text in ("Sinh nhật", "Ngày giỗ", "Memorial day", "Âm lịch"):
            assert text in page
        assert f"/contacts/fields/{made.pk}/" in page
        again = client.post(f"{self.LIST}new/", {"name": "ngày giỗ"})
        assert again.status_code == 422

    def test_who_has_one_soon_is_a_filter_of_the_list(self, workspace: Any, client_of: Any) -> None:
        field = special_day()
        today = clock.local_day(clock.now(), VIETNAM)
        soon, later = today + timedelta(days=3), today + timedelta(days=90)
        having(field, "Lan Sắp Tới", f"--{soon:%m-%d}")
        having(field, "Vy Để Sau", f"--{later:%m-%d}")
        client = client_of(AN)
        page = client.get(self.LIST).content.decode()
        href = re.findall(r'href="([^"]*rules=[^"]*)"', page)[-1].replace("&amp;", "&")
        found = client.get(href).content.decode()
        assert "Lan Sắp Tới" in found
        assert "Vy Để Sau" not in found

    def test_put_out_of_use_and_brought_back(self, workspace: Any, client_of: Any) -> None:
        field, client = special_day(), client_of(AN)
        path = f"/w/{TRA_SEN}/contacts/fields/{field.pk}"
        assert client.post(f"{path}/archive/").headers["Location"] == self.LIST
        assert f"{path}/restore/" in client.get(self.LIST).content.decode()
        assert client.post(f"{path}/restore/").headers["Location"] == self.LIST
        assert queries.special_days() == [field]

    def test_from_one_s_own_name_and_profile(self, workspace: Any, client_of: Any) -> None:
        client = client_of(AN)
        assert self.LIST in client.get("/profile/").content.decode()
        assert self.LIST in client.get(f"/w/{TRA_SEN}/contacts/").content.decode()
