"""Workspaces of one advertiser share refusals (R-58), and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from tests.cast import NOW

from quen.apps.accounts.models import Workspace
from quen.apps.advertisers import queries as advertisers
from quen.apps.advertisers.models import SharedRefusal
from quen.apps.advertisers.services import leave
from quen.apps.compliance import queries, services
from quen.apps.compliance.models import RecordedRefusal, Suppression
from quen.apps.compliance.rules.shared_hash import shared_hash
from quen.apps.compliance.tests.factories import exclusion_reasons, make_subscriber, make_unsubscribe
from quen.apps.compliance.tests.sharing import join, synchronise, synchronise_all, workspaces
from quen.apps.compliance.types import ExclusionReason, MessageClass, SuppressionCause
from quen.apps.contacts import services as contacts
from quen.apps.contacts.models import Contact
from quen.apps.contacts.types import Consent, Status
from quen.apps.team import services as team
from quen.core import schemas
from quen.core.actors import SYSTEM
from quen.core.sql import Relation

LAN = "lan@thu.vn"


class Pair:
    """Two shops that know the same customer."""

    def __init__(self, here: Workspace, there: Workspace) -> None:
        self.here, self.there = here, there
        self.lan_here, self.lan_there = self.add(here), self.add(there)

    def add(self, workspace: Workspace, address: str = LAN, **changes: Any) -> Contact:
        with schemas.use(workspace.schema_name):
            return make_subscriber(email=address, phone=None, **changes)

    def refuse(self, **changes: Any) -> Any:
        with schemas.use(self.here.schema_name):
            refusal = make_unsubscribe(self.lan_here, **changes)
        synchronise(self.here, self.there)
        return refusal

    def reason(self, message_class: str = MessageClass.MARKETING) -> ExclusionReason | None:
        """Why Lan is left out in the other shop."""
        with schemas.use(self.there.schema_name):
            return exclusion_reasons(self.lan_there, message_class=message_class)[0]


@pytest.fixture
def pair(workspace: Any) -> Iterator[Pair]:
    """Trà Sen and Gốm Việt, of one advertiser."""
    pair = Pair(*workspaces())
    join(pair.here, pair.there)
    yield pair


@pytest.mark.django_db
class TestRefusals:
    def test_a_refusal_in_one_shop_is_one_in_the_other(self, pair: Pair) -> None:
        assert pair.reason() is None
        pair.refuse()
        assert pair.reason() == ExclusionReason.REFUSED_ADVERTISER
        assert pair.reason(MessageClass.TRANSACTIONAL) is None
        with schemas.use(pair.there.schema_name):
            (copied,) = Suppression.objects.all()
            assert copied.cause == SuppressionCause.ADVERTISER
            assert (copied.address, copied.note, copied.contact_id, copied.member_name) == ("", "", None, "")
            # What Lan agreed to with this shop is as it was.
            assert Contact.objects.get(pk=pair.lan_there.pk).consent("email") == Consent.GRANTED

    def test_an_advertiser_with_one_shop_records_nothing(self, workspace: Any) -> None:
        make_unsubscribe(make_subscriber())
        assert not RecordedRefusal.objects.exists()
        assert not SharedRefusal.objects.exists()

    def test_typing_the_same_name_joins_nobody(self, workspace: Any) -> None:
        pair = Pair(*workspaces())
        for each in (pair.here, pair.there):
            with schemas.use(each.schema_name):
                team.change_settings(workspace=each, advertiser="Công ty Trà Sen", actor=SYSTEM, now=NOW)
        synchronise_all()
        pair.refuse()
        assert pair.reason() is None

    def test_refusals_from_before_joining_are_shared(self, workspace: Any) -> None:
        pair = Pair(*workspaces())
        with schemas.use(pair.here.schema_name):
            make_unsubscribe(pair.lan_here)
        pair.add(pair.there, "mai@thu.vn", status=Status.UNSUBSCRIBED, consent_email=Consent.WITHDRAWN)
        mai = pair.add(pair.here, "mai@thu.vn")
        join(pair.here, pair.there)
        assert pair.reason() == ExclusionReason.REFUSED_ADVERTISER
        with schemas.use(pair.here.schema_name):
            assert exclusion_reasons(mai) == [ExclusionReason.REFUSED_ADVERTISER]

    def test_it_holds_for_a_customer_who_comes_later(self, pair: Pair) -> None:
        with schemas.use(pair.here.schema_name):
            make_unsubscribe(make_subscriber(email="sau@thu.vn"))
        synchronise(pair.here, pair.there)
        later = pair.add(pair.there, "sau@thu.vn")
        with schemas.use(pair.there.schema_name):
            assert exclusion_reasons(later) == [ExclusionReason.REFUSED_ADVERTISER]

    def test_refusing_everything_holds_on_every_channel(self, workspace: Any) -> None:
        pair = Pair(*workspaces())
        join(pair.here, pair.there)
        with schemas.use(pair.here.schema_name):
            make_unsubscribe(make_subscriber(email="hoa@thu.vn", phone="+84905777123"), all_channels=True)
        synchronise(pair.here, pair.there)
        with schemas.use(pair.there.schema_name):
            hoa = make_subscriber(email="hoa2@thu.vn", phone="+84905777123", consent_sms=Consent.GRANTED)
            assert exclusion_reasons(hoa, channel="sms") == [ExclusionReason.REFUSED_ADVERTISER]
            assert exclusion_reasons(hoa) == [None]

    def test_what_staff_and_imports_record_is_shared_too(self, pair: Pair) -> None:
        with schemas.use(pair.here.schema_name):
            contacts.set_status(contact=pair.lan_here, status=Status.UNSUBSCRIBED, actor=SYSTEM, now=NOW)
        synchronise(pair.here, pair.there)
        assert pair.reason() == ExclusionReason.REFUSED_ADVERTISER

    def test_a_complaint_is_a_refusal(self, pair: Pair) -> None:
        with schemas.use(pair.here.schema_name):
            services.suppress(
                channel="email",
                addresses=[LAN],
                cause=SuppressionCause.COMPLAINT,
                contact_ids=[pair.lan_here.pk],
                now=NOW,
            )
            services.record_all_refusals(now=NOW)
        synchronise(pair.here, pair.there)
        assert pair.reason() == ExclusionReason.REFUSED_ADVERTISER

    def test_a_bounce_or_a_manual_entry_is_none(self, pair: Pair) -> None:
        with schemas.use(pair.here.schema_name):
            for cause in (SuppressionCause.BOUNCE, SuppressionCause.MANUAL):
                services.suppress(
                    channel="email", addresses=[LAN], cause=cause, contact_ids=[pair.lan_here.pk], now=NOW
                )
            services.record_all_refusals(now=NOW)
        synchronise(pair.here, pair.there)
        assert pair.reason() is None

    def test_copying_again_changes_nothing(self, pair: Pair) -> None:
        pair.refuse()
        with schemas.use(pair.there.schema_name):
            before = list(Suppression.objects.values_list("pk", "at"))
        for _round in range(3):
            synchronise_all()
        with schemas.use(pair.there.schema_name):
            assert list(Suppression.objects.values_list("pk", "at")) == before


@pytest.mark.django_db
class TestAgreeingAgain:
    def test_undoing_within_a_day_ends_it_in_the_other_shop(self, pair: Pair) -> None:
        refusal = pair.refuse()
        with schemas.use(pair.here.schema_name):
            services.undo_unsubscribe(unsubscribe=refusal, now=NOW + timedelta(hours=1))
        synchronise(pair.here, pair.there)
        assert pair.reason() is None

    def test_refusing_after_undoing_counts(self, pair: Pair) -> None:
        refusal = pair.refuse()
        with schemas.use(pair.here.schema_name):
            services.undo_unsubscribe(unsubscribe=refusal, now=NOW + timedelta(hours=1))
        synchronise(pair.here, pair.there)
        pair.refuse(now=NOW + timedelta(hours=2))
        assert pair.reason() == ExclusionReason.REFUSED_ADVERTISER

    def test_agreeing_in_one_shop_ends_it_only_there(self, pair: Pair) -> None:
        pair.refuse()
        with schemas.use(pair.here.schema_name):
            self.agree(pair.lan_here)
            assert exclusion_reasons(pair.lan_here) == [None]
        synchronise_all()
        assert pair.reason() == ExclusionReason.REFUSED_ADVERTISER
        with schemas.use(pair.there.schema_name):
            self.agree(pair.lan_there)
        synchronise_all()
        assert pair.reason() is None
        with schemas.use(pair.here.schema_name):
            assert exclusion_reasons(pair.lan_here) == [None]

    def test_a_second_refusal_reaches_the_other_shop_again(self, pair: Pair) -> None:
        pair.refuse()
        for each, lan in ((pair.here, pair.lan_here), (pair.there, pair.lan_there)):
            with schemas.use(each.schema_name):
                self.agree(lan)
        synchronise_all()
        assert pair.reason() is None
        pair.refuse(now=NOW + timedelta(days=2))
        assert pair.reason() == ExclusionReason.REFUSED_ADVERTISER

    @staticmethod
    def agree(contact: Contact) -> None:
        services.resubscribe(
            contact_id=contact.pk,
            channel="email",
            wording="Tôi đồng ý",
            message_id=None,
            now=NOW + timedelta(days=1),
        )


@pytest.mark.django_db
class TestLeaving:
    def test_refusals_copied_before_stay_and_later_ones_are_not_copied(self, pair: Pair) -> None:
        pair.refuse()
        mai_here, mai_there = pair.add(pair.here, "mai@thu.vn"), pair.add(pair.there, "mai@thu.vn")
        leave(workspace=pair.there, now=NOW)
        synchronise_all()
        with schemas.use(pair.here.schema_name):
            make_unsubscribe(mai_here)
        synchronise(pair.here, pair.there)
        assert pair.reason() == ExclusionReason.REFUSED_ADVERTISER
        with schemas.use(pair.there.schema_name):
            assert exclusion_reasons(mai_there) == [None]
            assert [each.is_active for each in queries.linked_advertisers()] == [False]

    def test_joining_again_shares_again(self, pair: Pair) -> None:
        leave(workspace=pair.there, now=NOW)
        synchronise_all()
        pair.refuse()
        assert pair.reason() is None
        join(pair.here, pair.there)
        assert pair.reason() == ExclusionReason.REFUSED_ADVERTISER


@pytest.mark.django_db
class TestPrivacy:
    def test_an_erased_customer_leaves_no_readable_trace_and_stays_refused(self, pair: Pair) -> None:
        with schemas.use(pair.here.schema_name):
            make_unsubscribe(pair.lan_here)
            contacts.erase_contacts(
                contacts=Relation(
                    "SELECT %(id)s::bigint AS contact_id", {"id": pair.lan_here.pk}, ("contact_id",)
                ),
                actor=SYSTEM,
                now=NOW,
            )
        synchronise(pair.here, pair.there)
        assert pair.reason() == ExclusionReason.REFUSED_ADVERTISER
        tables = ["public.advertisers_sharedrefusal", "public.advertisers_takenplace"]
        for each in (pair.here, pair.there):
            tables += [f"{each.schema_name}.compliance_{name}" for name in ("recordedrefusal", "suppression")]
        written = [row for table in tables for row in self.rows(table)]
        assert len(written) >= 3
        for address in (LAN, LAN.encode().hex()):
            assert not [row for row in written if address in row.lower()]

    @staticmethod
    def rows(table: str) -> list[str]:
        """Every row of a table as text."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT t::text FROM {table} t")
            return [row for (row,) in cursor.fetchall()]

    def test_another_advertiser_learns_nothing(self, workspace: Any) -> None:
        pair = Pair(*workspaces())
        join(pair.here)
        join(pair.there)
        pair.refuse()
        synchronise_all()
        assert pair.reason() is None
        assert not SharedRefusal.objects.exists()

    def test_advertisers_have_different_hashes_of_one_address(self) -> None:
        keys = [advertisers.hash_key(token) for token in ("a" * 32, "b" * 32)]
        first, second = (shared_hash(key, "email", LAN) for key in keys)
        assert first != second

    def test_python_and_sql_agree_on_the_hash(self, pair: Pair) -> None:
        with schemas.use(pair.here.schema_name):
            make_unsubscribe(pair.lan_here)
            assert [
                bytes(each.address_hash) for each in RecordedRefusal.objects.all()
            ] == queries.shared_hashes("email", LAN)
