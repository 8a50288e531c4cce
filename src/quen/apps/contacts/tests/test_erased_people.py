"""Erasing a person: the act, what goes with it, and how they are recognised later."""

from __future__ import annotations

from typing import Any

from tests.cast import AN, NOW, TRA_SEN

from quen.apps.contacts import queries, services
from quen.apps.contacts.models import Contact, ContactIdentity, ErasedIdentifier
from quen.apps.contacts.tests.factories import contacts_relation, make_contact
from quen.apps.contacts.types import ContactInput, ContactRight
from quen.apps.import_export.models import Import, ImportIssue
from quen.apps.import_export.tests.import_helpers import draft_import, run_draft
from quen.apps.import_export.types import ConflictPolicy, IssueKind
from quen.apps.team.models import AuditEntry, File
from quen.apps.team.registry import role_has
from quen.apps.team.types import Role
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


class TestErasurePage:
    def test_the_name_must_be_typed(self, workspace: Any, client_of: Any) -> None:
        lan = make_contact(full_name="Trần Thị Lan")
        path = f"/w/{TRA_SEN}/contacts/{lan.pk}/erasure/"
        assert "Trần Thị Lan" in client_of(AN).get(path).content.decode()
        for typed in ("", "Lan", "Trần Thị Mai"):
            answer = client_of(AN).post(path, {"reason": "request", "confirmation": typed})
            assert answer.status_code == 422
        answer = client_of(AN).post(path, {"reason": "", "confirmation": "Trần Thị Lan"})
        assert answer.status_code == 422
        assert Contact.objects.get() == lan

    def test_erases_at_once_and_keeps_the_reason(self, workspace: Any, client_of: Any) -> None:
        lan = make_contact(full_name="Trần Thị Lan")
        path = f"/w/{TRA_SEN}/contacts/{lan.pk}/erasure/"
        assert f'href="{path}"' in client_of(AN).get(f"/w/{TRA_SEN}/contacts/{lan.pk}/").content.decode()
        answer = client_of(AN).post(path, {"reason": "request", "confirmation": " tran thi LAN "})
        assert (answer.status_code, answer["Location"]) == (302, f"/w/{TRA_SEN}/contacts/")
        assert not Contact.all_objects.exists()
        entry = AuditEntry.objects.get(kind="contacts.erased")
        assert (entry.data, entry.target_id) == ({"contacts": 1, "reason": "request"}, None)
        assert "Người này yêu cầu" in client_of(AN).get(f"/w/{TRA_SEN}/log/").content.decode()

    def test_a_deleted_contact_need_not_wait_30_days(self, workspace: Any, an: Any, client_of: Any) -> None:
        lan = make_contact(full_name="Trần Thị Lan")
        services.delete_contacts(ids=[lan.pk], actor=an.actor, now=NOW)
        path = f"/w/{TRA_SEN}/contacts/{lan.pk}/erasure/"
        assert path in client_of(AN).get(f"/w/{TRA_SEN}/contacts/deleted/").content.decode()
        client_of(AN).post(path, {"reason": "withdrawn", "confirmation": "Trần Thị Lan"})
        assert not Contact.all_objects.exists()

    def test_a_marketer_may_delete_and_not_erase(self, workspace: Any) -> None:
        assert role_has(Role.MARKETER, ContactRight.DELETE)
        assert not role_has(Role.MARKETER, ContactRight.ERASE)
        assert role_has(Role.OWNER, ContactRight.ERASE)


FILE = "Họ và tên | Điện thoại | Email\nLan | 0905777123 | lan@khach.vn\nMai | 12 | không phải"


class TestImportFiles:
    def test_a_finished_import_keeps_its_result_and_loses_its_file(self, workspace: Any, an: Any) -> None:
        draft = draft_import(FILE, actor=an.actor, now=NOW)
        run_draft(draft, actor=an.actor, now=NOW)
        erase("Lan", an)
        services.erase_from_files(import_ids=[])
        left = Import.objects.get()
        assert (left.file_id, left.created, left.refused) == (None, 1, 1)
        assert not File.objects.exists()

    def test_files_without_the_person_stay(self, workspace: Any, an: Any) -> None:
        draft_import(FILE, actor=an.actor, now=NOW)
        erase_person(an, email="hoa@khach.vn", phone="+84905777199")
        services.erase_from_files(import_ids=[])
        assert Import.objects.get().file_id is not None

    def test_a_draft_that_would_bring_the_person_back_goes(self, workspace: Any, an: Any) -> None:
        draft_import(FILE, actor=an.actor, now=NOW)
        erase_person(an, email=None, phone="+84905777123")
        services.erase_from_files(import_ids=[])
        assert not Import.objects.exists()
        assert not File.objects.exists()

    def test_refused_rows_of_the_person_lose_their_cells(self, workspace: Any, an: Any) -> None:
        rows = "Họ và tên | Điện thoại | Email\nLan | 12 | lan@khach.vn\nMai | 12 | không phải"
        draft = draft_import(rows, actor=an.actor, now=NOW)
        run_draft(draft, actor=an.actor, now=NOW)
        ImportIssue.objects.filter(row_number=2).update(
            kind=IssueKind.REFUSED, cells=["Lan", "12", "lan@khach.vn"]
        )
        erase("Lan", an)
        services.erase_from_files(import_ids=[])
        assert [issue.cells and issue.cells[0] for issue in ImportIssue.objects.order_by("row_number")] == [
            None,
            "Mai",
        ]


def erase(name: str, an: Any) -> None:
    lan = Contact.objects.get(full_name=name)
    services.erase_contact(contact=lan, reason="request", actor=an.actor, now=NOW)


def erase_person(an: Any, **changes: Any) -> None:
    lan = make_contact(**changes)
    services.erase_contact(contact=lan, reason="request", actor=an.actor, now=NOW)


class TestComingBack:
    def test_staff_must_say_that_the_person_came_on_their_own(
        self, workspace: Any, an: Any, client_of: Any
    ) -> None:
        erase_person(an, phone="+84905777123", email=None)
        client, path = client_of(AN), f"/w/{TRA_SEN}/contacts/new/"
        form = {"full_name": "Lan", "phone": "0905 777 123", "status": "3"}
        assert "returned" not in client.get(path).content.decode()
        answer = client.post(path, form)
        assert answer.status_code == 422
        assert 'name="returned"' in answer.content.decode()
        assert not Contact.objects.exists()
        assert client.post(path, form | {"returned": "on"}).status_code == 302
        assert queries.erased_identifiers([("phone", "+84905777123")]) == []

    def test_an_order_or_a_message_of_theirs_needs_no_word(self, workspace: Any, an: Any) -> None:
        erase_person(an, phone="+84905777123", email=None)
        services.create_contact_from_source(workspace=workspace, values={"phone": "0905777123"}, now=NOW)
        assert queries.erased_identifiers([("phone", "+84905777123")]) == []

    def test_a_connected_system_brings_nobody_back(self, workspace: Any, an: Any) -> None:
        erase_person(an, phone="+84905777123", email=None)
        outcome = services.upsert(
            rows=[
                ContactInput(full_name="Lan", phone="0905777123"),
                ContactInput(full_name="Mai", phone="0905777199"),
            ],
            workspace=workspace,
            policy=ConflictPolicy.OVERWRITE,
            actor=an.actor,
            now=NOW,
        )
        assert [(refusal.row, refusal.code) for refusal in outcome.refused] == [(0, "erased")]
        assert [contact.full_name for contact in Contact.objects.all()] == ["Mai"]
