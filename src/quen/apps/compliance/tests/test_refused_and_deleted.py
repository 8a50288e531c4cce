"""A refusal outlives deletion and erasure: no file and no colleague brings the person back (CON-68)."""

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
from quen.apps.compliance.tests.factories import make_reader, reasons, refuse
from quen.apps.compliance.types import Reason
from quen.apps.contacts import services as contacts
from quen.apps.contacts.models import Contact
from quen.apps.contacts.types import Consent, Status
from quen.apps.import_export.tests.bringing import brought, counts, warnings

pytestmark = pytest.mark.django_db
MAIL, PHONE = "lan@thu.vn", "+84905318274"
FILE = f"Họ tên | Email | SĐT\nNguyễn Thị Lan | {MAIL} | 0905 318 274"
PROOF = {"ground": "Phiếu đăng ký tại cửa hàng", "obtained_at": NOW.isoformat()}
SOON, MONTHS_LATER = NOW + timedelta(days=3), NOW + timedelta(days=60)


@pytest.fixture(autouse=True)
def lenient(workspace: Workspace) -> None:
    Workspace.objects.filter(pk=workspace.pk).update(required_fields=[])


def import_subscribed(now: Any) -> Contact:
    """Bring them in from a file that says they agreed."""
    import_ = brought(FILE, now=now, status=Status.SUBSCRIBED, proof=PROOF)
    assert counts(import_)["created"] == 1
    return Contact.objects.get(email=MAIL)


def gone(an: Any, *, withdrawn: bool = True) -> Contact:
    """Somebody who said no and was deleted after that."""
    lan = make_reader(email=MAIL, phone=PHONE)
    if withdrawn:
        refuse(lan)
    contacts.delete_contacts(ids=[lan.pk], actor=an, now=NOW)
    return lan


@pytest.mark.parametrize("when", [SOON, MONTHS_LATER], ids=["within_30_days", "after_30_days"])
def test_a_file_that_says_subscribed_does_not_bring_them_back(an: Any, when: Any) -> None:
    gone(an)
    if when == MONTHS_LATER:
        contacts.purge_deleted(now=when)
    again = import_subscribed(when)
    assert (again.status, again.consent_email) == (Status.SUBSCRIBED, Consent.GRANTED)
    assert reasons(again) == [Reason.SUPPRESSED_REFUSAL]


def test_erasing_the_old_record_later_leaves_the_refusal(an: Any) -> None:
    gone(an)
    again = import_subscribed(SOON)
    contacts.purge_deleted(now=MONTHS_LATER)
    assert reasons(again) == [Reason.SUPPRESSED_REFUSAL]
    assert set(Suppression.objects.values_list("address", flat=True)) == {""}


def test_somebody_entered_again_by_hand_is_not_written_to_either(an: Any, workspace: Workspace) -> None:
    gone(an)
    again = make_reader(email=MAIL)
    assert reasons(again) == [Reason.SUPPRESSED_REFUSAL]
    assert reasons(again, message_class="transactional") == [None]


def test_a_refusal_said_after_the_deletion_holds_for_the_new_record(an: Any) -> None:
    old = gone(an, withdrawn=False)
    again = import_subscribed(SOON)
    assert reasons(again) == [None]
    made = refuse(old, now=SOON)
    assert reasons(again) == [Reason.SUPPRESSED_REFUSAL]
    services.undo_refusal(refusal=made, now=SOON + timedelta(hours=1))
    assert reasons(again) == [None]


def test_only_their_own_opt_in_lifts_it(an: Any) -> None:
    gone(an)
    again = import_subscribed(SOON)
    services.come_back(contact_id=again.pk, channel="email", wording="Tôi đồng ý.", message_id=None, now=SOON)
    assert reasons(again) == [None]


def test_who_never_refused_comes_back_by_a_file(an: Any) -> None:
    gone(an, withdrawn=False)
    assert reasons(import_subscribed(SOON)) == [None]


def test_a_withdrawn_channel_is_remembered_by_itself(an: Any) -> None:
    lan = make_reader(email=MAIL, phone=PHONE, consent_sms=Consent.WITHDRAWN)
    contacts.delete_contacts(ids=[lan.pk], actor=an, now=NOW)
    again = make_reader(email=MAIL, phone=PHONE, consent_sms=Consent.GRANTED)
    assert reasons(again) == [None]
    assert reasons(again, channel="sms") == [Reason.SUPPRESSED_REFUSAL]


def test_whoever_is_restored_speaks_for_themself_again(an: Any) -> None:
    lan = gone(an)
    contacts.restore_contacts(ids=[lan.pk], actor=an, now=SOON)
    assert reasons(lan) == [Reason.UNSUBSCRIBED]
    services.come_back(contact_id=lan.pk, channel="email", wording="Tôi đồng ý.", message_id=None, now=SOON)
    assert reasons(lan) == [None]


def test_restoring_keeps_what_was_refused_of_everything(an: Any) -> None:
    lan = make_reader(email=MAIL, phone=PHONE)
    refuse(lan, everything=True)
    contacts.delete_contacts(ids=[lan.pk], actor=an, now=NOW)
    contacts.restore_contacts(ids=[lan.pk], actor=an, now=SOON)
    assert Suppression.objects.filter(cause="refusal").count() == 4


def test_two_clicks_then_a_file_that_says_yes(workspace: Workspace) -> None:
    """R-16: an import that says Yes for an Unsubscribed person leaves them Unsubscribed and says so."""
    lan = make_reader(email=MAIL, phone=PHONE)
    url = queries.unsubscribe_url(workspace_id=workspace.pk, contact_id=lan.pk, message_id=5, channel="email")
    page = urlsplit(url).path
    browser = Client(enforce_csrf_checks=True)
    browser.get(page)
    form = re.search(r'<form[^>]* action="([^"]+)"', browser.get(page).content.decode())
    assert form is not None
    assert browser.post(form[1], {"choice": "channel"}).status_code in (200, 302, 303)
    lan.refresh_from_db()
    assert lan.status == Status.UNSUBSCRIBED
    import_ = brought(f"Email | Nhận tin\n{MAIL} | Có", now=SOON, existing="overwrite")
    assert warnings(import_) == [(2, "status", "unsubscribed_stays")]
    lan.refresh_from_db()
    assert (lan.status, lan.consent_email) == (Status.UNSUBSCRIBED, Consent.WITHDRAWN)
    assert reasons(lan) == [Reason.UNSUBSCRIBED]
