"""An unsubscribe outlives deletion and erasure, whatever is imported or added by hand (CON-68)."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from tests.cast import NOW

from quen.apps.accounts.models import Workspace
from quen.apps.compliance import queries, services
from quen.apps.compliance.models import Suppression
from quen.apps.compliance.tests.factories import exclusion_reasons, make_subscriber, make_unsubscribe
from quen.apps.compliance.types import ExclusionReason
from quen.apps.contacts import services as contacts
from quen.apps.contacts.models import Contact
from quen.apps.contacts.types import Consent, Status
from quen.apps.import_export.tests.import_helpers import counts, import_rows, refused_rows, warnings

pytestmark = pytest.mark.django_db
MAIL, PHONE = "lan@thu.vn", "+84905318274"
ROWS = f"Họ tên | Email | SĐT\nNguyễn Thị Lan | {MAIL} | 0905 318 274"
PROOF = {"ground": "Phiếu đăng ký tại cửa hàng", "obtained_at": NOW.isoformat()}
SOON, MONTHS_LATER = NOW + timedelta(days=3), NOW + timedelta(days=60)


@pytest.fixture(autouse=True)
def lenient(workspace: Workspace) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(required_fields=[])


def import_subscribed(now: Any) -> Contact:
    """Import the contact as subscribed."""
    import_ = import_rows(ROWS, now=now, status=Status.SUBSCRIBED, proof=PROOF)
    assert counts(import_)["created"] == 1
    return Contact.objects.get(email=MAIL)


def deleted_contact(an: Any, *, withdrawn: bool = True) -> Contact:
    """Create a contact that unsubscribed and was deleted."""
    lan = make_subscriber(email=MAIL, phone=PHONE)
    if withdrawn:
        make_unsubscribe(lan)
    contacts.delete_contacts(ids=[lan.pk], actor=an.actor, now=NOW)
    return lan


def test_importing_as_subscribed_does_not_bring_an_erased_contact_back(an: Any) -> None:
    deleted_contact(an)
    contacts.purge_deleted(now=MONTHS_LATER)
    import_ = import_rows(ROWS, now=MONTHS_LATER, status=Status.SUBSCRIBED, proof=PROOF)
    assert refused_rows(import_) == [(2, "erased")]
    assert not Contact.objects.filter(email=MAIL).exists()


def test_importing_as_subscribed_does_not_make_them_eligible(an: Any) -> None:
    deleted_contact(an)
    again = import_subscribed(SOON)
    assert (again.status, again.consent_email) == (Status.SUBSCRIBED, Consent.GRANTED)
    assert exclusion_reasons(again) == [ExclusionReason.SUPPRESSED_OPT_OUT]


def test_erasing_the_old_record_keeps_the_suppression(an: Any) -> None:
    deleted_contact(an)
    again = import_subscribed(SOON)
    contacts.purge_deleted(now=MONTHS_LATER)
    assert exclusion_reasons(again) == [ExclusionReason.SUPPRESSED_OPT_OUT]
    assert set(Suppression.objects.values_list("address", flat=True)) == {""}


def test_a_manually_added_contact_is_not_eligible_either(an: Any, workspace: Workspace) -> None:
    deleted_contact(an)
    again = make_subscriber(email=MAIL)
    assert exclusion_reasons(again) == [ExclusionReason.SUPPRESSED_OPT_OUT]
    assert exclusion_reasons(again, message_class="transactional") == [None]


def test_unsubscribing_after_the_deletion_holds_for_the_new_record(an: Any) -> None:
    old = deleted_contact(an, withdrawn=False)
    again = import_subscribed(SOON)
    assert exclusion_reasons(again) == [None]
    unsubscribe = make_unsubscribe(old, now=SOON)
    assert exclusion_reasons(again) == [ExclusionReason.SUPPRESSED_OPT_OUT]
    services.undo_unsubscribe(unsubscribe=unsubscribe, now=SOON + timedelta(hours=1))
    assert exclusion_reasons(again) == [None]


def test_only_resubscribing_lifts_it(an: Any) -> None:
    deleted_contact(an)
    again = import_subscribed(SOON)
    services.resubscribe(
        contact_id=again.pk, channel="email", wording="Tôi đồng ý.", message_id=None, now=SOON
    )
    assert exclusion_reasons(again) == [None]


def test_a_contact_who_never_unsubscribed_is_eligible_after_import(an: Any) -> None:
    deleted_contact(an, withdrawn=False)
    assert exclusion_reasons(import_subscribed(SOON)) == [None]


def test_each_withdrawn_channel_is_suppressed_separately(an: Any) -> None:
    lan = make_subscriber(email=MAIL, phone=PHONE, consent_sms=Consent.WITHDRAWN)
    contacts.delete_contacts(ids=[lan.pk], actor=an.actor, now=NOW)
    again = make_subscriber(email=MAIL, phone=PHONE, consent_sms=Consent.GRANTED)
    assert exclusion_reasons(again) == [None]
    assert exclusion_reasons(again, channel="sms") == [ExclusionReason.SUPPRESSED_OPT_OUT]


def test_restoring_removes_the_suppression(an: Any) -> None:
    lan = deleted_contact(an)
    contacts.restore_contacts(ids=[lan.pk], actor=an.actor, now=SOON)
    assert exclusion_reasons(lan) == [ExclusionReason.UNSUBSCRIBED]
    services.resubscribe(contact_id=lan.pk, channel="email", wording="Tôi đồng ý.", message_id=None, now=SOON)
    assert exclusion_reasons(lan) == [None]


def test_restoring_keeps_an_unsubscribe_from_all_channels(an: Any) -> None:
    lan = make_subscriber(email=MAIL, phone=PHONE)
    make_unsubscribe(lan, all_channels=True)
    contacts.delete_contacts(ids=[lan.pk], actor=an.actor, now=NOW)
    contacts.restore_contacts(ids=[lan.pk], actor=an.actor, now=SOON)
    assert Suppression.objects.filter(cause="opt_out").count() == 4


def test_importing_a_yes_keeps_an_unsubscribed_contact_unsubscribed(workspace: Workspace) -> None:
    """R-16: importing a yes for an unsubscribed contact keeps them unsubscribed and warns."""
    lan = make_subscriber(email=MAIL, phone=PHONE)
    url = queries.unsubscribe_url(workspace_id=workspace.pk, contact_id=lan.pk, message_id=5, channel="email")
    page = urlsplit(url).path
    browser = Client(enforce_csrf_checks=True)
    browser.get(page)
    form = re.search(r'<form[^>]* action="([^"]+)"', browser.get(page).content.decode())
    assert form is not None
    assert browser.post(form[1], {"choice": "channel"}).status_code in (200, 302, 303)
    lan.refresh_from_db()
    assert lan.status == Status.UNSUBSCRIBED
    import_ = import_rows(f"Email | Nhận tin\n{MAIL} | Có", now=SOON, conflict_policy="overwrite")
    assert warnings(import_) == [(2, "status", "stays_unsubscribed")]
    lan.refresh_from_db()
    assert (lan.status, lan.consent_email) == (Status.UNSUBSCRIBED, Consent.WITHDRAWN)
    assert exclusion_reasons(lan) == [ExclusionReason.UNSUBSCRIBED]
