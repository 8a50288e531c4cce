"""May this person be written to: the SQL of the gate against a plain reading of the rules."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.compliance import queries, services
from quen.apps.compliance.models import Suppression
from quen.apps.compliance.tests.factories import make_reader, reasons
from quen.apps.compliance.types import MessageClass, Reason, SuppressionCause
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.models import Contact
from quen.apps.contacts.types import Channel, Consent, Status
from quen.core import sql

#: cause: what it holds back beside marketing
EVERYTHING = {SuppressionCause.BOUNCE, SuppressionCause.MANUAL, SuppressionCause.ERASED}
REASON_OF = {
    SuppressionCause.BOUNCE: Reason.SUPPRESSED_BOUNCE,
    SuppressionCause.COMPLAINT: Reason.SUPPRESSED_COMPLAINT,
    SuppressionCause.REFUSAL: Reason.SUPPRESSED_REFUSAL,
    SuppressionCause.MANUAL: Reason.SUPPRESSED_MANUAL,
    SuppressionCause.ERASED: Reason.SUPPRESSED_ERASED,
}


def by_the_rules(  # one line a rule
    *,
    status: Status,
    consent: Consent,
    causes: set[SuppressionCause],
    marketing: bool,
    deleted: bool,
    address: bool,
    capped: bool,
    by_status: bool,
) -> Reason | None:
    """R-15, R-16, R-19, CHN-19, CHN-27, in the order of the reasons."""
    if not address:
        return Reason.NO_ADDRESS
    if deleted:
        return Reason.DELETED
    if consent == Consent.BLOCKED:
        return Reason.BLOCKED
    counting = [cause for cause in REASON_OF if cause in causes and (marketing or cause in EVERYTHING)]
    if counting:
        return REASON_OF[counting[0]]
    if not marketing:
        return None
    if status == Status.SAVED:
        return Reason.SAVED
    if consent == Consent.WITHDRAWN or (by_status and status == Status.UNSUBSCRIBED):
        return Reason.UNSUBSCRIBED
    if consent != Consent.GRANTED or (by_status and status != Status.SUBSCRIBED):
        return Reason.NO_CONSENT
    return Reason.CAP if capped else None


CAUSES: tuple[set[SuppressionCause], ...] = (
    set(),
    *({cause} for cause in SuppressionCause),
    {SuppressionCause.REFUSAL, SuppressionCause.MANUAL},
    {SuppressionCause.BOUNCE, SuppressionCause.COMPLAINT},
)


@pytest.mark.django_db
class TestGate:
    @pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS])
    def test_says_what_the_rules_say_in_every_combination(self, workspace: Any, channel: Channel) -> None:
        cases = []
        for number, (status, consent, causes, deleted, address, capped) in enumerate(
            product(Status, Consent, CAUSES, (False, True), (True, False), (False, True)), start=1
        ):
            cases.append((number, status, consent, causes, deleted, address, capped))
        Contact.everyone.bulk_create(
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
        everybody = contacts.people([number for number, *_rest in cases])
        enough = contacts.people([number for number, *_rest, capped in cases if capped])
        for message_class in MessageClass:
            found = queries.gate(
                everybody, channel=channel, message_class=message_class, now=NOW, capped=enough
            )
            told = {contact_id: reason for contact_id, _a, _l, reason in sql.rows(found)}
            for number, status, consent, causes, deleted, address, capped in cases:
                expected = by_the_rules(
                    status=status,
                    consent=consent,
                    causes=causes,
                    marketing=message_class == MessageClass.MARKETING,
                    deleted=deleted,
                    address=address,
                    capped=capped,
                    by_status=channel == Channel.EMAIL,
                )
                assert told[number] == expected, (status, consent, causes, deleted, address, message_class)
            assert len(told) == len(cases)

    def test_gives_address_and_language_of_who_may_be_written_to(self, workspace: Any) -> None:
        lan, huy = make_reader(email="lan@thu.vn", language="en"), make_reader(email="huy@thu.vn")
        found = queries.gate(
            contacts.people([lan.pk, huy.pk]), channel="email", message_class="marketing", now=NOW
        )
        assert found.columns == ("contact_id", "address", "language", "reason")
        assert sorted(sql.rows(found)) == [
            (lan.pk, "lan@thu.vn", "en", None),
            (huy.pk, "huy@thu.vn", "", None),
        ]

    def test_composes_and_knows_nobody_else(self, workspace: Any) -> None:
        lan, _other = make_reader(), make_reader()
        found = queries.gate(contacts.people([lan.pk]), channel="email", message_class="marketing", now=NOW)
        counted = sql.compose("SELECT count(*) FROM {found} f WHERE reason IS NULL", found=found)
        assert sql.rows(counted) == [(1,)]

    def test_of_nobody_says_nothing(self, workspace: Any) -> None:
        assert (
            sql.rows(queries.gate(contacts.people([]), channel="email", message_class="marketing", now=NOW))
            == []
        )

    def test_who_is_gone_for_good_counts_as_deleted(self, workspace: Any) -> None:
        gone = contacts.people([9_999_999])
        found = queries.gate(gone, channel="email", message_class="transactional", now=NOW)
        assert sql.rows(found) == [(9_999_999, None, None, Reason.DELETED)]

    def test_the_hash_is_the_same_here_and_in_the_database(self, workspace: Any) -> None:
        lan = make_reader(email="lan.trần@thu.vn".replace("ầ", "a"))
        services.suppress(
            channel="email", addresses=["  Lan.Tran@THU.vn "], cause=SuppressionCause.MANUAL, now=NOW
        )
        assert reasons(lan) == [Reason.SUPPRESSED_MANUAL]
        assert bytes(Suppression.objects.get().address_hash) == queries.address_hash(
            "email", "lan.tran@thu.vn"
        )

    def test_a_suppressed_address_of_one_channel_is_free_on_another(self, workspace: Any) -> None:
        lan = make_reader(consent_sms=Consent.GRANTED)
        services.suppress(channel="email", addresses=[str(lan.email)], cause=SuppressionCause.BOUNCE, now=NOW)
        assert reasons(lan, channel="sms") == [None]
        assert reasons(lan) == [Reason.SUPPRESSED_BOUNCE]
