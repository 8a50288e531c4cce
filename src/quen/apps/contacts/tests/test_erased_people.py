"""An erased person is recognised by what identified them, and by nothing else."""

from __future__ import annotations

from typing import Any

from tests.cast import NOW

from quen.apps.contacts import queries, services
from quen.apps.contacts.models import Contact, ContactIdentity, ErasedIdentifier
from quen.apps.contacts.tests.factories import contacts_relation, make_contact
from quen.core import sql
from quen.core.sql import Relation


def make_lan() -> Contact:
    lan = make_contact(phone="+84905777123", email="lan@khach.vn")
    for system, external_id in (("code", "KH-0007"), ("phone", "+84905777124")):
        ContactIdentity.objects.create(contact=lan, system=system, external_id=external_id, created_at=NOW)
    return lan


IDENTIFIERS = [
    ("phone", "+84905777123"),
    ("email", "lan@khach.vn"),
    ("code", "KH-0007"),
    ("phone", "+84905777124"),
    ("email", "mai@khach.vn"),
    ("kiotviet", "KH-0007"),
]


class TestErasedAmong:
    def test_finds_all_that_identified_an_erased_person(self, workspace: Any, an: Any) -> None:
        assert queries.erased_identifiers(IDENTIFIERS) == []
        services.erase_contacts(contacts=contacts_relation(make_lan()), actor=an.actor, now=NOW)
        assert queries.erased_identifiers(IDENTIFIERS) == IDENTIFIERS[:4]

    def test_answers_by_row_and_kind(self, workspace: Any, an: Any) -> None:
        services.erase_contacts(contacts=contacts_relation(make_lan()), actor=an.actor, now=NOW)
        given = Relation("VALUES (7, 'email', 'lan@khach.vn'), (8, 'email', 'mai@khach.vn')")
        rows = Relation(f"SELECT * FROM ({given.text}) AS v(row, kind, value)", {}, ("row", "kind", "value"))
        assert sql.rows(queries.erased_among(rows)) == [(7, "email")]

    def test_not_what_another_contact_has_by_now(self, workspace: Any, an: Any) -> None:
        lan = make_lan()
        services.delete_contacts(ids=[lan.pk], actor=an.actor, now=NOW)
        make_contact(phone=lan.phone)
        mai = make_contact(phone="+84905777199")
        ContactIdentity.objects.create(contact=mai, system="code", external_id="KH-0007", created_at=NOW)
        services.erase_contacts(contacts=contacts_relation(lan), actor=an.actor, now=NOW)
        assert queries.erased_identifiers(IDENTIFIERS) == [IDENTIFIERS[1], IDENTIFIERS[3]]

    def test_only_hashes_are_kept(self, workspace: Any, an: Any) -> None:
        services.erase_contacts(contacts=contacts_relation(make_lan()), actor=an.actor, now=NOW)
        kept = [bytes(digest) for digest in ErasedIdentifier.objects.values_list("digest", flat=True)]
        assert {len(digest) for digest in kept} == {32}
        assert len(set(kept)) == 4
