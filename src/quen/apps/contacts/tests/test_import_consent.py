"""Which consent a file can give and which it cannot."""

from __future__ import annotations

import pytest
from tests.cast import NOW

from quen.apps.accounts.models import Workspace
from quen.apps.contacts import services
from quen.apps.contacts.models import (
    ConsentEntry,
    ConsentProofRow,
    Contact,
)
from quen.apps.contacts.tests.import_fixtures import existing_contact, lenient
from quen.apps.contacts.types import Consent, ConsentProof, ProofMissing, Status
from quen.apps.import_export.tests.import_helpers import draft_import, import_rows, warnings
from quen.core.actors import SYSTEM

__all__ = ["lenient"]


class TestConsent:
    def test_a_matched_yes_is_stored_as_proof(self) -> None:
        import_ = import_rows(
            "SĐT | Email | Nhận tin\n | a@shop.vn | Có\n | b@shop.vn | Không\n | c@shop.vn |", status=2
        )
        stored = Contact.objects.order_by("email").values_list("status", "consent_email", "consent_sms")
        assert list(stored) == [(1, Consent.GRANTED, 0), (3, 0, 0), (3, 0, 0)]
        entry = ConsentEntry.objects.get()
        assert (entry.channel, entry.consent, entry.at) == ("email", Consent.GRANTED, NOW)
        assert entry.proof.method == "import"
        assert entry.proof.data["columns"] == {"consent_email": "Nhận tin"}
        assert entry.proof.data["import"] == import_.pk

    def test_subscribed_for_all_needs_proof(self) -> None:
        with pytest.raises(ProofMissing):
            draft_import("SĐT\n0905000001", targets={"SĐT": "phone"}, status=Status.SUBSCRIBED)
        import_rows(
            "Email\na@shop.vn",
            targets={"Email": "email"},
            status=Status.SUBSCRIBED,
            proof={"ground": "Phiếu đăng ký", "obtained_at": NOW.isoformat()},
        )
        contact = Contact.objects.get()
        assert (contact.status, contact.consent_email) == (Status.SUBSCRIBED, Consent.GRANTED)
        assert ConsentProofRow.objects.get().ground == "Phiếu đăng ký"

    def test_unsubscribed_contacts_stay_so_with_a_warning(self, lenient: Workspace) -> None:
        gone = existing_contact(lenient, email="a@shop.vn")
        new = existing_contact(lenient, email="b@shop.vn")
        Contact.objects.filter(pk=gone.pk).update(status=2, consent_email=Consent.WITHDRAWN)
        import_ = import_rows("Email | Nhận tin\na@shop.vn | Có\nb@shop.vn | Có", conflict_policy="overwrite")
        assert warnings(import_) == [(2, "status", "stays_unsubscribed")]
        gone.refresh_from_db()
        new.refresh_from_db()
        assert (gone.status, gone.consent_email) == (Status.UNSUBSCRIBED, Consent.WITHDRAWN)
        assert (new.status, new.consent_email) == (Status.SUBSCRIBED, Consent.GRANTED)
        assert ConsentEntry.objects.get().contact_id == new.pk

    def test_a_plain_no_over_an_earlier_yes_is_a_withdrawal(self, lenient: Workspace) -> None:
        lan = existing_contact(lenient, email="a@shop.vn")
        Contact.objects.filter(pk=lan.pk).update(status=1, consent_email=Consent.GRANTED)
        import_rows("Email | Nhận tin\na@shop.vn | Không", conflict_policy="overwrite")
        lan.refresh_from_db()
        assert (lan.status, lan.consent_email) == (Status.UNSUBSCRIBED, Consent.WITHDRAWN)

    @pytest.mark.parametrize("conflict_policy", ["skip", "fill", "overwrite"])
    def test_an_opt_out_holds_under_every_policy(self, lenient: Workspace, conflict_policy: str) -> None:
        lan = existing_contact(lenient, email="a@shop.vn", full_name="Lan")
        Contact.objects.filter(pk=lan.pk).update(status=1, consent_email=Consent.GRANTED)
        import_ = import_rows(
            "Email | Trạng thái\na@shop.vn | Đã hủy đăng ký",
            targets={"Email": "email", "Trạng thái": "status"},
            conflict_policy=conflict_policy,
        )
        assert warnings(import_) == [(2, "status", "refusal_recorded")]
        lan.refresh_from_db()
        assert (lan.status, lan.consent_email) == (Status.UNSUBSCRIBED, Consent.WITHDRAWN)
        entry = ConsentEntry.objects.get()
        assert (entry.consent, entry.file_row, entry.proof.data["import"]) == (
            Consent.WITHDRAWN,
            2,
            import_.pk,
        )

    def test_blocked_and_archived_contacts_stay_so(self, lenient: Workspace) -> None:
        blocked, saved = (
            existing_contact(lenient, email="a@shop.vn"),
            existing_contact(lenient, email="b@shop.vn"),
        )
        Contact.objects.filter(pk=blocked.pk).update(consent_email=Consent.BLOCKED)
        Contact.objects.filter(pk=saved.pk).update(status=Status.SAVED)
        import_ = import_rows("Email | Nhận tin\na@shop.vn | Có\nb@shop.vn | Có", conflict_policy="overwrite")
        assert warnings(import_) == [(2, "status", "stays_unsubscribed"), (3, "status", "stays_saved")]
        stored = Contact.objects.order_by("email").values_list("status", "consent_email")
        assert list(stored) == [(3, Consent.BLOCKED), (4, 0)]

    def test_an_opt_out_in_the_file_is_applied(self, lenient: Workspace) -> None:
        services.create_contact_from_source(
            workspace=lenient,
            values={"email": "a@shop.vn"},
            status=Status.SUBSCRIBED,
            proof=ConsentProof(ground="web", obtained_at=NOW),
            actor=SYSTEM,
            now=NOW,
        )
        import_rows(
            "Email | Nhận tin\na@shop.vn | Hủy đăng ký",
            targets={"Nhận tin": "consent_email"},
            conflict_policy="overwrite",
        )
        contact = Contact.objects.get()
        assert (contact.status, contact.consent_email) == (Status.UNSUBSCRIBED, Consent.WITHDRAWN)

    def test_a_status_column_wins_over_the_setting(self) -> None:
        import_rows(
            "Email | Tình trạng\na@shop.vn | Đã hủy đăng ký\nb@shop.vn |",
            targets={"Tình trạng": "status"},
            status=Status.SAVED,
        )
        stored = Contact.objects.order_by("email").values_list("status", "consent_email")
        assert list(stored) == [(Status.UNSUBSCRIBED, Consent.WITHDRAWN), (Status.NON_SUBSCRIBED, 0)]
