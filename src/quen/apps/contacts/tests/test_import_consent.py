"""What a file says about consent, and what it cannot say."""

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
from quen.apps.contacts.tests.files import lenient, person
from quen.apps.contacts.types import Consent, ConsentProof, ProofMissing, Status
from quen.apps.import_export.tests.bringing import brought, made, warnings

__all__ = ["lenient"]


class TestConsent:
    def test_a_mapped_yes_is_kept_as_the_ground(self) -> None:
        import_ = brought(
            "SĐT | Email | Nhận tin\n | a@shop.vn | Có\n | b@shop.vn | Không\n | c@shop.vn |", status=2
        )
        held = Contact.objects.order_by("email").values_list("status", "consent_email", "consent_sms")
        assert list(held) == [(1, Consent.GRANTED, 0), (3, 0, 0), (3, 0, 0)]
        entry = ConsentEntry.objects.get()
        assert (entry.channel, entry.consent, entry.at) == ("email", Consent.GRANTED, NOW)
        assert entry.proof.way == "import"
        assert entry.proof.data["columns"] == {"consent_email": "Nhận tin"}
        assert entry.proof.data["import"] == import_.pk

    def test_subscribed_for_all_needs_its_ground(self) -> None:
        with pytest.raises(ProofMissing):
            made("SĐT\n0905000001", targets={"SĐT": "phone"}, status=Status.SUBSCRIBED)
        brought(
            "Email\na@shop.vn",
            targets={"Email": "email"},
            status=Status.SUBSCRIBED,
            proof={"ground": "Phiếu đăng ký", "obtained_at": NOW.isoformat()},
        )
        contact = Contact.objects.get()
        assert (contact.status, contact.consent_email) == (Status.SUBSCRIBED, Consent.GRANTED)
        assert ConsentProofRow.objects.get().ground == "Phiếu đăng ký"

    def test_who_unsubscribed_stays_so_and_the_result_says_it(self, lenient: Workspace) -> None:
        gone = person(lenient, email="a@shop.vn")
        new = person(lenient, email="b@shop.vn")
        Contact.objects.filter(pk=gone.pk).update(status=2, consent_email=Consent.WITHDRAWN)
        import_ = brought("Email | Nhận tin\na@shop.vn | Có\nb@shop.vn | Có", existing="overwrite")
        assert warnings(import_) == [(2, "status", "unsubscribed_stays")]
        gone.refresh_from_db()
        new.refresh_from_db()
        assert (gone.status, gone.consent_email) == (Status.UNSUBSCRIBED, Consent.WITHDRAWN)
        assert (new.status, new.consent_email) == (Status.SUBSCRIBED, Consent.GRANTED)
        assert ConsentEntry.objects.get().contact_id == new.pk

    def test_a_plain_no_ends_the_subscription_with_its_consent(self, lenient: Workspace) -> None:
        lan = person(lenient, email="a@shop.vn")
        Contact.objects.filter(pk=lan.pk).update(status=1, consent_email=Consent.GRANTED)
        brought("Email | Nhận tin\na@shop.vn | Không", existing="overwrite")
        lan.refresh_from_db()
        assert (lan.status, lan.consent_email) == (Status.NON_SUBSCRIBED, Consent.NEVER_ASKED)

    @pytest.mark.parametrize("existing", ["skip", "fill"])
    def test_a_refusal_that_the_policy_leaves_out_is_said(self, lenient: Workspace, existing: str) -> None:
        lan = person(lenient, email="a@shop.vn")
        Contact.objects.filter(pk=lan.pk).update(status=1, consent_email=Consent.GRANTED)
        targets = {"Email": "email", "Trạng thái": "status"}
        import_ = brought(
            "Email | Trạng thái\na@shop.vn | Đã hủy đăng ký", targets=targets, existing=existing
        )
        assert warnings(import_) == [(2, "status", "refusal_not_taken")]
        lan.refresh_from_db()
        assert lan.status == Status.SUBSCRIBED

    def test_a_block_and_a_saved_person_stay(self, lenient: Workspace) -> None:
        blocked, saved = person(lenient, email="a@shop.vn"), person(lenient, email="b@shop.vn")
        Contact.objects.filter(pk=blocked.pk).update(consent_email=Consent.BLOCKED)
        Contact.objects.filter(pk=saved.pk).update(status=Status.SAVED)
        import_ = brought("Email | Nhận tin\na@shop.vn | Có\nb@shop.vn | Có", existing="overwrite")
        assert warnings(import_) == [(2, "status", "unsubscribed_stays"), (3, "status", "saved_stays")]
        held = Contact.objects.order_by("email").values_list("status", "consent_email")
        assert list(held) == [(3, Consent.BLOCKED), (4, 0)]

    def test_a_refusal_in_the_file_is_taken(self, lenient: Workspace) -> None:
        services.admit_contact(
            workspace=lenient,
            values={"email": "a@shop.vn"},
            status=Status.SUBSCRIBED,
            proof=ConsentProof(ground="web", obtained_at=NOW),
            actor=None,
            now=NOW,
        )
        brought(
            "Email | Nhận tin\na@shop.vn | Hủy đăng ký",
            targets={"Nhận tin": "consent_email"},
            existing="overwrite",
        )
        contact = Contact.objects.get()
        assert (contact.status, contact.consent_email) == (Status.UNSUBSCRIBED, Consent.WITHDRAWN)

    def test_a_status_column_wins_over_the_setting(self) -> None:
        brought(
            "Email | Tình trạng\na@shop.vn | Đã hủy đăng ký\nb@shop.vn |",
            targets={"Tình trạng": "status"},
            status=Status.SAVED,
        )
        held = Contact.objects.order_by("email").values_list("status", "consent_email")
        assert list(held) == [(Status.UNSUBSCRIBED, Consent.WITHDRAWN), (Status.NON_SUBSCRIBED, 0)]
