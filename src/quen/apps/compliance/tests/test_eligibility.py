"""Eligibility: the SQL agrees with a plain reading of the rules."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.compliance import queries, services
from quen.apps.compliance.models import Suppression
from quen.apps.compliance.tests.factories import exclusion_reasons, make_subscriber
from quen.apps.compliance.types import ExclusionReason, MessageClass, SuppressionCause
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.models import Contact
from quen.apps.contacts.types import Channel, Consent, Status
from quen.core import sql

#: causes that stop transactional messages, too
BLOCKS_ALL = {SuppressionCause.BOUNCE, SuppressionCause.MANUAL, SuppressionCause.ERASED}
REASON_OF = {
    SuppressionCause.BOUNCE: ExclusionReason.SUPPRESSED_BOUNCE,
    SuppressionCause.COMPLAINT: ExclusionReason.SUPPRESSED_COMPLAINT,
    SuppressionCause.OPT_OUT: ExclusionReason.SUPPRESSED_OPT_OUT,
    SuppressionCause.MANUAL: ExclusionReason.SUPPRESSED_MANUAL,
    SuppressionCause.ERASED: ExclusionReason.SUPPRESSED_ERASED,
    SuppressionCause.REGISTER: ExclusionReason.SUPPRESSED_REGISTER,
}


def expected_reason(  # one line a rule
    *,
    status: Status,
    consent: Consent,
    causes: set[SuppressionCause],
    marketing: bool,
    deleted: bool,
    address: bool,
    capped: bool,
    by_status: bool,
) -> ExclusionReason | None:
    """Return the expected reason: R-15, R-16, R-19, CHN-19, CHN-27, in the order of the reasons."""
    if not address:
        return ExclusionReason.NO_ADDRESS
    if deleted:
        return ExclusionReason.DELETED
    if consent == Consent.BLOCKED:
        return ExclusionReason.BLOCKED
    blocking = [cause for cause in REASON_OF if cause in causes and (marketing or cause in BLOCKS_ALL)]
    if blocking:
        return REASON_OF[blocking[0]]
    if not marketing:
        return None
    if status == Status.SAVED:
        return ExclusionReason.SAVED
    if consent == Consent.WITHDRAWN or (by_status and status == Status.UNSUBSCRIBED):
        return ExclusionReason.UNSUBSCRIBED
    if consent != Consent.GRANTED or (by_status and status != Status.SUBSCRIBED):
        return ExclusionReason.NO_CONSENT
    return ExclusionReason.FREQUENCY_CAP if capped else None


CAUSES: tuple[set[SuppressionCause], ...] = (
    set(),
    *({cause} for cause in SuppressionCause),
    {SuppressionCause.OPT_OUT, SuppressionCause.MANUAL},
    {SuppressionCause.BOUNCE, SuppressionCause.COMPLAINT},
)


@pytest.mark.django_db
class TestEligibility:
    @pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS])
    def test_agrees_with_the_rules_in_every_combination(self, workspace: Any, channel: Channel) -> None:
        cases = []
        for number, (status, consent, causes, deleted, address, capped) in enumerate(
            product(Status, Consent, CAUSES, (False, True), (True, False), (False, True)), start=1
        ):
            cases.append((number, status, consent, causes, deleted, address, capped))
        Contact.all_objects.bulk_create(
            Contact(
                pk=number,
                email=f"n{number}@thu.vn" if address else None,
                phone=f"+8490{number:07d}" if address else None,
                status=status,
                consent_email=consent if channel == Channel.EMAIL else Consent.GRANTED,
                consent_sms=consent if channel == Channel.SMS else Consent.GRANTED,
                deleted_at=NOW if deleted else None,
                member_since=NOW,
                last_activity_at=NOW,
                created_at=NOW,
                updated_at=NOW,
            )
            for number, status, consent, _causes, deleted, address, _capped in cases
        )
        for cause in SuppressionCause:
            addresses = [
                f"n{number}@thu.vn" if channel == Channel.EMAIL else f"090{number:07d}"
                for number, _s, _c, causes, *_rest in cases
                if cause in causes
            ]
            services.suppress(channel=channel, addresses=addresses, cause=cause, now=NOW)
        all_contacts = contacts.relation_of_ids([number for number, *_rest in cases])
        capped_contacts = contacts.relation_of_ids([number for number, *_rest, capped in cases if capped])
        for message_class in MessageClass:
            eligible = queries.eligibility(
                all_contacts, channel=channel, message_class=message_class, now=NOW, capped=capped_contacts
            )
            reasons = {contact_id: reason for contact_id, _a, _l, reason in sql.rows(eligible)}
            for number, status, consent, causes, deleted, address, capped in cases:
                expected = expected_reason(
                    status=status,
                    consent=consent,
                    causes=causes,
                    marketing=message_class == MessageClass.MARKETING,
                    deleted=deleted,
                    address=address,
                    capped=capped,
                    by_status=channel == Channel.EMAIL,
                )
                assert reasons[number] == expected, (status, consent, causes, deleted, address, message_class)
            assert len(reasons) == len(cases)

    def test_returns_address_and_language(self, workspace: Any) -> None:
        lan, huy = make_subscriber(email="lan@thu.vn", language="en"), make_subscriber(email="huy@thu.vn")
        eligible = queries.eligibility(
            contacts.relation_of_ids([lan.pk, huy.pk]), channel="email", message_class="marketing", now=NOW
        )
        assert eligible.columns == ("contact_id", "address", "language", "reason")
        assert sorted(sql.rows(eligible)) == [
            (lan.pk, "lan@thu.vn", "en", None),
            (huy.pk, "huy@thu.vn", "", None),
        ]

    def test_composes_and_returns_only_the_given_contacts(self, workspace: Any) -> None:
        lan, _other = make_subscriber(), make_subscriber()
        eligible = queries.eligibility(
            contacts.relation_of_ids([lan.pk]), channel="email", message_class="marketing", now=NOW
        )
        count = sql.compose("SELECT count(*) FROM {eligible} e WHERE reason IS NULL", eligible=eligible)
        assert sql.rows(count) == [(1,)]

    def test_returns_nothing_for_no_contacts(self, workspace: Any) -> None:
        nobody = contacts.relation_of_ids([])
        eligible = queries.eligibility(nobody, channel="email", message_class="marketing", now=NOW)
        assert sql.rows(eligible) == []

    def test_an_unknown_contact_counts_as_deleted(self, workspace: Any) -> None:
        unknown = contacts.relation_of_ids([9_999_999])
        eligible = queries.eligibility(unknown, channel="email", message_class="transactional", now=NOW)
        assert sql.rows(eligible) == [(9_999_999, None, None, ExclusionReason.DELETED)]

    def test_the_hash_is_the_same_here_and_in_the_database(self, workspace: Any) -> None:
        lan = make_subscriber(email="lan.trần@thu.vn".replace("ầ", "a"))
        services.suppress(
            channel="email", addresses=["  Lan.Tran@THU.vn "], cause=SuppressionCause.MANUAL, now=NOW
        )
        assert exclusion_reasons(lan) == [ExclusionReason.SUPPRESSED_MANUAL]
        assert bytes(Suppression.objects.get().address_hash) == queries.address_hash(
            "email", "lan.tran@thu.vn"
        )

    def test_a_suppression_covers_one_channel(self, workspace: Any) -> None:
        lan = make_subscriber(consent_sms=Consent.GRANTED)
        services.suppress(channel="email", addresses=[str(lan.email)], cause=SuppressionCause.BOUNCE, now=NOW)
        assert exclusion_reasons(lan, channel="sms") == [None]
        assert exclusion_reasons(lan) == [ExclusionReason.SUPPRESSED_BOUNCE]
