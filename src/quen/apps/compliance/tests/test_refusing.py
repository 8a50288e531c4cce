"""A refusal holds at once, is confirmed once, can be undone by the person, and outlives what staff or files say."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.compliance import queries, services
from quen.apps.compliance.models import Refusal, Suppression
from quen.apps.compliance.signals import refused
from quen.apps.compliance.tests.factories import make_reader, reasons, refuse
from quen.apps.compliance.types import (
    NotOursToLift,
    Reason,
    RefusalWay,
    SuppressionCause,
    TooLateToUndoRefusal,
)
from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.tests.factories import GROUND, make_contact, these
from quen.apps.contacts.types import Consent, OnlyThePerson, Status
from quen.apps.events import queries as events

LATER = NOW + timedelta(hours=1)


@pytest.fixture
def announced() -> Any:
    """What was announced."""
    told: list[int] = []

    def hear(sender: object, refusal_id: int, **_more: object) -> None:
        told.append(refusal_id)

    refused.connect(hear)
    yield told
    refused.disconnect(hear)


def kinds_of(person: Any) -> list[str]:
    from quen.apps.events import registry

    return [registry.by_code(event.kind).key for event in events.timeline(person.pk)]  # type: ignore[union-attr]


@pytest.mark.django_db
class TestRefuse:
    def test_withdraws_status_and_consent_with_ledger_and_news(
        self, workspace: Any, announced: list[int]
    ) -> None:
        lan = make_reader()
        made = refuse(lan, message_id=7)
        lan.refresh_from_db()
        assert (lan.status, lan.consent_email) == (Status.UNSUBSCRIBED, Consent.WITHDRAWN)
        (line,) = contacts.consent_entries(lan)
        assert (line.consent, line.proof.way, line.proof.data) == (Consent.WITHDRAWN, "link", {"message": 7})
        assert sorted(kinds_of(lan)) == ["consent_changed", "status_changed", "unsubscribed"]
        assert announced == [made.pk]
        assert reasons(lan) == [Reason.UNSUBSCRIBED]
        assert reasons(lan, message_class="transactional") == [None]

    def test_leaves_other_channels_alone(self, workspace: Any) -> None:
        lan = make_reader(consent_sms=Consent.GRANTED)
        refuse(lan)
        assert reasons(lan, channel="sms") == [None]

    def test_said_twice_is_one_refusal(self, workspace: Any, announced: list[int]) -> None:
        lan = make_reader()
        first, second = refuse(lan), refuse(lan, way=RefusalWay.ONE_CLICK, now=LATER)
        assert first == second
        assert announced == [first.pk]
        assert len(contacts.consent_entries(lan)) == 1

    def test_everything_withdraws_all_channels_and_suppresses_the_addresses(self, workspace: Any) -> None:
        lan = make_reader(consent_sms=Consent.GRANTED)
        refuse(lan, everything=True)
        lan.refresh_from_db()
        assert {lan.consent(channel) for channel in ("email", "sms", "zalo", "call")} == {Consent.WITHDRAWN}
        assert sorted(Suppression.objects.values_list("channel", "address")) == [
            ("call", lan.phone),
            ("email", lan.email),
            ("sms", lan.phone),
            ("zalo", lan.phone),
        ]
        assert reasons(lan) == [Reason.SUPPRESSED_REFUSAL]
        assert reasons(lan, message_class="transactional") == [None]

    def test_a_wider_refusal_is_one_of_its_own(self, workspace: Any, announced: list[int]) -> None:
        lan = make_reader()
        first, second = refuse(lan), refuse(lan, everything=True)
        assert announced == [first.pk, second.pk]

    def test_of_a_saved_person_is_remembered_for_the_day_they_leave_saved(
        self, workspace: Any, an: Any
    ) -> None:
        lan = make_reader(status=Status.SAVED)
        refuse(lan)
        lan.refresh_from_db()
        assert (lan.status, lan.status_before_saved) == (Status.SAVED, Status.UNSUBSCRIBED)

    def test_of_a_deleted_person_outlives_the_deletion(self, workspace: Any, an: Any) -> None:
        lan = make_reader()
        contacts_services.delete_contacts(ids=[lan.pk], actor=an, now=NOW)
        refuse(lan, now=LATER)
        contacts_services.restore_contacts(ids=[lan.pk], actor=an, now=LATER)
        assert reasons(lan) == [Reason.UNSUBSCRIBED]
        assert not Suppression.objects.exists()

    def test_a_block_stays_a_block(self, workspace: Any) -> None:
        lan = make_reader(consent_email=Consent.BLOCKED)
        refuse(lan)
        assert reasons(lan, message_class="transactional") == [Reason.BLOCKED]

    def test_noted_by_staff_says_who_took_it(self, workspace: Any, an: Any) -> None:
        made = refuse(make_reader(), way=RefusalWay.CALL, actor=an)
        assert made.member_name == an.name

    def test_staff_cannot_take_it_back(self, workspace: Any, an: Any) -> None:
        lan = make_reader()
        refuse(lan)
        with pytest.raises(OnlyThePerson):
            contacts_services.set_status(
                contact=lan, status=Status.SUBSCRIBED, proof=GROUND, actor=an, now=LATER
            )


@pytest.mark.django_db
class TestConfirmation:
    def test_is_handed_over_once(self, workspace: Any) -> None:
        made = refuse(make_reader())
        assert [services.confirmation_sent(refusal=made, now=NOW) for _try in range(3)] == [
            True,
            False,
            False,
        ]
        assert Refusal.objects.get().confirmed_at == NOW


@pytest.mark.django_db
class TestUndo:
    def test_puts_back_exactly_what_was(self, workspace: Any) -> None:
        lan = make_reader(consent_sms=Consent.GRANTED, consent_zalo=Consent.NEVER_ASKED)
        services.undo_refusal(refusal=refuse(lan, everything=True), now=LATER)
        lan.refresh_from_db()
        held = (lan.status, lan.consent_email, lan.consent_sms, lan.consent_zalo)
        assert held == (Status.SUBSCRIBED, Consent.GRANTED, Consent.GRANTED, Consent.NEVER_ASKED)
        assert not Suppression.objects.exists()
        assert reasons(lan) == [None]
        assert "resubscribed" in kinds_of(lan)
        assert contacts.consent_entries(lan)[0].proof.way == "link"

    @pytest.mark.parametrize("status", [Status.NON_SUBSCRIBED, Status.SAVED])
    def test_gives_nobody_more_than_they_had(self, workspace: Any, status: Status) -> None:
        lan = make_contact(email="lan@thu.vn", status=status)
        services.undo_refusal(refusal=refuse(lan), now=LATER)
        lan.refresh_from_db()
        assert (lan.status, lan.consent_email) == (status, Consent.NEVER_ASKED)
        assert lan.status_before_saved is None

    def test_leaves_a_block_that_came_between(self, workspace: Any, an: Any) -> None:
        lan = make_reader()
        made = refuse(lan)
        contacts_services.set_consent(
            contact=lan, channel="email", consent=Consent.BLOCKED, actor=an, now=NOW
        )
        services.undo_refusal(refusal=made, now=LATER)
        assert reasons(lan) == [Reason.BLOCKED]

    def test_of_the_wider_refusal_leaves_the_first(self, workspace: Any) -> None:
        lan = make_reader()
        first, wider = refuse(lan), refuse(lan, everything=True, now=LATER)
        services.undo_refusal(refusal=wider, now=LATER)
        assert queries.standing_refusal(lan.pk, "email") == first
        assert reasons(lan) == [Reason.UNSUBSCRIBED]

    def test_works_once_and_for_a_day(self, workspace: Any) -> None:
        lan = make_reader()
        made = refuse(lan)
        with pytest.raises(TooLateToUndoRefusal):
            services.undo_refusal(refusal=made, now=NOW + timedelta(hours=24))
        services.undo_refusal(refusal=made, now=NOW + timedelta(hours=23))
        with pytest.raises(TooLateToUndoRefusal):
            services.undo_refusal(refusal=made, now=NOW + timedelta(hours=23))

    def test_a_refusal_after_it_is_a_new_one(self, workspace: Any, announced: list[int]) -> None:
        lan = make_reader()
        services.undo_refusal(refusal=refuse(lan), now=LATER)
        refuse(lan, now=LATER)
        assert len(announced) == 2
        assert reasons(lan) == [Reason.UNSUBSCRIBED]


@pytest.mark.django_db
class TestComeBack:
    def test_by_their_own_words_they_may_be_written_to_again(self, workspace: Any) -> None:
        lan = make_reader()
        refuse(lan, everything=True)
        services.come_back(contact_id=lan.pk, channel="email", wording="Tôi đồng ý.", message_id=3, now=LATER)
        assert reasons(lan) == [None]
        assert reasons(lan, channel="sms") == [Reason.SUPPRESSED_REFUSAL]
        line = contacts.consent_entries(lan)[0]
        assert (line.consent, line.proof.wording, line.proof.obtained_at) == (
            Consent.GRANTED,
            "Tôi đồng ý.",
            LATER,
        )
        assert queries.standing_refusal(lan.pk, "email") is None

    def test_does_not_lift_what_a_bounce_or_staff_suppressed(self, workspace: Any) -> None:
        lan = make_reader()
        for cause in (SuppressionCause.BOUNCE, SuppressionCause.MANUAL):
            services.suppress(channel="email", addresses=[str(lan.email)], cause=cause, now=NOW)
        services.come_back(
            contact_id=lan.pk, channel="email", wording="Tôi đồng ý.", message_id=None, now=LATER
        )
        assert reasons(lan) == [Reason.SUPPRESSED_BOUNCE]


@pytest.mark.django_db
class TestSuppression:
    def test_lifting_is_for_what_staff_and_servers_said(self, workspace: Any, an: Any) -> None:
        for cause in SuppressionCause:
            services.suppress(channel="email", addresses=[f"{cause}@thu.vn"], cause=cause, now=NOW)
        refused_to_lift = set()
        for held in Suppression.objects.all():
            try:
                services.lift_suppression(suppression=held, actor=an, now=LATER)
            except NotOursToLift:
                refused_to_lift.add(held.cause)
        assert refused_to_lift == {"complaint", "refusal", "erased"}

    def test_counts_what_is_new(self, workspace: Any, an: Any) -> None:
        given = {"channel": "email", "cause": SuppressionCause.MANUAL, "actor": an, "now": NOW}
        assert services.suppress(addresses=["a@thu.vn", "A@thu.vn", "b@thu.vn"], **given) == 2
        assert services.suppress(addresses=["b@thu.vn", "c@thu.vn"], **given) == 1


@pytest.mark.django_db
class TestErasure:
    def test_leaves_hashes_that_outlive_a_later_import(self, workspace: Any, an: Any) -> None:
        lan = make_reader(email="lan@thu.vn")
        refuse(lan, everything=True)
        contacts_services.erase_contacts(people=these(lan), actor=an, now=NOW)
        assert set(Suppression.objects.values_list("address", "contact_id")) == {("", None)}
        again = make_reader(email="lan@thu.vn")
        assert reasons(again) == [Reason.SUPPRESSED_REFUSAL]
        assert reasons(again, message_class="transactional") == [Reason.SUPPRESSED_ERASED]
        assert queries.suppressions("lan@thu.vn").count() == 2

    def test_their_own_opt_in_ends_it(self, workspace: Any, an: Any) -> None:
        lan = make_reader(email="lan@thu.vn")
        contacts_services.erase_contacts(people=these(lan), actor=an, now=NOW)
        again = make_contact(email="lan@thu.vn")
        services.come_back(contact_id=again.pk, channel="email", wording="Có", message_id=None, now=LATER)
        assert reasons(again) == [None]

    def test_spares_the_address_somebody_living_has_by_now(self, workspace: Any, an: Any) -> None:
        gone = make_reader(email="lan@thu.vn", deleted_at=NOW, phone=None)
        living = make_reader(email="lan@thu.vn")
        contacts_services.erase_contacts(people=these(gone), actor=an, now=NOW)
        assert reasons(living) == [None]

    def test_proof_of_a_refusal_is_kept_a_year_and_then_forgotten(self, workspace: Any) -> None:
        refuse(make_reader())
        assert services.forget_old_refusals(now=NOW + timedelta(days=366)) == 0
        assert services.forget_old_refusals(now=NOW + timedelta(days=430)) == 1
        assert Refusal.objects.get().address == ""
