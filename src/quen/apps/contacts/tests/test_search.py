"""Search: what cashiers type finds the person, the best matches come first, and what matched is shown."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cast import AN, NOW, TRA_SEN

from quen.apps.audience import queries as audience
from quen.apps.audience.types import EvaluationContext
from quen.apps.contacts import queries
from quen.apps.contacts.list.filters import ContactFilter, ContactList, read_page
from quen.apps.contacts.models import ConsentEntry, ConsentProofRow, Contact, ContactIdentity
from quen.apps.contacts.queries.explaining import matches_of
from quen.apps.contacts.queries.searching import BEST_FIRST, FoundContacts, read_search
from quen.apps.contacts.rules.search import read_terms
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.contacts.types import Status
from quen.core import paging, sql
from quen.core.paging import Cursor, read_ranked
from quen.core.text import folded_in_sql, search_fold

LIST = f"/w/{TRA_SEN}/contacts/"


def make_person(name: str = "", **changes: Any) -> Contact:
    """Return a contact; codes and others: values of further identities."""
    identities = [("code", code) for code in changes.pop("codes", ())]
    identities += [(("email" if "@" in other else "phone"), other) for other in changes.pop("others", ())]
    contact = make_contact(full_name=name, **changes)
    for system, value in identities:
        ContactIdentity.objects.create(contact=contact, system=system, external_id=value, created_at=NOW)
    return contact


def found(query: str) -> list[int]:
    return queries.best_matches(query, limit=50)


def notes(query: str, contact: Contact) -> list[str]:
    """Return what the list says about a match."""
    return [str(note) for note in matches_of(read_search(query), [contact])[contact.pk].notes]


@pytest.fixture
def shop(workspace: Any) -> dict[str, Contact]:
    """Four people, the earliest mentioned last active."""
    return {
        "bao": make_person(
            "Trần Bảo",
            phone="+84948402024",
            email="chi.dao292@gmail.com",
            codes=["KH-00417"],
            others=["+84905777125"],
            last_activity_at=NOW - timedelta(days=3),
        ),
        "minh": make_person(
            "Trần Minh Giang",
            phone="+84327152116",
            company="Bảo Long",
            tags=["VIP"],
            last_activity_at=NOW - timedelta(days=2),
        ),
        "ngan": make_person(
            "Trần Thị Ngân",
            phone="+84838312021",
            address_line="12 Lê Lợi\nTầng 2",
            city="Hội An",
            last_activity_at=NOW - timedelta(days=1),
        ),
        "muller": make_person("Ünal Müller", phone="+491701234567", email="muller@weiß.de"),
    }


@pytest.fixture
def context() -> EvaluationContext:
    """Now, in Vietnam."""
    return EvaluationContext(NOW, ZoneInfo("Asia/Ho_Chi_Minh"))


class TestFinds:
    @pytest.mark.parametrize(
        ("typed", "who"),
        [
            ("402024", "bao"),
            ("2024", "bao"),
            ("024", "bao"),
            ("402.024", "bao"),
            ("840202", "bao"),
            ("0948 402 024", "bao"),
            ("+84 948 402 024", "bao"),
            ("948402024", "bao"),
            ("777125", "bao"),
            ("0905777125", "bao"),
            ("0905.777.125", "bao"),
            ("01627152116", "minh"),
            ("0162.715.2116", "minh"),
            ("0162 715", "minh"),
            ("1627152116", "minh"),
            ("841627152116", "minh"),
            ("01238312021", "ngan"),
            ("+49 170", "muller"),
            ("dao292", "bao"),
            ("o292@gm", "bao"),
            ("chi.d", "bao"),
            ("KH-00417", "bao"),
            ("kh-004", "bao"),
            ("00417", "bao"),
            ("bao kh-004", "bao"),
            ("2024 tran", "bao"),
            ("VIP", "minh"),
            ("vip giang", "minh"),
            ("tầng 2", "ngan"),
            ("NGÂN hoi", "ngan"),
            ("unal", "muller"),
            ("Mu\u0308ller", "muller"),
            ("weiß", "muller"),
        ],
    )
    def test_what_is_typed(self, shop: dict[str, Contact], typed: str, who: str) -> None:
        assert found(typed) == [shop[who].pk]

    @pytest.mark.parametrize("typed", ["24", "3", "inh", "ang", "04", "vi p", "?", "", "402024 giang", "162"])
    def test_nobody_by_the_middle_of_a_name_or_two_digits(self, shop: dict[str, Contact], typed: str) -> None:
        assert found(typed) == []

    def test_one_letter_and_the_first_digits(self, shop: dict[str, Contact]) -> None:
        assert found("n") == [shop["ngan"].pk]
        assert set(found("0")) == {shop[who].pk for who in ("bao", "minh", "ngan")}
        assert found("09") == [shop["bao"].pk]

    def test_no_deleted_person(self, shop: dict[str, Contact]) -> None:
        Contact.all_objects.filter(pk=shop["bao"].pk).update(deleted_at=NOW)
        assert found("402024") == []

    def test_a_code_of_one_letter(self, shop: dict[str, Contact]) -> None:
        person = make_person("Hoa", codes=["X"])
        assert found("x") == [person.pk]

    def test_quotes_and_wildcards_are_characters(self, workspace: Any) -> None:
        person = make_person("O'Neil \\x% _y", company="it's")
        for typed in ("o'n", "\\x", "x%", "_y", "it's", "'", "\\", "%", ":*", "& |", "a:b"):
            assert set(found(typed)) <= {person.pk}, typed
        assert found("o'neil") == [person.pk]
        assert found("it's") == [person.pk]

    def test_a_very_long_word_is_stored_and_found(self, workspace: Any) -> None:
        person = make_person("Hàn", address_line="각" * 300)
        assert found("각각") == [person.pk]


class TestRanks:
    def test_what_is_typed_whole_then_names_then_the_rest(self, shop: dict[str, Contact]) -> None:
        assert found("tran bao") == [shop["bao"].pk, shop["minh"].pk]
        code = make_person("Hùng", codes=["TRAN"], last_activity_at=NOW - timedelta(days=400))
        assert found("tran") == [code.pk, shop["ngan"].pk, shop["minh"].pk, shop["bao"].pk]

    def test_by_phone_in_any_writing(self, shop: dict[str, Contact]) -> None:
        other = make_person("An", address_line="0327152116")
        assert found("0162.715.2116")[0] == shop["minh"].pk
        assert found("0327152116") == [shop["minh"].pk, other.pk]

    @pytest.mark.parametrize("size", [1, 3, 7])
    def test_pages_hold_everybody_once_in_order_both_ways(
        self, workspace: Any, context: EvaluationContext, size: int
    ) -> None:
        people = [
            make_person(
                ("Mai Lan", "Hoa")[number % 2],
                company=("", "Lan Lan")[number % 2],
                last_activity_at=NOW - timedelta(hours=number % 5),
                codes=["LAN"] if number == 9 else [],
            )
            for number in range(20)
        ]
        expected = sorted(
            people,
            key=lambda person: (
                person == people[9],
                "Lan" in person.full_name,
                person.last_activity_at,
                person.pk,
            ),
            reverse=True,
        )
        listed = ContactList(ContactFilter(query="lan"), context)
        pages, after = [], None
        while True:
            page = read_page(listed, sort=BEST_FIRST, size=size, after=after, before=None)
            pages.append(page.rows)
            if page.next is None:
                break
            after = Cursor.read(str(page.next), BEST_FIRST)
        assert [pk for rows in pages for pk in rows] == [person.pk for person in expected]
        before = Cursor.read(str(page.previous), BEST_FIRST)
        back = read_page(listed, sort=BEST_FIRST, size=size, after=None, before=before)
        assert back.rows == pages[-2]

    def test_a_chosen_order_holds(self, shop: dict[str, Contact], client_of: Callable[[str], Any]) -> None:
        def order(query: str) -> list[int]:
            page = client_of(AN).get(f"{LIST}{query}").content.decode()
            places = {who: page.find(f"/contacts/{shop[who].pk}/") for who in ("bao", "minh", "ngan")}
            return [shop[who].pk for who in sorted(places, key=lambda who: places[who]) if places[who] > 0]

        assert order("?q=tran+bao") == [shop["bao"].pk, shop["minh"].pk]
        assert order("?q=tran+bao&sort=-activity") == [shop["minh"].pk, shop["bao"].pk]


class TestSaysWhy:
    @pytest.mark.parametrize(
        ("typed", "who", "expected"),
        [
            ("402024", "bao", ["SĐT: 0948 402 024"]),
            ("777125", "bao", ["SĐT khác: 0905 777 125"]),
            ("dao292", "bao", ["email: chi.dao292@gmail.com"]),
            ("00417", "bao", ["mã: KH-00417"]),
            ("tran bao", "bao", []),
            ("tran bao", "minh", ["công ty: Bảo Long"]),
            ("vip giang", "minh", ["thẻ: VIP"]),
            ("hoi le", "ngan", ["địa chỉ: 12 Lê Lợi, Tầng 2, Hội An"]),
            ("01627152116", "minh", ["SĐT: 0327 152 116"]),
        ],
    )
    def test_where_the_name_does_not(
        self, shop: dict[str, Contact], typed: str, who: str, expected: list[str]
    ) -> None:
        assert notes(typed, shop[who]) == expected

    def test_in_the_list_and_the_command_palette(
        self, shop: dict[str, Contact], client_of: Callable[[str], Any]
    ) -> None:
        page = client_of(AN).get(f"{LIST}?q=402024").content.decode()
        assert "SĐT: 0948 <mark>402 024</mark>" in page
        page = client_of(AN).get(f"{LIST}?q=tran+b").content.decode()
        assert "<mark>Trần</mark> <mark>B</mark>ảo" in page
        rows = (
            client_of(AN).get(f"/w/{TRA_SEN}/command-palette/?q=vip", headers={"HX-Request": "true"}).json()
        )
        assert ("Trần Minh Giang", "thẻ: VIP") in [(row["title"], row["hint"]) for row in rows]

    def test_a_name_is_text(self, workspace: Any, client_of: Callable[[str], Any]) -> None:
        make_person("<b>Lan</b>", company="<i>Lan")
        page = client_of(AN).get(f"{LIST}?q=<i").content.decode()
        assert "<b>Lan" not in page
        assert "<i>Lan" not in page


class TestCount:
    def test_follows_the_search_down_to_zero(
        self, shop: dict[str, Contact], client_of: Callable[[str], Any]
    ) -> None:
        part = {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "div#listing"}
        for typed, number in (("tran", 3), ("402024", 1), ("zzzzqq", 0)):
            page = client_of(AN).get(f"{LIST}?q={typed}", **part).content.decode()
            count = page.split('id="list-count"')[1].split("</span>")[0]
            assert 'hx-swap-oob="true"' in count
            assert count.endswith(f">{number}")


class TestTotals:
    def test_the_overview_counts_as_the_list(
        self, shop: dict[str, Contact], client_of: Callable[[str], Any]
    ) -> None:
        Contact.objects.filter(pk=shop["bao"].pk).update(status=Status.SAVED)
        client = client_of(AN)
        assert "3 khách hàng," in client.get(f"/w/{TRA_SEN}/overview/contacts-totals/").content.decode()
        count = client.get(LIST).content.decode().split('id="list-count"')[1].split("</span>")[0]
        assert count.endswith(">3")


class TestSameFolding:
    @pytest.mark.parametrize("op", ["is", "contains", "begins"])
    def test_conditions_on_text_find_foreign_letters_and_several_words(
        self, shop: dict[str, Contact], context: EvaluationContext, op: str
    ) -> None:
        for field, value, who in (
            ("full_name", "Ünal Müller", "muller"),
            ("full_name", "Trần Bảo", "bao"),
            ("company", "Bảo Long", "minh"),
            ("email", "chi.dao292@gmail.com", "bao"),
            ("phone", "0948402024", "bao"),
        ):
            tree = audience.parse({"field": field, "op": op, "value": value})
            found = audience.relation(tree, now=context.now, zone=context.zone)
            assert sql.rows(found) == [(shop[who].pk,)], field


class TestConsentLog:
    def test_finds_the_last_digits_of_a_phone(self, shop: dict[str, Contact]) -> None:
        proof = ConsentProofRow.objects.create(method="paper", created_at=NOW)
        for who in ("bao", "minh"):
            ConsentEntry.objects.create(contact=shop[who], channel="email", consent=1, proof=proof, at=NOW)
        for typed in ("402024", "dao292", "tran 0948"):
            found = queries.consent_log(queries.ConsentLogFilter(query=typed))
            assert [entry.contact_id for entry in found] == [shop["bao"].pk]


class TestPlainReading:
    """The conditions on rows and on indexes against a plain reading of the rule."""

    @given(
        typed=st.lists(
            st.sampled_from(
                [
                    "lan",
                    "la",
                    "l",
                    "Lân",
                    "an",
                    "vip",
                    "024",
                    "0948",
                    "402",
                    "kh1",
                    "dao2",
                    "@x",
                    "hue",
                    "a b",
                    "1",
                    "84",
                ]
            ),
            min_size=1,
            max_size=3,
        ).map(" ".join)
    )
    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_agrees(self, crowd: list[Contact], typed: str) -> None:
        expected = {contact.pk for contact in crowd if plainly_found(contact, typed)}
        search = read_search(typed)
        if not search.terms:
            return
        contacts = FoundContacts(search)
        by_index = {row[0] for row in sql.rows(contacts.matching("id"))}
        assert by_index == expected
        scan = paging.Scan("last_activity_at", True, None)
        assert {row[0] for row in sql.rows(contacts.matching_among(scan, 1_000))} == expected
        scored = [
            {row[0] for row in sql.rows(contacts.with_score(score).matching("id"))} for score in search.scores
        ]
        assert set().union(*scored) == expected
        assert sum(map(len, scored)) == len(expected)
        assert set(read_ranked(contacts, sort=BEST_FIRST, size=1_000).rows) == expected

    @pytest.fixture
    def crowd(self, workspace: Any) -> list[Contact]:
        return [
            make_person(
                ("Lan Anh", "Lê Lân", "An", "", "Huế Lan")[number % 5],
                phone=f"+84948{402000 + number * 7}",
                email=(None, f"dao{number}.lan@x.vn", f"an{number}@x.vn")[number % 3],
                company=("", "Lan", "VIP 1")[number % 3],
                tags=(["VIP"], ["lan xinh"], [])[number % 3],
                codes=[f"KH{number}"] if number % 2 else [],
                others=[f"+84{number:03d}024333"] if number % 4 == 0 else [],
            )
            for number in range(30)
        ]


def plainly_found(contact: Contact, typed: str) -> bool:
    """Whether a search text finds a contact, by reading its values one after the other."""
    identities = [each.external_id for each in queries.identities_of(contact)]
    words = search_fold(f"{contact.full_name} {contact.company} {contact.address_line}").split()
    tags = [word for tag in queries.tags_of(contact) for word in search_fold(tag.name).split()]

    def has(term: Any) -> bool:
        return (
            any(word.startswith(term.word) for word in words)
            or any(word == term.word or (len(term.word) > 1 and word.startswith(term.word)) for word in tags)
            or any(part.is_in(contact.phone or "") for part in term.phones)
            or bool(contact.email and term.email and term.email.is_in(contact.email))
            or any(part.is_in(value) for value in identities for part in term.identities)
        )

    whole = typed.lower()
    return all(map(has, read_terms(typed))) or any(
        value.lower() == whole or (len(whole) > 2 and whole in value.lower()) for value in identities
    )


ASSIGNED = st.characters(exclude_categories=["Cs", "Cn", "Co"], exclude_characters="\0")


class TestSearchColumn:
    @given(text=st.text(ASSIGNED, max_size=60))
    @settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture])
    def test_folds_as_python_does(self, workspace: Any, text: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {folded_in_sql('%s::text')}", [text])
            assert cursor.fetchone()[0] == search_fold(text)

    def test_is_kept_by_the_database(self, shop: dict[str, Contact]) -> None:
        for contact in Contact.all_objects.defer(None):
            name = "".join(f" ={word}" for word in contact.full_name.split(" "))
            place = (contact.address_line, contact.ward, contact.district, contact.city)
            assert contact.search == search_fold(" ".join((name, contact.company, *place)))
