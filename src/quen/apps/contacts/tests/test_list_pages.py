"""The contact list: filters, order, paging."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cast import AN, BINH, NOW

from quen.apps.audience import queries as audience
from quen.apps.audience.types import EvaluationContext
from quen.apps.contacts import queries
from quen.apps.contacts.list import columns, counts
from quen.apps.contacts.list.filters import ContactFilter, ContactList
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import make_contact, make_contacts, make_field
from quen.apps.contacts.types import FieldFormat, Status
from quen.apps.team.models import Member
from quen.core.paging import Cursor, Page, Sort, read_large
from quen.core.text import sort_key

pytestmark = pytest.mark.django_db
LIST = "/w/tra-sen/contacts/"
PART = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "div#listing"}
Browse = Callable[[str], Any]


@pytest.fixture
def context(workspace: Any) -> EvaluationContext:
    return EvaluationContext(NOW, workspace.zone)


def sort_by(raw: str) -> Sort:
    sort = Sort.read(raw, columns.sort_columns())
    assert sort is not None
    return sort


def names(wanted: ContactFilter, context: EvaluationContext, sort: str = "name") -> list[str]:
    page = read_large(ContactList(wanted, context), sort=sort_by(sort), size=50)
    return [str(contact) for contact in queries.contacts_in_order(page.rows)]


def count(wanted: ContactFilter, context: EvaluationContext) -> int:
    return counts.count_or_estimate(ContactList(wanted, context)).value


def make_named(name: str, **changes: Any) -> Contact:
    return make_contact(full_name=name, sort_key=sort_key(name), **changes)


def forwards(wanted: ContactFilter, context: EvaluationContext, sort: Sort, size: int) -> Iterator[Page[int]]:
    after: Cursor | None = None
    while True:
        page = read_large(ContactList(wanted, context), sort=sort, size=size, after=after)
        yield page
        if page.next is None:
            return
        after = Cursor.read(str(page.next), sort)


class TestPaging:
    @pytest.mark.parametrize("sort", ["-activity", "activity", "name", "-name", "-spent", "created"])
    @pytest.mark.parametrize("query", ["", "mẫu"])
    def test_every_one_once_with_ties_and_back_the_same_way(
        self, context: EvaluationContext, sort: str, query: str
    ) -> None:
        for number in range(11):
            make_contact(
                full_name=f"Mẫu {number % 2}",
                sort_key=sort_key(f"Mẫu {number % 2}"),
                last_activity_at=NOW - timedelta(days=number // 4),
                spent=number // 5,
            )
        contact_filter = ContactFilter(query=query)
        pages = list(forwards(contact_filter, context, sort_by(sort), 3))
        seen = [each for page in pages for each in page.rows]
        assert len(seen) == len(set(seen)) == 11
        assert [page.first for page in pages] == [1, 4, 7, 10]
        back = pages[-1]
        for earlier in reversed(pages[:-1]):
            assert back.previous is not None
            back = read_large(
                ContactList(contact_filter, context), sort=sort_by(sort), size=3, before=back.previous
            )
            assert (back.rows, back.first) == (earlier.rows, earlier.first)
        assert back.previous is None

    def test_one_row_added_shifts_nothing(self, context: EvaluationContext) -> None:
        make_contacts(4)
        first = read_large(ContactList(ContactFilter(), context), sort=sort_by("-activity"), size=2)
        make_contact(last_activity_at=NOW + timedelta(hours=1))
        second = read_large(
            ContactList(ContactFilter(), context), sort=sort_by("-activity"), size=2, after=first.next
        )
        assert not set(first.rows) & set(second.rows)
        assert len(second.rows) == 2

    def test_nobody(self, context: EvaluationContext) -> None:
        page = read_large(ContactList(ContactFilter(), context), sort=sort_by("name"), size=50)
        assert (page.rows, page.last, page.previous, page.next) == ((), 0, None, None)

    @pytest.mark.parametrize("raw", ["x", "W10", "WyJ4IiwxLDFd", "", None, "WzEsMiwzXQ"])
    def test_a_broken_cursor_is_none(self, raw: str | None) -> None:
        assert Cursor.read(raw, sort_by("-activity")) is None

    def test_names_sort_by_given_name_in_vietnamese_order(self, context: EvaluationContext) -> None:
        for name in ("Trần Em", "Lê Đạt", "Nguyễn Dũng", "Phạm Ánh", "Bùi Ân", "Võ Ăn", "Hồ An", ""):
            make_named(name)
        assert names(ContactFilter(), context)[:7] == [
            "Hồ An",
            "Phạm Ánh",
            "Võ Ăn",
            "Bùi Ân",
            "Nguyễn Dũng",
            "Lê Đạt",
            "Trần Em",
        ]


class TestFinding:
    @pytest.fixture(autouse=True)
    def contacts(self, workspace: Any) -> None:
        make_named("Nguyễn Thị Thảo Vy", phone="+84905318274", email="vy.nguyen@example.com")
        make_named("Đặng Ngọc Ánh", phone="+84822590137", address_line="12 Lê Lợi", city="Huế")
        make_named("Lê 100% Cotton", phone=None, email="cotton_shop@example.com")

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ("thao vy", "Nguyễn Thị Thảo Vy"),
            ("VY NGUYEN", "Nguyễn Thị Thảo Vy"),
            ("Thảo", "Nguyễn Thị Thảo Vy"),
            ("0905 318", "Nguyễn Thị Thảo Vy"),
            ("+84 905 318 274", "Nguyễn Thị Thảo Vy"),
            ("84905318274", "Nguyễn Thị Thảo Vy"),
            ("0905.318.274", "Nguyễn Thị Thảo Vy"),
            ("vy.ng", "Nguyễn Thị Thảo Vy"),
            ("dang ngoc", "Đặng Ngọc Ánh"),
            ("le loi", "Đặng Ngọc Ánh"),
            ("hue", "Đặng Ngọc Ánh"),
            ("100%", "Lê 100% Cotton"),
            ("cotton_", "Lê 100% Cotton"),
        ],
    )
    def test_finds_by_name_phone_mail_and_place(
        self, context: EvaluationContext, query: str, expected: str
    ) -> None:
        assert names(ContactFilter(query=query), context) == [expected]

    @pytest.mark.parametrize("query", ["hao", "90531a", "%", "_", "?", "thao zz", "cotton%"])
    def test_finds_nobody_by_what_stands_inside_words_or_says_nothing(
        self, context: EvaluationContext, query: str
    ) -> None:
        assert names(ContactFilter(query=query), context) == []
        assert count(ContactFilter(query=query), context) == 0

    def test_one_letter(self, context: EvaluationContext) -> None:
        assert names(ContactFilter(query="đ"), context) == ["Đặng Ngọc Ánh"]

    def test_rare_names_are_found_behind_many_others(self, context: EvaluationContext) -> None:
        with connection.cursor() as cursor:
            cursor.execute(SEED, {"many": 4_000})
        for number in range(3):
            make_named(f"Trần Vắng {number}", last_activity_at=NOW - timedelta(days=900))
        by_activity = sort_by("-activity")
        rare = list(forwards(ContactFilter(query="vang"), context, by_activity, 2))
        assert [len(page.rows) for page in rare] == [2, 1]
        rarer = list(forwards(ContactFilter(query="hiem"), context, by_activity, 5))
        assert [len(page.rows) for page in rarer] == [2]


class TestFilters:
    def test_saved_are_hidden_until_asked_for(self, context: EvaluationContext) -> None:
        make_named("Bùi Lưu", status=Status.SAVED)
        make_named("Lê Thường")
        assert names(ContactFilter(), context) == ["Lê Thường"]
        assert names(ContactFilter(saved=True), context) == ["Bùi Lưu"]
        asked = audience.parse({"field": "status", "op": "is", "value": ["saved"]})
        assert names(ContactFilter(tree=asked), context) == ["Bùi Lưu"]
        tagged = audience.parse({"field": "full_name", "op": "contains", "value": "Lưu"})
        assert names(ContactFilter(tree=tagged), context) == []

    def test_deleted_never_show(self, context: EvaluationContext) -> None:
        make_named("Lê Xóa", deleted_at=NOW)
        assert names(ContactFilter(), context) == []

    def test_incomplete(self, context: EvaluationContext) -> None:
        make_named("Bùi Thiếu", incomplete=True)
        make_named("Lê Đủ")
        assert names(ContactFilter(incomplete=True), context) == ["Bùi Thiếu"]

    def test_the_period_takes_both_days_whole_in_viet_nam(self, context: EvaluationContext) -> None:
        first = NOW.replace(day=1, hour=0)
        midnight = first.replace(hour=17) - timedelta(days=1)  # 1 October, 00:00 in Việt Nam
        make_named("Đầu", member_since=midnight)
        make_named("Trước", member_since=midnight - timedelta(seconds=1))
        make_named("Cuối", member_since=midnight + timedelta(days=2) - timedelta(seconds=1))
        make_named("Sau", member_since=midnight + timedelta(days=2))
        since = midnight.astimezone(context.zone).date()
        until = since + timedelta(days=1)
        assert set(names(ContactFilter(since=since, until=until), context)) == {"Đầu", "Cuối"}
        assert set(names(ContactFilter(until=until), context)) == {"Đầu", "Cuối", "Trước"}
        assert count(ContactFilter(since=since), context) == 3

    def test_words_and_conditions_together(self, context: EvaluationContext) -> None:
        make_named("Trần Vy", tags=["VIP"])
        make_named("Trần Vân", tags=["VIP"])
        make_named("Lê Vy")
        tree = audience.parse({"field": "tags", "op": "any", "value": ["VIP"]})
        assert names(ContactFilter(query="vy", tree=tree), context) == ["Trần Vy"]
        assert count(ContactFilter(query="vy", tree=tree), context) == 1

    def test_a_total_that_takes_too_long_is_a_guess(self, context: EvaluationContext) -> None:
        with connection.cursor() as cursor:
            cursor.execute(SEED, {"many": 20_000})
            cursor.execute("ANALYZE contacts_contact")
        total = counts.count_or_estimate(ContactList(ContactFilter(query="an"), context), timeout_ms=1)
        assert not total.exact


SEED = """
INSERT INTO contacts_contact (full_name, family_name, middle_name, given_name, call_name, salutation, sort_key, phone,
    gender, birth_is_lunar, company, language, country, province, province_before, city, district, ward, address_line,
    note, status, consent_email, consent_sms, consent_zalo, consent_chat, consent_push, consent_call, spent,
    orders_count, incomplete, attrs, member_since, last_activity_at, created_at, updated_at)
