"""Pairs that may be one person are found; families that share a number are not among them."""

from __future__ import annotations

from datetime import date
from itertools import count
from typing import Any

import pytest
from tests.cast import NOW
from tests.proofs import proof, scaled

from quen.apps.contacts import services as contacts
from quen.apps.contacts.models import Contact, ContactIdentity
from quen.apps.contacts.tests.factories import make_contact, make_field
from quen.apps.duplicates import queries, services
from quen.apps.duplicates.models import ChangedContact, DuplicatePair, MatchKey
from quen.apps.duplicates.rules.names import NameMatch, compare_names
from quen.apps.duplicates.tests.people import plant
from quen.apps.duplicates.types import PairKind, Sign
from quen.apps.events import services as events
from quen.core.actors import SYSTEM
from quen.core.sql import Relation

_numbers = count(1)
#: a hundredth in bin/test, whole in bin/soak
PEOPLE, PAIRS, FAMILIES = (scaled(scaled(whole)) for whole in (1_000_000, 50_000, 5_000))


def scan() -> int:
    return services.scan(clock=lambda: NOW)


def also_has(contact: Contact, system: str, value: str) -> None:
    ContactIdentity.objects.create(contact=contact, system=system, external_id=value, created_at=NOW)


def someone(**values: Any) -> Contact:
    """Return a contact with a number that is like nobody else's."""
    return make_contact(**{"phone": f"+8490{next(_numbers) * 1_234_567 % 10**7:07d}"} | values)


def changed(*contacts: Contact) -> None:
    ids = Relation("SELECT unnest(%(ids)s::bigint[]) AS contact_id", {"ids": [each.pk for each in contacts]})
    services.note_changed(ids, now=NOW)


def found(kind: str = PairKind.PERSON) -> list[tuple[int, int]]:
    pairs = DuplicatePair.objects.filter(kind=kind).order_by("id")
    return [(pair.first_contact_id, pair.second_contact_id) for pair in pairs]


class TestNames:
    @pytest.mark.parametrize(
        ("mine", "other", "expected"),
        [
            ("Võ Thị Mỹ Duyên", "vo thi my duyen", NameMatch.SAME),
            ("Võ Thị Mỹ Duyên", "Thị Mỹ Duyên Võ", NameMatch.SAME),
            ("Võ Thị Mỹ Duyên", "Chị Võ Thị Mỹ Duyên", NameMatch.SAME),
            ("Trần Thị Hoà", "Trần Thị Hòa", NameMatch.SAME),
            ("Nguyễn Thi Lan", "Nguyễn Thị Lan", NameMatch.SAME),
            ("Võ Thị Mỹ Duyên", "Duyên Võ", NameMatch.NEAR),
            ("Phan Văn Toàn", "Phan V. Toàn", NameMatch.SAME),
            ("Đinh Thị Thu Hương", "Đinh Thị Thu Hươngg", NameMatch.NEAR),
            ("Duyên", "Võ Thị Mỹ Duyên", NameMatch.GIVEN),
            ("Khách lẻ", "Võ Thị Mỹ Duyên", NameMatch.UNKNOWN),
            ("Nguyễn Minh Anh", "Nguyễn Anh Minh", NameMatch.OTHER),
            ("Nguyễn Thị Lan", "Nguyễn Thị Lam", NameMatch.OTHER),
            ("Nguyễn Thị Lan", "Nguyễn Thị Lân", NameMatch.OTHER),
            ("Nguyễn Văn An", "Nguyễn Văn An Khang", NameMatch.OTHER),
            ("Nguyễn Văn Hùng", "Nguyễn Văn Hưng", NameMatch.OTHER),
        ],
    )
    def test_names_agree(self, mine: str, other: str, expected: NameMatch) -> None:
        assert compare_names(mine, other) == expected
        assert compare_names(other, mine) == expected


@pytest.mark.usefixtures("workspace")
class TestReasons:
    @pytest.mark.parametrize(
        ("mine", "other", "signs"),
        [
            ({"phone": "+84905771204"}, {"phone": "+84905771214"}, Sign.PHONE_NEAR),
            ({"email": "duyen.vo@gmail.com"}, {"email": "duyenvo@gmial.com"}, Sign.EMAIL_NEAR),
            ({"birth_on": date(1988, 5, 2)}, {"birth_on": date(1988, 5, 2)}, Sign.BIRTHDAY),
            ({"address_line": "12 Lê Lợi"}, {"address_line": "12 Le Loi"}, Sign.ADDRESS),
        ],
    )
    def test_the_name_and_a_second_sign(
        self, mine: dict[str, Any], other: dict[str, Any], signs: Sign
    ) -> None:
        someone(full_name="Võ Thị Mỹ Duyên", **mine)
        someone(full_name="vo thi my duyen", **other)
        scan()
        pair = DuplicatePair.objects.get()
        assert (pair.kind, Sign(pair.signs)) == (PairKind.PERSON, Sign.NAME | signs)

    def test_a_phone_in_second_place_or_in_a_field_of_its_own(self) -> None:
        field = make_field(name="Số nhận hàng", format="phone")
        first = someone(full_name="Võ Thị Mỹ Duyên", phone="+84966152348")
        second = someone(full_name="Duyên Võ", attrs={str(field.pk): "+84966152348"})
        third = someone(full_name="vo thi my duyen", attrs={str(field.pk): "+84966152348"})
        scan()
        assert found() == [(first.pk, second.pk), (first.pk, third.pk), (second.pk, third.pk)]

    def test_an_old_prefix_is_the_new_one(self) -> None:
        someone(full_name="Võ Thị Mỹ Duyên", phone="+841682345678")
        someone(full_name="Võ Thị Mỹ Duyên", phone="+84382345678")
        scan()
        assert Sign(DuplicatePair.objects.get().signs) == Sign.NAME | Sign.PHONE

    def test_the_name_alone_is_none(self) -> None:
        someone(full_name="Võ Thị Mỹ Duyên")
        someone(full_name="Võ Thị Mỹ Duyên")
        scan()
        assert not DuplicatePair.objects.exists()

    @pytest.mark.parametrize(
        "other",
        [
            {"full_name": "Trần Thị Lan"},
            {"full_name": "Trần Văn Hòa", "birth_on": date(1996, 4, 1)},
            {"full_name": "Trần Văn Hòa", "gender": "female"},
            {"full_name": "Trần Văn Hòa", "salutation": "Chị"},
        ],
    )
    def test_a_family_that_shares_a_number_stands_apart(self, other: dict[str, Any]) -> None:
        mine = {"birth_on": date(1965, 4, 1), "gender": "male", "salutation": "Anh"}
        first = someone(full_name="Trần Văn Hòa", phone="+84905771204", **mine)
        second = someone(**other)
        also_has(second, "phone", "+84905771204")
        scan()
        assert (found(), found(PairKind.FAMILY)) == ([], [(first.pk, second.pk)])
        assert queries.sure_pairs() == []
        assert not queries.pairs_to_decide().exists()

    def test_a_number_that_many_share_says_nothing(self) -> None:
        field = make_field(name="Số giao hàng", format="phone")
        for _each in range(40):
            someone(full_name="Võ Thị Mỹ Duyên", attrs={str(field.pk): "+842363951180"})
        scan()
        assert not DuplicatePair.objects.exists()


