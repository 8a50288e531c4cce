"""Recording events: by month, in the workspace's own table."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from tests.cast import GOM_VIET, NOW

from quen.apps.accounts import queries as accounts
from quen.apps.events import queries, services
from quen.apps.events.models import Event
from quen.apps.events.types import NewEvent
from quen.core import schemas, sql
from quen.core.sql import Relation

pytestmark = pytest.mark.usefixtures("workspace")


def partitions() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'events_event'::regclass"
        )
        return {name for (name,) in cursor.fetchall()}


class TestRecord:
    def test_is_stored_in_the_partition_of_its_month(self) -> None:
        services.record("product_viewed", contact_id=7, at=datetime(2019, 2, 28, 23, 59, tzinfo=UTC))
        services.record("product_viewed", contact_id=7, at=datetime(2019, 3, 1, tzinfo=UTC))
        assert {"events_event_2019_02", "events_event_2019_03"} <= partitions()
        assert Event.objects.filter(contact_id=7).count() == 2

    def test_stores_value_and_data_unchanged(self) -> None:
        services.record(
            "ordered", contact_id=7, at=NOW, value=Decimal("165000"), ref=3, data={"number": "TS-1"}
        )
        event = Event.objects.get(contact_id=7)
        assert (event.value, event.ref, event.data) == (Decimal("165000"), 3, {"number": "TS-1"})

    def test_records_many_kinds_and_months_at_once(self) -> None:
        services.record_many(
            [
                NewEvent("ordered", 7, NOW, Decimal(1)),
                NewEvent("paid", 7, NOW - timedelta(days=40), Decimal(1)),
                NewEvent("followed", 8, NOW),
            ]
        )
        assert Event.objects.filter(contact_id=7).count() == 2
        assert Event.objects.filter(contact_id=8).count() == 1

    def test_nothing_to_record_writes_nothing(self) -> None:
        services.record_many([])
        assert (
            services.record_relation("followed", Relation("SELECT 1 AS contact_id WHERE false"), at=NOW) == 0
        )
        assert not Event.objects.exists()

    def test_an_unknown_kind_is_refused(self) -> None:
        with pytest.raises(KeyError):
            services.record("danced", contact_id=7, at=NOW)

    def test_other_workspaces_see_nothing(self) -> None:
        services.record("followed", contact_id=7, at=NOW)
        with schemas.use(accounts.get_workspace(GOM_VIET).schema_name):
            assert not Event.objects.exists()


class TestEnsurePartitions:
    def test_creates_each_month_once_and_is_idempotent(self) -> None:
        for _repeat in range(2):
            services.ensure_partitions(since=NOW, until=NOW + timedelta(days=70))
        expected = {"events_event_2026_10", "events_event_2026_11", "events_event_2026_12"}
        assert expected <= partitions()

    def test_a_partition_has_the_indexes_of_the_stream(self) -> None:
        services.ensure_partitions(since=NOW, until=NOW)
        with connection.cursor() as cursor:
            cursor.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'events_event_2026_10'")
            found = " ".join(definition for (definition,) in cursor.fetchall())
        assert "(kind, at) INCLUDE (contact_id, value)" in found
        assert "(contact_id, at DESC)" in found


class TestTotals:
    def test_counts_orders_and_sums_payments(self) -> None:
        first, last = NOW - timedelta(days=9), NOW - timedelta(days=1)
        services.record_many(
            [
                NewEvent("ordered", 7, first, Decimal(100)),
                NewEvent("paid", 7, first, Decimal(100)),
                NewEvent("ordered", 7, last, Decimal(50)),
                NewEvent("product_viewed", 8, last),
            ]
        )
        assert sql.rows(queries.order_totals()) == [(7, Decimal(100), 2, first, last)]

    def test_last_activity_ignores_what_staff_did(self) -> None:
        services.record_many(
            [
                NewEvent("product_viewed", 7, NOW - timedelta(days=3)),
                NewEvent("tag_added", 7, NOW, None, None, {"tags": ["VIP"]}),
                NewEvent("note_added", 7, NOW, None, None, {"text": "gọi lại"}),
                NewEvent("message_sent", 7, NOW, None, None, {"name": "Quà 20/10"}),
            ]
        )
        assert sql.rows(queries.last_activity()) == [(7, NOW - timedelta(days=3))]


class TestErase:
    def test_erases_one_contact_from_every_month(self) -> None:
        services.record_many(
            [NewEvent("followed", 7, NOW), NewEvent("followed", 7, NOW - timedelta(days=99))]
        )
        services.record("followed", contact_id=8, at=NOW)
        assert services.erase_events(Relation("SELECT 7::bigint AS contact_id", {}, ("contact_id",))) == 2
        assert list(Event.objects.values_list("contact_id", flat=True)) == [8]
