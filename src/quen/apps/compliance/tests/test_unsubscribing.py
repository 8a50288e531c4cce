"""An unsubscribe is effective at once, confirmed once, and can be undone only by the contact."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.compliance import queries, services
from quen.apps.compliance.models import Suppression, Unsubscribe
from quen.apps.compliance.signals import unsubscribed
from quen.apps.compliance.tests.factories import exclusion_reasons, make_subscriber, make_unsubscribe
from quen.apps.compliance.types import (
    ExclusionReason,
    NotRemovableByStaff,
    SuppressionCause,
    TooLateToUndoUnsubscribe,
    UnsubscribeMethod,
)
from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.tests.factories import GROUND, contacts_relation, make_contact
from quen.apps.contacts.types import Consent, OptInRequired, Status
from quen.apps.events import queries as events

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def sent_signals() -> Any:
    """Return the ids sent by the signal."""
    unsubscribe_ids: list[int] = []

    def receive(sender: object, unsubscribe_id: int, **_more: object) -> None:
        unsubscribe_ids.append(unsubscribe_id)

    unsubscribed.connect(receive)
    yield unsubscribe_ids
    unsubscribed.disconnect(receive)


def kinds_of(contact: Any) -> list[str]:
    from quen.apps.events import registry

    return [registry.by_code(event.kind).key for event in events.timeline(contact.pk)]  # type: ignore[union-attr]


@pytest.mark.django_db
class TestUnsubscribe:
    def test_withdraws_status_and_consent_with_log_and_events(
        self, workspace: Any, sent_signals: list[int]
    ) -> None:
        lan = make_subscriber()
        unsubscribe = make_unsubscribe(lan, message_id=7)
        lan.refresh_from_db()
        assert (lan.status, lan.consent_email) == (Status.UNSUBSCRIBED, Consent.WITHDRAWN)
        (line,) = contacts.consent_entries(lan)
        assert (line.consent, line.proof.method, line.proof.data) == (
            Consent.WITHDRAWN,
            "link",
            {"message": 7},
        )
        assert sorted(kinds_of(lan)) == ["consent_changed", "status_changed", "unsubscribed"]
        assert sent_signals == [unsubscribe.pk]
        assert exclusion_reasons(lan) == [ExclusionReason.UNSUBSCRIBED]
        assert exclusion_reasons(lan, message_class="transactional") == [None]

    def test_leaves_other_channels_alone(self, workspace: Any) -> None:
        lan = make_subscriber(consent_sms=Consent.GRANTED)
        make_unsubscribe(lan)
        assert exclusion_reasons(lan, channel="sms") == [None]

    def test_twice_is_one_unsubscribe(self, workspace: Any, sent_signals: list[int]) -> None:
        lan = make_subscriber()
        first, second = (
            make_unsubscribe(lan),
            make_unsubscribe(lan, method=UnsubscribeMethod.ONE_CLICK, now=LATER),
        )
        assert first == second
        assert sent_signals == [first.pk]
        assert len(contacts.consent_entries(lan)) == 1

    def test_all_channels_withdraws_consent_and_suppresses_addresses(self, workspace: Any) -> None:
        lan = make_subscriber(consent_sms=Consent.GRANTED)
        make_unsubscribe(lan, all_channels=True)
        lan.refresh_from_db()
        assert {lan.consent(channel) for channel in ("email", "sms", "zalo", "call")} == {Consent.WITHDRAWN}
        assert sorted(Suppression.objects.values_list("channel", "address")) == [
            ("call", lan.phone),
            ("email", lan.email),
            ("sms", lan.phone),
            ("zalo", lan.phone),
        ]
        assert exclusion_reasons(lan) == [ExclusionReason.SUPPRESSED_OPT_OUT]
        assert exclusion_reasons(lan, message_class="transactional") == [None]

    def test_all_channels_after_one_channel_is_a_new_unsubscribe(
        self, workspace: Any, sent_signals: list[int]
    ) -> None:
        lan = make_subscriber()
        first, second = make_unsubscribe(lan), make_unsubscribe(lan, all_channels=True)
        assert sent_signals == [first.pk, second.pk]

    def test_of_a_saved_contact_applies_once_they_leave_saved(self, workspace: Any, an: Any) -> None:
        lan = make_subscriber(status=Status.SAVED)
        make_unsubscribe(lan)
        lan.refresh_from_db()
        assert (lan.status, lan.status_before_saved) == (Status.SAVED, Status.UNSUBSCRIBED)

    def test_of_a_deleted_contact_outlives_restoring(self, workspace: Any, an: Any) -> None:
        lan = make_subscriber()
        contacts_services.delete_contacts(ids=[lan.pk], actor=an.actor, now=NOW)
        make_unsubscribe(lan, now=LATER)
        contacts_services.restore_contacts(ids=[lan.pk], actor=an.actor, now=LATER)
        assert exclusion_reasons(lan) == [ExclusionReason.UNSUBSCRIBED]
        assert not Suppression.objects.exists()

    def test_a_block_stays_a_block(self, workspace: Any) -> None:
        lan = make_subscriber(consent_email=Consent.BLOCKED)
        make_unsubscribe(lan)
        assert exclusion_reasons(lan, message_class="transactional") == [ExclusionReason.BLOCKED]

    def test_by_staff_records_the_member(self, workspace: Any, an: Any) -> None:
        unsubscribe = make_unsubscribe(make_subscriber(), method=UnsubscribeMethod.CALL, actor=an.actor)
        assert unsubscribe.member_name == an.name

    def test_staff_cannot_undo_it(self, workspace: Any, an: Any) -> None:
        lan = make_subscriber()
        make_unsubscribe(lan)
        with pytest.raises(OptInRequired):
            contacts_services.set_status(
                contact=lan, status=Status.SUBSCRIBED, proof=GROUND, actor=an.actor, now=LATER
            )


@pytest.mark.django_db
class TestConfirmation:
    def test_is_claimed_once(self, workspace: Any) -> None:
        unsubscribe = make_unsubscribe(make_subscriber())
        assert [services.claim_confirmation(unsubscribe=unsubscribe, now=NOW) for _try in range(3)] == [
            True,
            False,
            False,
        ]
        assert Unsubscribe.objects.get().confirmed_at == NOW


@pytest.mark.django_db
class TestUndo:
    def test_restores_the_previous_state(self, workspace: Any) -> None:
        lan = make_subscriber(consent_sms=Consent.GRANTED, consent_zalo=Consent.NEVER_ASKED)
        services.undo_unsubscribe(unsubscribe=make_unsubscribe(lan, all_channels=True), now=LATER)
        lan.refresh_from_db()
        actual = (lan.status, lan.consent_email, lan.consent_sms, lan.consent_zalo)
        assert actual == (Status.SUBSCRIBED, Consent.GRANTED, Consent.GRANTED, Consent.NEVER_ASKED)
        assert not Suppression.objects.exists()
        assert exclusion_reasons(lan) == [None]
        assert "resubscribed" in kinds_of(lan)
        assert contacts.consent_entries(lan)[0].proof.method == "link"

    @pytest.mark.parametrize("status", [Status.NON_SUBSCRIBED, Status.SAVED])
    def test_grants_no_more_than_before(self, workspace: Any, status: Status) -> None:
        lan = make_contact(email="lan@thu.vn", status=status)
        services.undo_unsubscribe(unsubscribe=make_unsubscribe(lan), now=LATER)
        lan.refresh_from_db()
        assert (lan.status, lan.consent_email) == (status, Consent.NEVER_ASKED)
        assert lan.status_before_saved is None

    def test_keeps_a_later_block(self, workspace: Any, an: Any) -> None:
        lan = make_subscriber()
        unsubscribe = make_unsubscribe(lan)
        contacts_services.set_consent(
            contact=lan, channel="email", consent=Consent.BLOCKED, actor=an.actor, now=NOW
        )
        services.undo_unsubscribe(unsubscribe=unsubscribe, now=LATER)
        assert exclusion_reasons(lan) == [ExclusionReason.BLOCKED]

    def test_of_all_channels_keeps_the_first(self, workspace: Any) -> None:
        lan = make_subscriber()
        first, of_all = make_unsubscribe(lan), make_unsubscribe(lan, all_channels=True, now=LATER)
        services.undo_unsubscribe(unsubscribe=of_all, now=LATER)
        assert queries.active_unsubscribe(lan.pk, "email") == first
        assert exclusion_reasons(lan) == [ExclusionReason.UNSUBSCRIBED]

    def test_works_once_and_within_24_hours(self, workspace: Any) -> None:
        lan = make_subscriber()
        unsubscribe = make_unsubscribe(lan)
        with pytest.raises(TooLateToUndoUnsubscribe):
            services.undo_unsubscribe(unsubscribe=unsubscribe, now=NOW + timedelta(hours=24))
        services.undo_unsubscribe(unsubscribe=unsubscribe, now=NOW + timedelta(hours=23))
        with pytest.raises(TooLateToUndoUnsubscribe):
            services.undo_unsubscribe(unsubscribe=unsubscribe, now=NOW + timedelta(hours=23))

    def test_unsubscribing_again_is_a_new_unsubscribe(self, workspace: Any, sent_signals: list[int]) -> None:
        lan = make_subscriber()
        services.undo_unsubscribe(unsubscribe=make_unsubscribe(lan), now=LATER)
        make_unsubscribe(lan, now=LATER)
        assert len(sent_signals) == 2
        assert exclusion_reasons(lan) == [ExclusionReason.UNSUBSCRIBED]


@pytest.mark.django_db
class TestResubscribe:
    def test_makes_the_contact_eligible_again(self, workspace: Any) -> None:
        lan = make_subscriber()
        make_unsubscribe(lan, all_channels=True)
        services.resubscribe(
            contact_id=lan.pk, channel="email", wording="Tôi đồng ý.", message_id=3, now=LATER
        )
        assert exclusion_reasons(lan) == [None]
        assert exclusion_reasons(lan, channel="sms") == [ExclusionReason.SUPPRESSED_OPT_OUT]
        line = contacts.consent_entries(lan)[0]
        assert (line.consent, line.proof.wording, line.proof.obtained_at) == (
            Consent.GRANTED,
            "Tôi đồng ý.",
            LATER,
        )
        assert queries.active_unsubscribe(lan.pk, "email") is None

    def test_keeps_suppressions_by_bounce_or_staff(self, workspace: Any) -> None:
        lan = make_subscriber()
        for cause in (SuppressionCause.BOUNCE, SuppressionCause.MANUAL):
            services.suppress(channel="email", addresses=[str(lan.email)], cause=cause, now=NOW)
        services.resubscribe(
            contact_id=lan.pk, channel="email", wording="Tôi đồng ý.", message_id=None, now=LATER
        )
        assert exclusion_reasons(lan) == [ExclusionReason.SUPPRESSED_BOUNCE]


@pytest.mark.django_db
class TestSuppression:
    def test_staff_can_remove_only_manual_and_bounce(self, workspace: Any, an: Any) -> None:
        for cause in SuppressionCause:
            services.suppress(channel="email", addresses=[f"{cause}@thu.vn"], cause=cause, now=NOW)
        not_removable = set()
        for actual in Suppression.objects.all():
            try:
                services.unsuppress(suppression=actual, actor=an.actor, now=LATER)
            except NotRemovableByStaff:
                not_removable.add(actual.cause)
        assert not_removable == {"complaint", "opt_out", "erased", "advertiser"}

    def test_counts_new_addresses(self, workspace: Any, an: Any) -> None:
        given = {"channel": "email", "cause": SuppressionCause.MANUAL, "actor": an.actor, "now": NOW}
        assert services.suppress(addresses=["a@thu.vn", "A@thu.vn", "b@thu.vn"], **given) == 2
        assert services.suppress(addresses=["b@thu.vn", "c@thu.vn"], **given) == 1


@pytest.mark.django_db
class TestErasure:
    def test_leaves_hashes_that_outlive_a_later_import(self, workspace: Any, an: Any) -> None:
        lan = make_subscriber(email="lan@thu.vn")
        make_unsubscribe(lan, all_channels=True)
        contacts_services.erase_contacts(contacts=contacts_relation(lan), actor=an.actor, now=NOW)
        assert set(Suppression.objects.values_list("address", "contact_id")) == {("", None)}
        again = make_subscriber(email="lan@thu.vn")
        assert exclusion_reasons(again) == [ExclusionReason.SUPPRESSED_OPT_OUT]
        assert exclusion_reasons(again, message_class="transactional") == [ExclusionReason.SUPPRESSED_ERASED]
        assert queries.suppressions("lan@thu.vn").count() == 2

    def test_resubscribing_ends_it(self, workspace: Any, an: Any) -> None:
        lan = make_subscriber(email="lan@thu.vn")
        contacts_services.erase_contacts(contacts=contacts_relation(lan), actor=an.actor, now=NOW)
        again = make_contact(email="lan@thu.vn")
        services.resubscribe(contact_id=again.pk, channel="email", wording="Có", message_id=None, now=LATER)
        assert exclusion_reasons(again) == [None]

    def test_spares_an_address_an_active_contact_uses(self, workspace: Any, an: Any) -> None:
        gone = make_subscriber(email="lan@thu.vn", deleted_at=NOW, phone=None)
        living = make_subscriber(email="lan@thu.vn")
        contacts_services.erase_contacts(contacts=contacts_relation(gone), actor=an.actor, now=NOW)
        assert exclusion_reasons(living) == [None]

    def test_the_proof_is_kept_for_a_year_and_then_erased(self, workspace: Any) -> None:
        make_unsubscribe(make_subscriber())
        assert services.erase_old_unsubscribes(now=NOW + timedelta(days=366)) == 0
        assert services.erase_old_unsubscribes(now=NOW + timedelta(days=430)) == 1
        assert Unsubscribe.objects.get().address == ""
