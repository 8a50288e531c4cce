"""Consumers handle queued events in order, each once, also with concurrent writers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from tests.cast import NOW
from tests.patience import PATIENCE_SECONDS
from tests.proofs import proof, scaled
from tests.registries import Registrations

from quen.apps.contacts import services as contacts
from quen.apps.contacts.tests.factories import contacts_relation, make_contact
from quen.apps.events import registry, services, tasks
from quen.apps.events.models import ConsumerQueue, Event, Subscription
from quen.apps.events.types import ANY_CONTACT_THRESHOLD, BULK_THRESHOLD, DRAIN_BATCH_SIZE, Consumer, NewEvent
from quen.core import jobs, schemas, sql
from quen.core.sql import Relation

KEY = "test"
WRITERS, TRANSACTIONS_PER_WRITER = 50, scaled(80)
KILLED_DRAINS = scaled(20)


class RecordingHandler:
    """Records the batches it handles."""

    def __init__(self) -> None:
        self.batches: list[list[tuple[Any, ...]]] = []
        self.fail = False

    def __call__(self, batch: Relation, /, *, now: datetime) -> None:
        if self.fail:
            raise RuntimeError("tired")
        statement = sql.compose(
            "SELECT contact_id, kind, event_id, ref, data FROM {batch} b ORDER BY event_id, contact_id",
            batch=batch,
        )
        self.batches.append([(*row[:4], json.loads(row[4] or "null")) for row in sql.rows(statement)])

    @property
    def handled(self) -> list[tuple[Any, ...]]:
        return [row for batch in self.batches for row in batch]


@pytest.fixture
def handler(registrations: Registrations) -> RecordingHandler:
    """The handler of a consumer that exists during the test."""
    registrations(registry)
    recording = RecordingHandler()
    registry.register_consumer(Consumer(KEY, recording))
    return recording


def codes(*keys: str) -> list[int]:
    return [registry.get(key).code for key in keys]


def contact_ids_up_to(how_many: int) -> Relation:
    return Relation("SELECT generate_series(1, %(n)s) AS contact_id", {"n": how_many}, ("contact_id",))


@pytest.mark.usefixtures("workspace")
class TestConsumerQueue:
    def test_only_subscribed_kinds_are_queued(self, handler: RecordingHandler) -> None:
        assert services.subscribe(KEY, {"ordered"})
        services.record("product_viewed", contact_id=7, at=NOW)
        services.record("ordered", contact_id=7, at=NOW, ref=3, data={"number": "TS-1"})
        assert services.drain(KEY, now=NOW) == 1
        code = registry.get("ordered").code
        event = Event.objects.get(kind=code)
        assert handler.handled == [(7, code, event.id, 3, {"number": "TS-1"})]
        assert services.drain(KEY, now=NOW) == 0

    def test_earlier_events_are_not_queued(self, handler: RecordingHandler) -> None:
        services.record("ordered", contact_id=7, at=NOW)
        services.subscribe(KEY, {"ordered"})
        assert services.drain(KEY, now=NOW) == 0

    def test_subscribing_to_the_same_kinds_changes_nothing(self, handler: RecordingHandler) -> None:
        services.subscribe(KEY, {"ordered", "paid"})
        assert not services.subscribe(KEY, ["paid", "ordered"])
        services.subscribe(KEY, {"paid"})
        assert list(Subscription.objects.filter(consumer=KEY).values_list("kind", flat=True)) == codes("paid")

    def test_a_consumer_with_fixed_kinds_is_subscribed_by_the_app(self, handler: RecordingHandler) -> None:
        registry.register_consumer(Consumer(KEY, handler, kinds=("ordered", "paid")))
        services.subscribe_consumers()
        services.record("paid", contact_id=7, at=NOW)
        assert services.drain(KEY, now=NOW) == 1

    def test_a_new_workspace_has_the_subscriptions_of_fixed_kinds(self, workspace: Any) -> None:
        subscribed = set(Subscription.objects.values_list("consumer", flat=True))
        assert {consumer.key for consumer in registry.consumers() if consumer.kinds} <= subscribed

    def test_each_consumer_gets_its_own_rows(self, handler: RecordingHandler) -> None:
        other = RecordingHandler()
        registry.register_consumer(Consumer("other", other))
        services.subscribe(KEY, {"ordered"})
        services.subscribe("other", {"ordered", "paid"})
        services.record_many([NewEvent("ordered", 7, NOW), NewEvent("paid", 8, NOW)])
        services.drain(KEY, now=NOW)
        services.drain("other", now=NOW)
        assert [row[0] for row in handler.handled] == [7]
        assert [row[0] for row in other.handled] == [7, 8]

    def test_a_bulk_statement_queues_one_marker_per_kind(self, handler: RecordingHandler) -> None:
        services.subscribe(KEY, {"followed", "ordered"})
        services.record("ordered", contact_id=5, at=NOW)
        assert (
            services.record_relation("followed", contact_ids_up_to(BULK_THRESHOLD + 1), at=NOW)
            == BULK_THRESHOLD + 1
        )
        services.record("ordered", contact_id=6, at=NOW)
        assert ConsumerQueue.objects.filter(consumer=KEY).count() == 3
        assert services.drain(KEY, now=NOW) == 3
        assert [len(batch) for batch in handler.batches] == [1, BULK_THRESHOLD + 1, 1]

    def test_at_the_threshold_each_event_gets_a_row(self, handler: RecordingHandler) -> None:
        services.subscribe(KEY, {"followed"})
        for _turn in range(3):
            services.record_relation("followed", contact_ids_up_to(BULK_THRESHOLD), at=NOW)
        assert services.drain(KEY, now=NOW) == 3 * BULK_THRESHOLD
        assert [len(batch) for batch in handler.batches] == [
            DRAIN_BATCH_SIZE,
            3 * BULK_THRESHOLD - DRAIN_BATCH_SIZE,
        ]

    def test_a_change_without_an_event_carries_its_fields(self, handler: RecordingHandler) -> None:
        services.subscribe(KEY, {"contact_changed"})
        services.notify_changed(contact_ids_up_to(2), fields=["spent"], at=NOW)
        services.drain(KEY, now=NOW)
        assert not Event.objects.exists()
        assert [(row[0], row[2], row[4]) for row in handler.handled] == [
            (1, None, {"fields": ["spent"]}),
            (2, None, {"fields": ["spent"]}),
        ]

    def test_a_bulk_change_queues_one_row_without_a_contact(self, handler: RecordingHandler) -> None:
        services.subscribe(KEY, {"contact_changed"})
        services.notify_changed(contact_ids_up_to(ANY_CONTACT_THRESHOLD + 1), fields=["spent"], at=NOW)
        services.drain(KEY, now=NOW)
        assert [row[0] for row in handler.handled] == [None]

    def test_a_failing_handler_keeps_its_rows_and_blocks_no_other(self, handler: RecordingHandler) -> None:
        other = RecordingHandler()
        registry.register_consumer(Consumer("other", other))
        for key in (KEY, "other"):
            services.subscribe(key, {"ordered"})
        services.record("ordered", contact_id=7, at=NOW)
        handler.fail = True
        with pytest.raises(RuntimeError):
            services.drain(KEY, now=NOW)
        assert services.drain("other", now=NOW) == 1
        assert services.pending_consumers() == [KEY]
        handler.fail = False
        assert services.drain(KEY, now=NOW) == 1

    def test_a_failing_handler_fails_its_job_and_the_sweep_tries_again(
        self, handler: RecordingHandler, caplog: pytest.LogCaptureFixture
    ) -> None:
        services.subscribe(KEY, {"ordered"})
        services.record("ordered", contact_id=7, at=NOW)
        drain = partial(app.tasks["events.drain"].func, schema=schemas.current(), consumer=KEY)
        handler.fail = True
        with pytest.raises(RuntimeError):
            drain()
        assert f"The consumer {KEY} was handling events." in caplog.text
        tasks.sweep(NOW)
        assert jobs.unfinished_count() == 1
        handler.fail = False
        drain()
        assert services.pending_consumers() == []

    def test_erasing_a_contact_removes_its_queued_rows(self, handler: RecordingHandler, an: Any) -> None:
        services.subscribe(KEY, {"contact_changed", "ordered"})
        contact = make_contact()
        services.record("ordered", contact_id=contact.pk, at=NOW)
        services.notify_changed(contacts_relation(contact), fields=["spent"], at=NOW)
        contacts.erase_contacts(contacts=contacts_relation(contact), actor=an.actor, now=NOW)
        assert not ConsumerQueue.objects.filter(contact_id=contact.pk, consumer=KEY).exists()


class ConcurrentWorkers:
    """Threads with a database connection each."""

    def __init__(self, schema: str, write: Callable[[int], None], *, count: int = WRITERS) -> None:
        self.failures: list[BaseException] = []
        self.threads = [
            threading.Thread(target=self._work, args=(schema, write, number)) for number in range(count)
        ]

    def _work(self, schema: str, write: Callable[[int], None], number: int) -> None:
        try:
            with schemas.use(schema):
                write(number)
        except BaseException as failure:
            self.failures.append(failure)
        finally:
            connection.close()

    def start(self) -> None:
        for thread in self.threads:
            thread.start()

    def done(self) -> bool:
        return not any(thread.is_alive() for thread in self.threads)

    def join(self) -> None:
        for thread in self.threads:
            thread.join(PATIENCE_SECONDS)
        assert not self.failures, self.failures


def record_some_events(number: int) -> None:
    """Record some events, some in transactions with two statements."""
    for index in range(TRANSACTIONS_PER_WRITER):
        with transaction.atomic():
            services.record("ordered", contact_id=number, at=NOW + timedelta(seconds=index))
            if index % 4 == 0:
                services.record_relation("followed", contact_ids_up_to(3), at=NOW)
            services.record("paid", contact_id=number, at=NOW)


class TestConcurrentWriters:
    @proof(
        "Consumers handle every event of concurrent writers once",
        writers=WRITERS,
        transactions_of_each=TRANSACTIONS_PER_WRITER,
    )
    def test_every_event_is_handled_once_and_none_is_skipped(
        self, committed_workspace: Any, handler: RecordingHandler
    ) -> None:
        schema = committed_workspace.schema_name
        services.subscribe(KEY, {"ordered", "followed"})
        services.ensure_partitions(since=NOW, until=NOW)
        writers = ConcurrentWorkers(schema, record_some_events)
        writers.start()
        counted_ids: set[int] = set()
        resubscribed = False
        while not writers.done():
            services.drain(KEY, now=NOW)
            if not resubscribed and handler.batches:
                services.subscribe(KEY, {"ordered", "followed", "paid"})
                counted_ids = set(Event.objects.filter(kind__in=codes("paid")).values_list("id", flat=True))
                resubscribed = True
        writers.join()
        services.drain(KEY, now=NOW)
        handled = Counter(row[2] for row in handler.handled)
        assert set(handled.values()) == {1}
        expected = set(
            Event.objects.filter(kind__in=codes("ordered", "followed")).values_list("id", flat=True)
        )
        assert len(expected) == WRITERS * (TRANSACTIONS_PER_WRITER + TRANSACTIONS_PER_WRITER // 4 * 3)
        of_paid = set(Event.objects.filter(kind__in=codes("paid")).values_list("id", flat=True))
        assert expected == set(handled) - of_paid
        # A payment was counted after the declaration, or it waited: never neither.
        assert counted_ids | (set(handled) & of_paid) == of_paid

    def test_concurrent_drains_never_handle_the_same_row(
        self, committed_workspace: Any, handler: RecordingHandler
    ) -> None:
        services.subscribe(KEY, {"followed"})
        services.ensure_partitions(since=NOW, until=NOW)
        for _turn in range(4 * DRAIN_BATCH_SIZE // BULK_THRESHOLD):
            services.record_relation("followed", contact_ids_up_to(BULK_THRESHOLD), at=NOW)
        drains = ConcurrentWorkers(
            committed_workspace.schema_name,
            lambda _number: discard_result(services.drain(KEY, now=NOW)),
            count=4,
        )
        drains.start()
        drains.join()
        services.drain(KEY, now=NOW)
        assert set(Counter(row[2] for row in handler.handled).values()) == {1}
        assert len(handler.handled) == 4 * DRAIN_BATCH_SIZE

    def test_one_job_is_queued_for_many_writes(
        self, committed_workspace: Any, handler: RecordingHandler
    ) -> None:
        services.subscribe(KEY, {"ordered"})
        services.ensure_partitions(since=NOW, until=NOW)
        before = jobs.unfinished_count()
        for _turn in range(3):
            services.record("ordered", contact_id=7, at=NOW)
        assert jobs.unfinished_count() == before + 1

    @proof("A consumer killed while it handles a batch loses none of it", kills=KILLED_DRAINS)
    def test_a_killed_drain_loses_nothing(self, committed_workspace: Any, handler: RecordingHandler) -> None:
        services.subscribe(KEY, {"ordered", "followed"})
        services.ensure_partitions(since=NOW, until=NOW)
        services.record("ordered", contact_id=7, at=NOW)
        services.record_relation("followed", contact_ids_up_to(BULK_THRESHOLD + 1), at=NOW)
        for _time in range(KILLED_DRAINS):
            _drain_and_die(committed_workspace.schema_name)
        services.drain(KEY, now=NOW)
        assert len(handler.handled) == BULK_THRESHOLD + 2


def discard_result(_anything: object) -> None:
    """Discard a result."""


_KILLED_DRAIN = """
import os, sys
from datetime import UTC, datetime
import django; django.setup()
from django.db import connection
from django.conf import settings
for target in (settings.DATABASES["default"], connection.settings_dict):
    target.update(NAME=sys.argv[2], HOST=sys.argv[3], PORT=sys.argv[4], USER=sys.argv[5], PASSWORD=sys.argv[6])
    target["OPTIONS"].pop("pool", None)
from quen.core import schemas
from quen.apps.events import registry, services
from quen.apps.events.types import Consumer
def die(batch, *, now):
    print("handling", flush=True)
    os.kill(os.getpid(), 9)
registry.register_consumer(Consumer("test", die))
with schemas.use(sys.argv[1]):
    services.drain("test", now=datetime.now(UTC))
"""


def _drain_and_die(schema: str) -> None:
    """Drain in a process that is killed while it handles a batch."""
    settings = connection.settings_dict
    dsn = [str(settings[key] or "") for key in ("NAME", "HOST", "PORT", "USER", "PASSWORD")]
    process = subprocess.run(
        [sys.executable, "-c", _KILLED_DRAIN, schema, *dsn],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert process.returncode == -9, process.stderr
    assert process.stdout == "handling\n"
