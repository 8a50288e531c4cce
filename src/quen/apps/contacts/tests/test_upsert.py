"""Many contacts at once, from the API or a connector."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext
from tests.cast import NOW

from quen.apps.accounts.models import Workspace
from quen.apps.contacts import queries, services
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import GROUND, make_contact, make_field, make_source
from quen.apps.contacts.types import Consent, ContactInput, FieldFormat, Status, UpsertOutcome
from quen.apps.import_export.types import ConflictPolicy
from quen.core import schemas
from quen.core.actors import SYSTEM

LAN = ContactInput(full_name="Trần Lan", phone="0905318274", identities=[("kiotviet", "KH0001")])


def upsert(workspace: Workspace, *rows: ContactInput, **changes: Any) -> UpsertOutcome:
    given: dict[str, Any] = {"policy": ConflictPolicy.OVERWRITE, "actor": SYSTEM, "now": NOW}
    return services.upsert(rows=rows, workspace=workspace, **given | changes)


class TestFullDisk:
    @pytest.mark.plain_only("a trigger stands for the full disk")
    def test_is_told_at_once_and_not_taken_for_other_writers(
        self, workspace: Workspace, caplog: pytest.LogCaptureFixture
    ) -> None:
        with connection.cursor() as cursor:
            # the server's own answer when its disk is full
            cursor.execute(
                "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION"
                " 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$"
            )
            cursor.execute(
                "CREATE TRIGGER full_disk BEFORE INSERT ON contacts_contact"
                " FOR EACH ROW EXECUTE FUNCTION full_disk()"
            )
        with caplog.at_level("INFO"), pytest.raises(OperationalError, match="No space left on device"):
            upsert(workspace, LAN)
        assert "other writers" not in caplog.text


class TestOnePerson:
    def test_is_created_with_all_values(self, workspace: Workspace) -> None:
        field, source = make_field(name="Tuổi", format=FieldFormat.NUMBER), make_source()
        row = ContactInput(
            full_name="Nguyễn Thị Hoa",
            email="Hoa@Shop.vn",
            birth_on="17/07/1990",
            province="Đà Nẵng",
            attrs={field.pk: "35"},
            tags=["VIP", "vip", "Sỉ"],
            consents={"sms": Consent.GRANTED},
        )
        outcome = upsert(workspace, row, source=source, proof=GROUND)
        contact = Contact.objects.get()
        assert (outcome.created, outcome.refused, outcome.contact_ids) == (1, [], {0: contact.pk})
        assert (contact.given_name, contact.email, contact.birth_day) == ("Hoa", "hoa@shop.vn", 717)
        assert (contact.attrs, contact.first_source) == ({str(field.pk): 35}, source)
        assert (contact.consent("sms"), contact.country) == (Consent.GRANTED, "VN")
        assert [tag.name for tag in queries.tags_of(contact)] == ["Sỉ", "VIP"]

    def test_is_found_again_by_the_id_in_the_other_system(self, workspace: Workspace) -> None:
        first = upsert(workspace, LAN)
        again = upsert(workspace, LAN)
        moved = upsert(workspace, ContactInput(email="lan@shop.vn", identities=[("kiotviet", "KH0001")]))
        assert (first.created, again.unchanged, moved.updated) == (1, 1, 1)
        assert again.contact_ids == first.contact_ids == moved.contact_ids
        contact = Contact.objects.get()
        assert (contact.full_name, contact.phone, contact.email) == (
            "Trần Lan",
            "+84905318274",
            "lan@shop.vn",
        )

    def test_is_one_contact_however_often_a_batch_has_it(self, workspace: Workspace) -> None:
        company = ContactInput(phone="0905 318 274", company="Trà Sen")
        outcome = upsert(workspace, LAN, company)
        assert (outcome.created, outcome.updated, len(set(outcome.contact_ids.values()))) == (1, 1, 1)
        assert Contact.objects.get().company == "Trà Sen"

    @pytest.mark.parametrize(
        ("policy", "expected"),
        [
            (ConflictPolicy.SKIP, ("Lan", "")),
            (ConflictPolicy.FILL, ("Lan", "Trà Sen")),
            (ConflictPolicy.OVERWRITE, ("Trần Lan", "Trà Sen")),
        ],
    )
    def test_that_exists_is_treated_by_the_policy(
        self, workspace: Workspace, policy: ConflictPolicy, expected: tuple[str, str]
    ) -> None:
        make_contact(full_name="Lan", phone="+84905318274")
        row = ContactInput(full_name="Trần Lan", phone="0905318274", company="Trà Sen")
        upsert(workspace, row, policy=policy)
        contact = Contact.objects.get()
        assert (contact.full_name, contact.company) == expected


class TestConsent:
    def test_to_email_subscribes(self, workspace: Workspace) -> None:
        row = ContactInput(email="lan@shop.vn", consents={"email": Consent.GRANTED})
        upsert(workspace, row, proof=GROUND)
        assert Contact.objects.get().status == Status.SUBSCRIBED

    def test_without_proof_is_refused(self, workspace: Workspace) -> None:
        row = ContactInput(email="lan@shop.vn", consents={"email": Consent.GRANTED})
        outcome = upsert(workspace, row, LAN)
        assert [(each.row, each.code) for each in outcome.refused] == [(0, "proof_missing")]
        assert Contact.objects.get().full_name == "Trần Lan"

    def test_does_not_return_who_unsubscribed(self, workspace: Workspace) -> None:
        make_contact(email="lan@shop.vn", status=Status.UNSUBSCRIBED, consent_email=Consent.WITHDRAWN)
        row = ContactInput(email="lan@shop.vn", consents={"email": Consent.GRANTED})
        outcome = upsert(workspace, row, proof=GROUND)
        assert [each.code for each in outcome.warnings if each.field == "status"] == ["stays_unsubscribed"]
        assert Contact.objects.get().status == Status.UNSUBSCRIBED


class TestRefusals:
    @pytest.mark.parametrize(
        ("row", "code", "field"),
        [
            (ContactInput(full_name="Trần Lan"), "no_identifier", ""),
            (ContactInput(phone="0905318274", email="lan@"), "bad_value", "email"),
            (ContactInput(phone="0905318274", tags=["a,b"]), "bad_tag", "tags"),
        ],
    )
    def test_name_the_row_and_the_field(
        self, workspace: Workspace, row: ContactInput, code: str, field: str
    ) -> None:
        outcome = upsert(workspace, LAN, row, policy=ConflictPolicy.SKIP)
        assert [(each.row, each.code, each.field) for each in outcome.refused] == [(1, code, field)]
        assert outcome.created == 1

    def test_a_row_of_two_contacts(self, workspace: Workspace) -> None:
        make_contact(phone="+84905318274", email=None)
        make_contact(phone="+84905318275", email="hoa@shop.vn")
        outcome = upsert(workspace, ContactInput(phone="0905318274", email="hoa@shop.vn"))
        assert [each.code for each in outcome.refused] == ["ambiguous_contact"]
        assert outcome.contact_ids == {}


class TestManyRows:
    def test_need_no_more_statements_than_one(self, workspace: Workspace) -> None:
        with CaptureQueriesContext(
            connection,
        ) as one:
            upsert(workspace, ContactInput(phone="0905000000"))
        rows = [ContactInput(phone=f"09051{number:05}") for number in range(300)]
        with CaptureQueriesContext(connection) as many:
            assert upsert(workspace, *rows).created == 300
        assert len(many) <= len(one)

    def test_are_written_in_batches(self, workspace: Workspace) -> None:
        rows = [ContactInput(phone=f"09051{number % 4:05}") for number in range(7)]
        outcome = upsert(workspace, *rows, batch_rows=3)
        assert (outcome.created, outcome.unchanged, len(outcome.contact_ids)) == (4, 3, 7)


class TestTwoConnections:
    def test_with_the_same_person_make_one_contact(self, committed_workspace: Any) -> None:
        outcomes: list[UpsertOutcome] = []
        ready = threading.Barrier(2)

        def connector() -> None:
            with schemas.use(committed_workspace.schema_name):
                try:
                    ready.wait(10)
                    rows = [LAN, *(ContactInput(phone=f"09051{number:05}") for number in range(50))]
                    outcomes.append(upsert(committed_workspace, *rows))
                finally:
                    connection.close()

        threads = [threading.Thread(target=connector) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        assert sorted((each.created, each.unchanged) for each in outcomes) == [(0, 51), (51, 0)]
        assert Contact.objects.count() == 51
        assert outcomes[0].contact_ids == outcomes[1].contact_ids
