"""Other uses of the data: advertising platforms and post, each with a consent and a file of its own (R-17)."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from tests.cast import AN, NOW

from quen.apps.compliance import queries, services
from quen.apps.compliance.models import PurposeAnswer
from quen.apps.compliance.types import DataUse, UnsubscribeMethod
from quen.apps.contacts import queries as contacts
from quen.apps.contacts import registry as contacts_registry
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.models import ConsentEntry, Contact
from quen.apps.contacts.tests.factories import GROUND, contacts_relation, make_contact
from quen.apps.contacts.types import (
    Consent,
    ConsentProof,
    ErasureReason,
    OptInRequired,
    ProofMissing,
    Status,
)
from quen.apps.import_export import services as import_export
from quen.apps.import_export.tests.import_helpers import draft_import, run_draft
from quen.apps.team.models import Member
from quen.core import sql
from quen.core.actors import SYSTEM, Actor

pytestmark = pytest.mark.django_db
LIST = "/w/tra-sen/contacts/"
ADDRESS = {"address_line": "12 Lê Lợi", "ward": "Hải Châu", "city": "Đà Nẵng", "country": "VN"}
EVERYTHING = {
    f"consent_{channel}": Consent.WITHDRAWN for channel in ("email", "sms", "zalo", "chat", "push", "call")
}


def agrees(contact: Contact, purpose: DataUse = DataUse.ADS, *, proof: ConsentProof = GROUND) -> bool:
    return services.answer_purpose(
        contact_id=contact.pk, purpose=purpose, agrees=True, proof=proof, actor=SYSTEM, now=NOW
    )


def refuses(contact: Contact, purpose: DataUse = DataUse.ADS, actor: Actor = SYSTEM) -> bool:
    return services.answer_purpose(
        contact_id=contact.pk,
        purpose=purpose,
        agrees=False,
        proof=ConsentProof(ground=""),
        actor=actor,
        now=NOW,
    )


def answers(contact: Contact) -> dict[str, Consent]:
    return queries.purpose_answers(contact.pk)


class TestAnswers:
    def test_staff_need_a_proof_and_it_is_in_the_consent_log(self, workspace: Any) -> None:
        lan = make_contact()
        with pytest.raises(ProofMissing):
            agrees(lan, proof=ConsentProof(ground=""))
        assert agrees(lan)
        assert not agrees(lan)
        entry = ConsentEntry.objects.get(contact=lan)
        assert (entry.purpose, entry.channel, entry.consent) == ("ads", "", Consent.GRANTED)
        assert entry.proof.ground == GROUND.ground
        assert answers(lan) == {"ads": Consent.GRANTED}

    def test_after_a_refusal_only_the_person_agrees_again(self, workspace: Any) -> None:
        lan = make_contact()
        refuses(lan)
        with pytest.raises(OptInRequired):
            agrees(lan)
        services.answer_purpose(
            contact_id=lan.pk,
            purpose=DataUse.ADS,
            agrees=True,
            proof=GROUND,
            actor=Actor.contact(lan.pk),
            now=NOW,
        )
        assert answers(lan) == {"ads": Consent.GRANTED}

    def test_leaving_everything_refuses_uses_never_asked_about_too(self, workspace: Any) -> None:
        lan, vy = make_contact(email="lan@thu.vn"), make_contact(email="vy@thu.vn")
        agrees(lan)
        services.unsubscribe(
            contact_id=lan.pk,
            channel="email",
            method=UnsubscribeMethod.LINK.value,
            all_channels=True,
            message_id=None,
            now=NOW,
        )
        services.block_everything(contact_id=vy.pk, message_id=None, now=NOW)
        both = {"ads": Consent.WITHDRAWN, "post": Consent.WITHDRAWN}
        assert (answers(lan), answers(vy)) == (both, both)

    def test_the_refusal_holds_in_a_merge_and_after_its_undo(self, workspace: Any) -> None:
        kept, merged = make_contact(), make_contact()
        agrees(kept)
        refuses(merged)
        agrees(merged, DataUse.POST)
        merge = contacts_services.merge_contacts(kept=kept, merged=merged, choices={}, actor=SYSTEM, now=NOW)
        assert answers(kept) == {"ads": Consent.WITHDRAWN, "post": Consent.GRANTED}
        refuses(kept, DataUse.POST)
        contacts_services.undo_merge(merge=merge, actor=SYSTEM, now=NOW + timedelta(hours=2))
        refused = {"ads": Consent.WITHDRAWN, "post": Consent.WITHDRAWN}
        assert (answers(kept), answers(merged)) == (refused, refused)

    def test_erased_with_the_person_and_in_the_copy_of_their_data(self, workspace: Any, an: Member) -> None:
        lan = make_contact()
        agrees(lan)
        parts = [record for part in contacts_registry.personal_data_parts() for record in part.read(lan.pk)]
        assert any(record.get("Mục đích") == "Nền tảng quảng cáo" for record in parts), parts
        contacts_services.erase_contact(contact=lan, reason=ErasureReason.REQUEST, actor=an.actor, now=NOW)
        assert not PurposeAnswer.objects.exists()


class TestFiles:
    @pytest.fixture
    def people(self, workspace: Any) -> dict[str, Contact]:
        """Return one contact for each reason, and two who agreed to both; statuses keep nobody out (R-17)."""
        made = {
            "not_agreed": make_contact(**ADDRESS),
            "refused": make_contact(**ADDRESS),
            "refused_everything": make_contact(**ADDRESS, **EVERYTHING),
            "no_address": make_contact(email=None, phone=None),
            "archived": make_contact(**ADDRESS, status=Status.SAVED),
            "restricted": make_contact(**ADDRESS, restricted_at=NOW),
            "unsubscribed": make_contact(
                **ADDRESS, full_name="Lan", salutation="chị", email="Lan@Thu.VN", status=Status.UNSUBSCRIBED
            ),
            "non_subscribed": make_contact(
                **ADDRESS, full_name="Vy", phone="+84905318274", status=Status.NON_SUBSCRIBED
            ),
        }
        for key, contact in made.items():
            for purpose in DataUse:
                if key == "refused":
                    refuses(contact, purpose)
                elif key != "not_agreed":
                    agrees(contact, purpose)
        return made

    @pytest.mark.parametrize("key", ["ads", "ads-plain", "labels"])
    def test_each_person_is_in_the_file_or_left_out_for_one_reason(
        self, people: dict[str, Contact], key: str
    ) -> None:
        audience = contacts_registry.export_audiences()[key]
        everyone = contacts_relation(*people.values())
        counts = dict(audience.left_out(everyone))
        assert counts.pop("") == 2
        assert counts == dict.fromkeys(audience.reasons, 1)
        included = {pk for (pk,) in sql.rows(audience.included(everyone))}
        assert included == {people["unsubscribed"].pk, people["non_subscribed"].pk}

    def rows(self, client: Any, key: str, **given: Any) -> list[dict[str, str]]:
        asked = {"scope": "all", "format": "csv", "layout": f"audience:{key}", **given}
        check = client.post(f"{LIST}exports/", asked)
        assert check.status_code == 200
        page = check.content.decode()
        params = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', page))
        assert params["checked"] == "1"
        answer = client.post(f"{LIST}exports/", params, follow=True)
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text)))

    def test_the_hashed_audience_is_as_platforms_match_it(
        self, people: dict[str, Contact], an: Member, client_of: Any
    ) -> None:
        Contact.objects.filter(pk=people["unsubscribed"].pk).update(phone=None)
        rows = self.rows(client_of(AN), "ads")
        email = hashlib.sha256(b"lan@thu.vn").hexdigest()
        phone = hashlib.sha256(b"+84905318274").hexdigest()
        assert sorted((row["email"], row["phone"], row["country"]) for row in rows) == sorted(
            [(email, "", "VN"), ("", phone, "VN")]
        )

    def test_labels_are_written_as_vietnamese_addresses(
        self, people: dict[str, Contact], an: Member, client_of: Any
    ) -> None:
        rows = self.rows(client_of(AN), "labels")
        assert list(rows[0].values())[:3] == ["chị", "Lan", ""]
        assert list(rows[0].values())[3:] == ["12 Lê Lợi", "Hải Châu", "Đà Nẵng", ""]

    def test_says_who_is_left_out_and_why_before_anything_is_made(
        self, people: dict[str, Contact], an: Member, client_of: Any
    ) -> None:
        asked = {"scope": "all", "format": "csv", "layout": "audience:ads"}
        page = client_of(AN).post(f"{LIST}exports/", asked).content.decode()
        for text in ("2 khách có trong tệp", "chưa đồng ý", "đã từ chối tất cả", "đang lưu trữ"):
            assert text in page

    def test_who_takes_it_back_before_the_file_is_made_is_not_in_it(
        self, people: dict[str, Contact], an: Member
    ) -> None:
        from quen.apps.import_export.registry import export_kind
        from quen.apps.team.queries import file_chunks
        from quen.core.table_files import TableFormat

        audience = contacts_registry.export_audiences()["ads-plain"]
        included = audience.included(contacts.relation_of(contacts.contacts()))
        export = import_export.create_export(
            kind=export_kind("contacts"),
            rows=sql.compose("SELECT contact_id AS row_id FROM {people} p", people=included),
            name="ads",
            format=TableFormat.CSV,
            template="ads-plain",
            actor=an.actor,
            now=NOW,
        )
        refuses(people["unsubscribed"])
        import_export.run_export(export_id=export.pk, clock=lambda: NOW)
        export.refresh_from_db()
        assert export.file is not None
        text = b"".join(file_chunks(export.file)).decode()
        assert export.written == 1
        assert "84905318274" in text and "lan@thu.vn" not in text


class TestPages:
    def test_staff_record_an_answer_with_its_proof(self, workspace: Any, client_of: Any) -> None:
        lan, client = make_contact(), client_of(AN)
        path = f"/w/tra-sen/sending/contacts/{lan.pk}/uses/post/"
        assert client.post(path, {"answer": "yes"}).status_code == 422
        given = {"answer": "yes", "method": "paper", "ground": "Phiếu tại quầy", "obtained_on": "01/10/2026"}
        assert client.post(path, given).status_code == 302
        assert answers(lan) == {"post": Consent.GRANTED}
        panel = client.get(f"/w/tra-sen/sending/contacts/{lan.pk}/").content.decode()
        assert "đã đồng ý" in panel and "chưa hỏi" in panel
        log = client.get("/w/tra-sen/sending/consent-log/").content.decode()
        assert "Quảng cáo qua bưu điện" in log
        assert client.post(path, {"answer": "no"}).status_code == 302
        assert "Khách đã từ chối" in client.get(path).content.decode()
        assert client.get(f"/w/tra-sen/sending/contacts/{lan.pk}/uses/xyz/").status_code == 404

    def test_a_person_chooses_on_their_own_page(self, workspace: Any) -> None:
        lan = make_contact(email="lan@thu.vn")
        url = queries.unsubscribe_url(
            workspace_id=workspace.pk, contact_id=lan.pk, message_id=5, channel="email"
        )
        path, anonymous = urlsplit(url).path, Client(enforce_csrf_checks=True)
        page = anonymous.get(path).content.decode()
        assert 'value="ads"' in page and "checked" not in page
        assert answers(lan) == {}
        anonymous.post(f"{path}uses/", {"use": ["post"]})
        assert answers(lan) == {"post": Consent.GRANTED}
        entry = ConsentEntry.objects.get(contact=lan)
        assert "bưu điện" in entry.proof.wording
        anonymous.post(f"{path}uses/", {})
        assert answers(lan) == {"post": Consent.WITHDRAWN}
        anonymous.post(f"{path}uses/", {"use": ["post", "ads"]})
        assert answers(lan) == {"post": Consent.GRANTED, "ads": Consent.GRANTED}


class TestFromFiles:
    ROWS = (
        "Họ và tên | Điện thoại | Đồng ý quảng cáo trực tuyến | Đồng ý nhận bưu thiếp\n"
        "Lan | 0905777120 | Có | x\n"
        "Vy | 0905777121 | Không | \n"
        "Mai | 0905777122 | từ chối | Có\n"
        "An | 0905777123 | có | hôm nào\n"
    )

    def run(self, an: Member, rows: str = ROWS) -> Any:
        draft = draft_import(
            rows, actor=an.actor, now=NOW, consent_confirmed=True, conflict_policy="overwrite"
        )
        return run_draft(draft, actor=an.actor, now=NOW)

    def test_columns_answer_with_the_file_as_proof(self, workspace: Any, an: Member) -> None:
        mai = make_contact(phone="+84905777122")
        agrees(mai)
        refused_before = make_contact(phone="+84905777123")
        refuses(refused_before)
        self.run(an)
        found = {
            each.full_name: answers(each) for each in Contact.objects.filter(full_name__in=["Lan", "Vy"])
        }
        assert found == {"Lan": {"ads": Consent.GRANTED, "post": Consent.GRANTED}, "Vy": {}}
        assert answers(mai) == {"ads": Consent.WITHDRAWN, "post": Consent.GRANTED}
        # A file does not bring back who refused.
        assert answers(refused_before) == {"ads": Consent.WITHDRAWN}
        lan = Contact.objects.get(full_name="Lan")
        origin = contacts.file_origin(ConsentEntry.objects.get(contact=lan, purpose="ads"))
        assert origin is not None and origin.confirmed_by == an.actor.name

    def test_undo_takes_back_agreements_and_keeps_refusals(self, workspace: Any, an: Member) -> None:
        known = {number: make_contact(phone=f"+8490577712{number}") for number in range(4)}
        import_ = self.run(an)
        refuses(known[0], DataUse.POST)
        import_export.undo(import_=import_, actor=an.actor, now=NOW + timedelta(hours=1))
        assert answers(known[0]) == {"post": Consent.WITHDRAWN}
        assert answers(known[2]) == {"ads": Consent.WITHDRAWN}
        assert answers(known[3]) == {}
        last = ConsentEntry.objects.filter(contact=known[3]).latest("id")
        assert (last.purpose, last.consent) == ("ads", Consent.NEVER_ASKED)