@pytest.mark.usefixtures("workspace")
class TestOnlyWhatChanged:
    def test_a_second_scan_compares_nobody(self) -> None:
        someone(full_name="Võ Thị Mỹ Duyên")
        assert (scan(), scan()) == (1, 0)

    def test_who_changed_is_compared_with_all_others(self) -> None:
        first = someone(full_name="Võ Thị Mỹ Duyên", birth_on=date(1988, 5, 2))
        scan()
        second = someone(full_name="Vo Thi My Duyen", birth_on=date(1988, 5, 2))
        changed(second)
        assert scan() == 1
        assert found() == [(first.pk, second.pk)]

    def test_only_a_change_of_what_is_compared_counts(self, workspace: Any) -> None:
        lan = someone(full_name="Trần Ngọc Lan")
        scan()
        given = {"workspace": workspace, "contact": lan, "actor": SYSTEM, "now": NOW}
        contacts.update_contact(values={"company": "Trà Sen"}, **given)
        events.drain("duplicates", now=NOW)
        assert not services.is_due()
        contacts.update_contact(values={"email": "lan@khach.vn"}, **given)
        events.drain("duplicates", now=NOW)
        assert services.is_due()

    def test_a_reason_that_is_gone_takes_the_pair_with_it(self) -> None:
        someone(full_name="Võ Thị Mỹ Duyên", birth_on=date(1988, 5, 2))
        second = someone(full_name="Vo Thi My Duyen", birth_on=date(1988, 5, 2))
        scan()
        Contact.objects.filter(pk=second.pk).update(birth_on=None)
        changed(second)
        scan()
        assert found() == []

    def test_two_people_stay_two_until_a_number_changes(self) -> None:
        someone(full_name="Võ Thị Mỹ Duyên", birth_on=date(1988, 5, 2))
        second = someone(full_name="Vo Thi My Duyen", birth_on=date(1988, 5, 2))
        scan()
        services.tell_apart(pair=DuplicatePair.objects.get(), actor=SYSTEM, now=NOW)
        Contact.objects.filter(pk=second.pk).update(company="Trà Sen")
        changed(second)
        scan()
        assert not queries.pairs_to_decide().exists()
        Contact.objects.filter(pk=second.pk).update(phone="+84905771204")
        changed(second)
        scan()
        assert queries.pairs_to_decide().count() == 1

    def test_a_deleted_contact_leaves_no_trace(self) -> None:
        first = someone(full_name="Võ Thị Mỹ Duyên", birth_on=date(1988, 5, 2))
        someone(full_name="Vo Thi My Duyen", birth_on=date(1988, 5, 2))
        scan()
        contacts.delete_contacts(ids=[first.pk], actor=SYSTEM, now=NOW)
        assert found() == []
        assert not MatchKey.objects.filter(contact_id=first.pk).exists()
        contacts.restore_contacts(ids=[first.pk], actor=SYSTEM, now=NOW)
        scan()
        assert len(found()) == 1

    def test_an_interrupted_scan_goes_on(self) -> None:
        for _each in range(3):
            someone(full_name="Võ Thị Mỹ Duyên", birth_on=date(1988, 5, 2))
        services.scan(clock=lambda: NOW, batch_size=1)
        assert len(found()) == 3
        assert not ChangedContact.objects.exists()


@pytest.mark.usefixtures("workspace")
class TestRecall:
    @proof(
        "Duplicates typed as cashiers err are found, and no family is offered",
        people=PEOPLE,
        pairs=PAIRS,
        families=FAMILIES,
    )
    def test_planted_pairs_are_found_and_no_family_offered(self, capsys: Any) -> None:
        planted = plant(contacts=PEOPLE, pairs=PAIRS, families=FAMILIES, now=NOW)
        scan()
        offered = set(found())
        hits = len(offered & planted.people)
        recall, precision = hits / len(planted.people), hits / len(offered)
        with capsys.disabled():
            print(f"\nrecall {recall:.1%}, precision {precision:.1%}, offered {len(offered):,}")  # noqa: T201
        assert offered & planted.families == set()
        assert set(found(PairKind.FAMILY)) >= planted.families
        assert recall > 0.9
        assert precision > 0.95
