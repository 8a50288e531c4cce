"""Confirming by mail: opening changes nothing, one press does; few mails to an address and from a form."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from tests.cast import NOW

from quen.apps.compliance.tests.factories import make_subscriber, make_unsubscribe
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.tests.factories import kinds_on_timeline, make_contact
from quen.apps.contacts.types import Consent, Status
from quen.apps.delivery.models import Message
from quen.apps.delivery.tests.factories import make_connection, make_sender
from quen.apps.signup import queries, services
from quen.apps.signup.models import ConfirmationMail, Submission
from quen.apps.signup.tests.factories import make_form, sent_to, submit
from quen.apps.signup.types import SubmissionState
from quen.apps.team.models import Notification

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sandbox(workspace: Any) -> None:
    """Let email be sent."""
    make_connection()
    make_sender()


def path_of(workspace: Any, submission: Submission) -> str:
    """Return the path of the link in the mail."""
    return urlsplit(queries.confirmation_url(workspace, submission)).path


class TestConfirming:
    def test_waits_until_the_press_which_is_the_time_of_the_proof(self, workspace: Any) -> None:
        sent = submit(make_form(double_opt_in=True), full_name="An", email="an@thu.vn", ticked=("consent_1",))
        an = contacts.find_by_email("an@thu.vn")
        assert an is not None
        assert an.consent_email == Consent.NEVER_ASKED
        assert services.send_confirmations(now=NOW) == 1
        assert Message.objects.filter(address="an@thu.vn").count() == 1
        later = NOW + timedelta(hours=2)
        services.confirm(submission=sent, now=later)
        an.refresh_from_db()
        assert (an.consent_email, an.status) == (Consent.GRANTED, Status.SUBSCRIBED)
        proof = an.consent_entries.filter(channel="email").order_by("id")[0].proof
        assert (proof.obtained_at, proof.data["confirmed"]) == (later, True)
        assert "form_confirmed" in kinds_on_timeline(an)

    def test_opening_the_link_five_times_confirms_nothing_and_one_press_does(self, workspace: Any) -> None:
        sent = submit(
            make_form(double_opt_in=True), full_name="Trần An", email="an@thu.vn", ticked=("consent_1",)
        )
        path, client = path_of(workspace, sent), Client()
        for _ in range(5):
            page = client.get(path)
            assert page.status_code == 200
            # Nothing about the person stands on it.
            assert "an@thu.vn" not in page.content.decode()
            assert "Trần An" not in page.content.decode()
        sent.refresh_from_db()
        assert sent.confirmed_at is None
        assert "đã được xác nhận" in client.post(path).content.decode()
        first = Submission.objects.get(pk=sent.pk).confirmed_at
        assert first is not None
        # The link is not used up: a second press says that it is confirmed.
        assert "đã được xác nhận" in client.post(path).content.decode()
        assert Submission.objects.get(pk=sent.pk).confirmed_at == first

    def test_a_link_is_of_one_submission_not_of_its_number(self, workspace: Any) -> None:
        lan = submit(
            make_form(double_opt_in=True), full_name="Lan", email="lan@thu.vn", ticked=("consent_1",)
        )
        link = path_of(workspace, lan)
        # After a restore somebody else's submission may have the number.
        Submission.objects.filter(pk=lan.pk).update(key="another", email="minh@thu.vn")
        assert not Client().post(link).context["is_there"]
        assert Submission.objects.get().confirmed_at is None

    def test_ends_the_refusal_of_the_one_who_presses(self, workspace: Any) -> None:
        lan = make_subscriber(email="lan@thu.vn")
        make_unsubscribe(lan)
        sent = submit(make_form(), full_name="Lan", email="lan@thu.vn", ticked=("consent_1",))
        services.confirm(submission=sent, now=NOW + timedelta(hours=1))
        lan.refresh_from_db()
        assert (lan.consent_email, lan.status) == (Consent.GRANTED, Status.SUBSCRIBED)

    def test_takes_own_values_only_where_the_address_was_theirs_before(self, workspace: Any) -> None:
        form = make_form(double_opt_in=True)
        lan = make_contact(full_name="Trần Lan", email="lan@thu.vn", phone="+84905777123")
        stranger = submit(form, full_name="Kẻ Lạ", phone="0905777123", email="ke.la@thu.vn")
        services.confirm(submission=stranger, now=NOW)
        lan.refresh_from_db()
        assert (lan.full_name, lan.email) == ("Trần Lan", "lan@thu.vn")
        own = submit(form, full_name="Trần Thị Lan", email="lan@thu.vn")
        services.confirm(submission=own, now=NOW)
        lan.refresh_from_db()
        assert lan.full_name == "Trần Thị Lan"


class TestLimits:
    def test_an_address_gets_three_in_a_day_over_all_forms(self, workspace: Any) -> None:
        for number in range(5):
            form, at = make_form(double_opt_in=True), NOW + timedelta(minutes=number)
            submit(form, full_name=f"Ai {number}", email="nan.nhan@thu.vn", now=at)
            services.send_confirmations(now=at)
        assert sent_to("nan.nhan@thu.vn") == services.PER_ADDRESS
        services.send_confirmations(now=NOW + timedelta(hours=25))
        assert sent_to("nan.nhan@thu.vn") == 5

    def test_many_mails_to_one_address_keep_no_other_waiting(self, workspace: Any) -> None:
        form = make_form(double_opt_in=True)
        for number in range(210):
            submit(form, full_name=f"Ai {number}", email="nan.nhan@thu.vn")
        submit(form, full_name="Khách Thật", email="khach.that@thu.vn", now=NOW + timedelta(minutes=1))
        services.send_confirmations(now=NOW)
        services.send_confirmations(now=NOW + timedelta(minutes=2))
        assert (sent_to("nan.nhan@thu.vn"), sent_to("khach.that@thu.vn")) == (services.PER_ADDRESS, 1)

    def test_send_again_waits_a_minute_and_counts(self, workspace: Any) -> None:
        sent = submit(make_form(double_opt_in=True), full_name="An", email="an@thu.vn")
        services.send_confirmations(now=NOW)
        services.send_again(submission=sent, now=NOW + timedelta(seconds=30))
        services.send_confirmations(now=NOW + timedelta(seconds=30))
        assert sent_to("an@thu.vn") == 1
        for minute in range(1, 8):
            at = NOW + timedelta(minutes=2 * minute)
            services.send_again(submission=sent, now=at)
            services.send_confirmations(now=at)
        assert sent_to("an@thu.vn") == services.PER_ADDRESS

    def test_a_flood_stops_mails_at_the_ceiling_with_one_notice_and_loses_nobody(
        self, workspace: Any, an: Any, settings: Any
    ) -> None:
        settings.SIGNUP_CONFIRMATIONS_PER_HOUR = 20
        form = make_form(double_opt_in=True)
        for number in range(60):
            submit(form, full_name="Bot", email=f"nguoi{number}@thu.vn")
            if number % 15 == 0:
                services.send_confirmations(now=NOW)
        services.send_confirmations(now=NOW)
        visitor = submit(
            form, full_name="Khách Thật", email="khach.that@thu.vn", now=NOW + timedelta(minutes=1)
        )
        services.send_confirmations(now=NOW + timedelta(minutes=1))
        assert ConfirmationMail.objects.exclude(sent_at=None).count() == 20
        told = Notification.objects.filter(member=an, kind="signup.confirmations_paused")
        assert told.count() == 1
        assert visitor.state == SubmissionState.RECEIVED
        assert sent_to("khach.that@thu.vn") == 0
        for hour in range(1, 5):
            services.send_confirmations(now=NOW + timedelta(hours=hour, minutes=2))
        assert sent_to("khach.that@thu.vn") == 1
        assert told.count() == 1
