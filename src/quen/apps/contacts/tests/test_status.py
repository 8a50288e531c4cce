"""Status and consent of one contact."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.contacts import services
from quen.apps.contacts.models import ConsentEntry
from quen.apps.contacts.tests.factories import GROUND, kinds_on_timeline, make_contact
from quen.apps.contacts.types import Consent, ContactIsSaved, OptInRequired, ProofMissing, Status


class TestSetStatus:
    def test_refuses_to_subscribe_someone_who_unsubscribed(self, workspace: Any, an: Any) -> None:
        lan = make_contact(status=Status.UNSUBSCRIBED)
        for status in (Status.SUBSCRIBED, Status.NON_SUBSCRIBED):
            with pytest.raises(OptInRequired):
                services.set_status(contact=lan, status=status, proof=GROUND, actor=an.actor, now=NOW)
        assert not ConsentEntry.objects.exists()

    def test_records_a_refusal_as_withdrawn_consent(self, workspace: Any, an: Any) -> None:
        lan = make_contact(status=Status.SUBSCRIBED, consent_email=Consent.GRANTED)
        lan = services.set_status(contact=lan, status=Status.UNSUBSCRIBED, actor=an.actor, now=NOW)
        assert (lan.status, lan.consent_email) == (Status.UNSUBSCRIBED, Consent.WITHDRAWN)
        assert kinds_on_timeline(lan) == ["consent_changed", "status_changed"]

    def test_leaving_saved_leads_back_to_the_refusal(self, workspace: Any, an: Any) -> None:
        lan = make_contact(status=Status.UNSUBSCRIBED, consent_email=Consent.WITHDRAWN)
        lan = services.set_status(contact=lan, status=Status.SAVED, actor=an.actor, now=NOW)
        with pytest.raises(OptInRequired):
            services.set_status(contact=lan, status=Status.SUBSCRIBED, proof=GROUND, actor=an.actor, now=NOW)
        lan = services.set_status(contact=lan, status=Status.NON_SUBSCRIBED, actor=an.actor, now=NOW)
        assert lan.status == Status.UNSUBSCRIBED

    def test_leaving_saved_never_leads_straight_to_subscribed(self, workspace: Any, an: Any) -> None:
        lan = make_contact(status=Status.SAVED, status_before_saved=Status.SUBSCRIBED)
        with pytest.raises(ContactIsSaved):
            services.set_status(contact=lan, status=Status.SUBSCRIBED, proof=GROUND, actor=an.actor, now=NOW)
        lan = services.set_status(contact=lan, status=Status.NON_SUBSCRIBED, actor=an.actor, now=NOW)
        assert lan.status == Status.NON_SUBSCRIBED


class TestSetConsent:
    def test_grants_a_channel_with_its_ground_only(self, workspace: Any, an: Any) -> None:
        lan = make_contact()
        with pytest.raises(ProofMissing):
            services.set_consent(
                contact=lan, channel="zalo", consent=Consent.GRANTED, actor=an.actor, now=NOW
            )
        lan = services.set_consent(
            contact=lan, channel="zalo", consent=Consent.GRANTED, proof=GROUND, actor=an.actor, now=NOW
        )
        assert (lan.consent_zalo, lan.status) == (Consent.GRANTED, Status.NON_SUBSCRIBED)

    def test_mail_carries_the_status(self, workspace: Any, an: Any) -> None:
        lan = make_contact()
        lan = services.set_consent(
            contact=lan, channel="email", consent=Consent.GRANTED, proof=GROUND, actor=an.actor, now=NOW
        )
        assert lan.status == Status.SUBSCRIBED
        lan = services.set_consent(
            contact=lan, channel="email", consent=Consent.WITHDRAWN, actor=an.actor, now=NOW
        )
        assert lan.status == Status.UNSUBSCRIBED

    def test_a_refusal_of_someone_saved_is_kept_for_when_they_leave(self, workspace: Any, an: Any) -> None:
        lan = make_contact(status=Status.SAVED, status_before_saved=Status.SUBSCRIBED)
        lan = services.set_consent(
            contact=lan, channel="email", consent=Consent.WITHDRAWN, actor=an.actor, now=NOW
        )
        assert (lan.status, lan.consent_email) == (Status.SAVED, Consent.WITHDRAWN)
        lan = services.set_status(contact=lan, status=Status.NON_SUBSCRIBED, actor=an.actor, now=NOW)
        assert lan.status == Status.UNSUBSCRIBED

    def test_a_block_leaves_the_status_and_ends_where_it_began(self, workspace: Any, an: Any) -> None:
        lan = make_contact()
        for consent, proof in ((Consent.GRANTED, GROUND), (Consent.BLOCKED, None)):
            lan = services.set_consent(
                contact=lan, channel="email", consent=consent, proof=proof, actor=an.actor, now=NOW
            )
        assert (lan.status, lan.consent_email) == (Status.SUBSCRIBED, Consent.BLOCKED)
        lan = services.unblock(contact=lan, channel="email", actor=an.actor, now=NOW)
        assert lan.consent_email == Consent.GRANTED

    def test_only_the_contact_reverts_a_refusal(self, workspace: Any, an: Any) -> None:
        lan = make_contact(consent_sms=Consent.WITHDRAWN)
        with pytest.raises(OptInRequired):
            services.set_consent(
                contact=lan, channel="sms", consent=Consent.GRANTED, proof=GROUND, actor=an.actor, now=NOW
            )


class TestLeavingSubscribed:
    def test_staff_who_end_a_subscription_end_the_standing_consent_with_it(
        self, workspace: Any, an: Any
    ) -> None:
        contact = make_contact()
        services.set_status(contact=contact, status=Status.SUBSCRIBED, proof=GROUND, actor=an.actor, now=NOW)
        services.set_status(contact=contact, status=Status.NON_SUBSCRIBED, actor=an.actor, now=NOW)
        contact.refresh_from_db()
        assert (contact.status, contact.consent_email) == (Status.NON_SUBSCRIBED, Consent.NEVER_ASKED)
        ledger = list(ConsentEntry.objects.filter(contact=contact).values_list("consent", flat=True))
        assert set(ledger) == {Consent.GRANTED, Consent.NEVER_ASKED}