SELECT CASE WHEN n %% 2000 = 0 THEN 'Quách Hiếm ' || n ELSE 'Nguyễn An ' || n END, '', '', '', '', '',
    'an.1 nguyen.1 ' || n, '+8490' || (1000000 + n), '', false, '', '', '', '', '', '', '', '', '', '', 3, 0, 0, 0, 0,
    0, 0, n, 0, false, '{}', now(), now() - n * interval '1 minute', now(), now()
  FROM generate_series(1, %(many)s) n
"""


class TestPlans:
    @pytest.mark.parametrize(
        ("query", "sort", "index"),
        [
            ("", "-activity", "contact_by_activity"),
            ("", "name", "contact_by_name"),
            ("", "-spent", "contact_by_spent"),
            ("an", "-activity", "contact_by_activity"),
            ("quach", "-activity", "contact_search_words"),
        ],
    )
    def test_pages_ride_an_index(self, context: EvaluationContext, query: str, sort: str, index: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(SEED, {"many": 20_000})
            # What was inserted last waits outside the index until a vacuum, and makes it look dear.
            cursor.execute("SELECT gin_clean_pending_list('contact_search_words')")
            cursor.execute("ANALYZE contacts_contact")
        with CaptureQueriesContext(connection) as asked:
            page = read_large(ContactList(ContactFilter(query=query), context), sort=sort_by(sort), size=50)
        assert page.rows
        with connection.cursor() as cursor:
            cursor.execute("EXPLAIN " + asked.captured_queries[-1]["sql"].replace("%", "%%"), [])
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert index in plan
        assert "Seq Scan" not in plan

    def test_the_index_does_not_look_up_the_country_code_that_all_share(
        self, context: EvaluationContext
    ) -> None:
        found = ContactList(ContactFilter(query="024"), context).found()
        assert found is not None
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL enable_seqscan = off")
            cursor.execute("EXPLAIN " + found.text, dict(found.params))
            plan = "\n".join(row[0] for row in cursor.fetchall())
        assert "'%8424%'" in plan
        assert "'%+8424%'" not in plan


class TestListPage:
    @pytest.fixture
    def browse(self, an: Member, client_of: Callable[[str], Any]) -> Browse:
        client = client_of(AN)
        return lambda query="", **headers: client.get(f"{LIST}{query}", **headers)

    def test_shows_contacts_in_vietnamese(self, browse: Browse) -> None:
        make_named(
            "Nguyễn Thị Thảo Vy",
            phone="+84905318274",
            status=Status.SUBSCRIBED,
            spent=18_640_000,
            orders_count=3,
        )
        text = browse("").content.decode()
        assert "Danh sách khách hàng" in text
        assert "0905 318 274" in text
        assert "18.640.000" in text
        assert "Đã đăng ký" in text

    def test_asks_the_database_no_more_for_fifty_than_for_one(self, browse: Browse) -> None:
        make_contacts(3)
        browse("")
        with CaptureQueriesContext(connection) as few:
            browse("")
        for _ in range(40):
            make_contact(tags=["VIP"])
        with CaptureQueriesContext(connection) as many:
            answer = browse("")
        assert answer.status_code == 200
        assert len(few) <= 15
        assert len(many) == len(few)

    def test_htmx_gets_only_the_list(self, browse: Browse) -> None:
        make_contacts(2)
        answer = browse("?q=mau", **PART)
        assert "<html" not in answer.content.decode()
        assert 'id="listing"' in answer.content.decode()
        assert {"HX-Request", "HX-Target"} <= {part.strip() for part in answer["Vary"].split(",")}

    def test_pages_link_on_without_scripts(self, browse: Browse) -> None:
        make_contacts(60)
        first = browse("?size=25").content.decode()
        link = re.search(r'href="(\?[^"]*)"\s+rel="next"', first)
        assert link is not None
        second = browse(link[1].replace("&amp;", "&")).content.decode()
        ids = re.compile(r'data-row="(\d+)"')
        assert len(ids.findall(second)) == 25
        assert not set(ids.findall(first)) & set(ids.findall(second))

    @pytest.mark.parametrize(
        "query",
        ["?sort=phone", "?size=7", "?after=!!", "?before=W10", "?since=32/13/2026", "?rules=%7Bx"],
    )
    def test_a_broken_address_still_shows_the_list(self, browse: Browse, query: str) -> None:
        make_named("Lê Còn Đây")
        answer = browse(query)
        assert answer.status_code == 200
        assert "Lê Còn Đây" in answer.content.decode()

    def test_nobody_at_all_is_taught_what_to_do(self, browse: Browse) -> None:
        text = browse("").content.decode()
        assert "Chưa có khách hàng" in text
        assert f"{LIST}new/" in text

    def test_nobody_found_offers_to_clear(self, browse: Browse) -> None:
        make_contacts(1)
        assert "Không có ai phù hợp" in browse("?q=zzz").content.decode()

    def test_filter_chips_can_be_taken_off(self, browse: Browse) -> None:
        make_named("Lê Huế", province="46")
        rules = audience.tree_to_query(audience.parse({"field": "province", "op": "is", "value": ["46"]}))
        text = browse(f"?rules={rules}&since=01/01/2026").content.decode()
        assert "Huế" in text
        assert f'href="?rules={rules}"' in text
        assert 'href="?since=2026-01-01"' in text

    def test_the_total_comes_after(self, browse: Browse) -> None:
        make_contacts(3)
        assert browse("total/?q=mau").content.decode().count("3") >= 2

    def test_names_are_text(self, browse: Browse) -> None:
        make_named("<script>alert(1)</script>")
        assert "<script>alert(1)" not in browse("").content.decode()


class TestColumns:
    def test_are_remembered_for_the_member(self, an: Member, client_of: Callable[[str], Any]) -> None:
        field = make_field(name="Loại da", format=FieldFormat.TEXT)
        make_contact(attrs={str(field.pk): "Da dầu"}, city="Huế", company="Công ty Trà")
        client = client_of(AN)
        own = f"field_{field.pk}"
        answer = client.post(
            f"{LIST}columns/",
            {"order": [own, "company", "phone"], "columns": ["company", own], "sort": "name", "size": "25"},
        )
        assert answer.status_code == 302
        an.refresh_from_db()
        assert an.preferences == {
            "contacts.columns": [own, "company"],
            "contacts.sort": "name",
            "contacts.size": 25,
        }
        text = client.get(LIST).content.decode()
        assert "Da dầu" in text
        assert text.index("Da dầu") < text.index("Công ty Trà")
        assert "Số điện thoại</th>" not in text

    def test_move_without_saving(self, an: Member, client_of: Callable[[str], Any]) -> None:
        given = {
            "order": ["phone", "email"],
            "columns": ["phone"],
            "sort": "name",
            "size": "25",
            "move": "down:phone",
        }
        text = client_of(AN).post(f"{LIST}columns/", given).content.decode()
        assert text.index('value="email"') < text.index('value="phone"')
        an.refresh_from_db()
        assert an.preferences == {}

    def test_an_archived_field_steps_aside(self, an: Member, client_of: Callable[[str], Any]) -> None:
        an.preferences = {"contacts.columns": ["field_999", "email"]}
        an.save()
        make_contact(email="a@example.com")
        assert "a@example.com" in client_of(AN).get(LIST).content.decode()

    def test_viewers_choose_theirs(self, binh: Member, client_of: Callable[[str], Any]) -> None:
        given = {"order": ["email"], "columns": ["email"], "sort": "-activity", "size": "50"}
        assert client_of(BINH).post(f"{LIST}columns/", given).status_code == 302
        binh.refresh_from_db()
        assert binh.preferences["contacts.columns"] == ["email"]


class TestDrawer:
    def test_reports_one_contact(self, an: Member, client_of: Callable[[str], Any]) -> None:
        contact = make_named(
            "Nguyễn Thảo Vy", phone="+84905318274", tags=["VIP"], consent_zalo=1, birth_day=1020
        )
        answer = client_of(AN).get(f"{LIST}{contact.pk}/drawer/?place=2&total=2.087", HTTP_HX_REQUEST="true")
        text = answer.content.decode()
        for query in ("Nguyễn Thảo Vy", "0905 318 274", "VIP", "20/10", "2 / 2.087", "Zalo"):
            assert query in text

    def test_says_what_the_search_found_as_the_list_does(
        self, an: Member, client_of: Callable[[str], Any]
    ) -> None:
        contact = make_named("Trần Thảo Vy", phone="+84948402024", tags=["VIP"])
        for typed, marked in (
            ("402024", "0948 <mark>402 024</mark>"),
            ("vip", "thẻ: <mark>VIP</mark>"),
            ("thao", "Trần <mark>Thảo</mark> Vy"),
        ):
            listed = client_of(AN).get(LIST, {"q": typed}).content.decode()
            (address,) = re.findall(r'data-drawer="([^"]+)"', listed)
            drawer = client_of(AN).get(html.unescape(address), HTTP_HX_REQUEST="true").content.decode()
            assert marked in drawer
            assert ("Tìm thấy theo" in drawer) is ("Thảo" not in marked)
        plain = client_of(AN).get(f"{LIST}{contact.pk}/drawer/", HTTP_HX_REQUEST="true").content.decode()
        assert "<mark>" not in plain

    def test_a_deleted_contact_is_not_found(self, an: Member, client_of: Callable[[str], Any]) -> None:
        contact = make_contact(deleted_at=NOW)
        assert client_of(AN).get(f"{LIST}{contact.pk}/drawer/").status_code == 404

    def test_says_who_refused_and_who_was_not_asked(
        self, an: Member, client_of: Callable[[str], Any]
    ) -> None:
        contact = make_contact(consent_email=2, consent_sms=1, consent_chat=3)
        answer = client_of(AN).get(f"{LIST}{contact.pk}/drawer/", HTTP_HX_REQUEST="true")
        lines = re.findall(
            r'<span class="text-ink">(.*?)</span>\s*(?:<span>(.*?)</span>)?', answer.content.decode()
        )
        assert lines == [("Email", "từ chối"), ("SMS", "đồng ý"), ("Zalo", "chưa hỏi"), ("Chat", "đã chặn")]
