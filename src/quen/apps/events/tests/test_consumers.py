"""News wait for whoever is interested, and are taken in order, each once: also under many writers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from tests.cast import NOW

from quen.apps.contacts import services as contacts
from quen.apps.contacts.tests.factories import make_contact, these
from quen.apps.events import registry, services
from quen.apps.events.models import Event, Interest, Pending
from quen.apps.events.types import DRAIN_BATCH, NAMED_AT_MOST, Consumer, NewEvent
from quen.core import jobs, schemas, sql
from quen.core.sql import Relation

KEY = "listener"


class Listener:
    """Writes down what it takes."""

    def __init__(self) -> None:
        self.batches: list[list[tuple[Any, ...]]] = []
        self.fails = False

    def __call__(self, batch: Relation, /, *, now: datetime) -> None:
        if self.fails:
            raise RuntimeError("tired")
        asked = sql.compose(
            "SELECT contact_id, kind, event_id, ref, data FROM {batch} b ORDER BY event_id, contact_id",
            batch=batch,
        )
        self.batches.append([(*row[:4], json.loads(row[4] or "null")) for row in sql.rows(asked)])

    @property
    def taken(self) -> list[tuple[Any, ...]]:
        return [row for batch in self.batches for row in batch]


@pytest.fixture
def listener() -> Iterator[Listener]:
    made = Listener()
    registry.consume(Consumer(KEY, made))
    yield made
    registry.forget_consumer(KEY)


def numbers(how_many: int) -> Relation:
    return Relation("SELECT generate_series(1, %(n)s) AS contact_id", {"n": how_many}, ("contact_id",))


@pytest.mark.usefixtures("workspace")
class TestPending:
    def test_only_the_kinds_of_the_interest_wait(self, listener: Listener) -> None:
        assert services.declare_interest(KEY, {"ordered"})
        services.record("product_viewed", contact_id=7, at=NOW)
        services.record("ordered", contact_id=7, at=NOW, ref=3, data={"number": "TS-1"})
        assert services.drain(KEY, now=NOW) == 1
        code = registry.get("ordered").code
        event = Event.objects.get(kind=code)
        assert listener.taken == [(7, code, event.id, 3, {"number": "TS-1"})]
        assert services.drain(KEY, now=NOW) == 0

    def test_what_happened_before_the_interest_does_not_wait(self, listener: Listener) -> None:
        services.record("ordered", contact_id=7, at=NOW)
        services.declare_interest(KEY, {"ordered"})
        assert services.drain(KEY, now=NOW) == 0

    def test_the_same_interest_again_changes_nothing(self, listener: Listener) -> None:
        services.declare_interest(KEY, {"ordered", "paid"})
        assert not services.declare_interest(KEY, ["paid", "ordered"])
        services.declare_interest(KEY, {"paid"})
        assert list(Interest.objects.filter(consumer=KEY).values_list("kind", flat=True)) == [14]

    def test_each_consumer_takes_its_own(self, listener: Listener) -> None:
        other = Listener()
        registry.consume(Consumer("other", other))
        services.declare_interest(KEY, {"ordered"})
        services.declare_interest("other", {"ordered", "paid"})
        services.record_many([NewEvent("ordered", 7, NOW), NewEvent("paid", 8, NOW)])
        services.drain(KEY, now=NOW)
        services.drain("other", now=NOW)
        registry.forget_consumer("other")
        assert [row[0] for row in listener.taken] == [7]
        assert [row[0] for row in other.taken] == [7, 8]

    def test_a_large_statement_leaves_one_marker_a_kind(self, listener: Listener) -> None:
        services.declare_interest(KEY, {"followed", "ordered"})
        services.record("ordered", contact_id=5, at=NOW)
        assert services.record_relation("followed", numbers(NAMED_AT_MOST + 1), at=NOW) == NAMED_AT_MOST + 1
        services.record("ordered", contact_id=6, at=NOW)
        assert Pending.objects.filter(consumer=KEY).count() == 3
        assert services.drain(KEY, now=NOW) == 3
        assert [len(batch) for batch in listener.batches] == [1, NAMED_AT_MOST + 1, 1]

    def test_at_the_limit_everybody_is_named(self, listener: Listener) -> None:
        services.declare_interest(KEY, {"followed"})
        services.record_relation("followed", numbers(NAMED_AT_MOST), at=NOW)
        assert services.drain(KEY, now=NOW) == NAMED_AT_MOST
        assert [len(batch) for batch in listener.batches] == [DRAIN_BATCH, NAMED_AT_MOST - DRAIN_BATCH]

    def test_a_change_without_an_event_names_its_fields(self, listener: Listener) -> None:
        services.declare_interest(KEY, {"contact_changed"})
        services.note_change(numbers(2), fields=["spent"], at=NOW)
        services.drain(KEY, now=NOW)
        assert not Event.objects.exists()
        assert [(row[0], row[2], row[4]) for row in listener.taken] == [
            (1, None, {"fields": ["spent"]}),
            (2, None, {"fields": ["spent"]}),
        ]

    def test_a_change_of_very_many_is_a_change_of_anybody(self, listener: Listener) -> None:
        services.declare_interest(KEY, {"contact_changed"})
        services.note_change(numbers(NAMED_AT_MOST + 1), fields=["spent"], at=NOW)
        services.drain(KEY, now=NOW)
        assert [row[0] for row in listener.taken] == [None]

    def test_a_handler_that_fails_keeps_its_news_and_holds_up_nobody(self, listener: Listener) -> None:
        other = Listener()
        registry.consume(Consumer("other", other))
        for key in (KEY, "other"):
            services.declare_interest(key, {"ordered"})
        services.record("ordered", contact_id=7, at=NOW)
        listener.fails = True
        with pytest.raises(RuntimeError):
            services.drain(KEY, now=NOW)
        assert services.drain("other", now=NOW) == 1
        registry.forget_consumer("other")
        assert services.waiting_consumers() == [KEY]
        listener.fails = False
        assert services.drain(KEY, now=NOW) == 1

    def test_erased_people_are_not_waited_for(self, listener: Listener, an: Any) -> None:
        services.declare_interest(KEY, {"contact_changed", "ordered"})
        contact = make_contact()
        services.record("ordered", contact_id=contact.pk, at=NOW)
        services.note_change(these(contact), fields=["spent"], at=NOW)
        contacts.erase_contacts(people=these(contact), actor=an, now=NOW)
        assert not Pending.objects.filter(contact_id=contact.pk).exists()


class Writers:
    """Fifty people at work, each with a connection of their own."""

    def __init__(self, schema: str, write: Callable[[int], None], *, many: int = 50) -> None:
        self.failures: list[BaseException] = []
        self.threads = [
            threading.Thread(target=self._work, args=(schema, write, number)) for number in range(many)
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
            thread.join(timeout=120)
        assert not self.failures, self.failures


EACH = 8


def write_some(number: int) -> None:
    """Commit a few events, some in transactions that write twice."""
    for turn in range(EACH):
        with transaction.atomic():
            services.record("ordered", contact_id=number, at=NOW + timedelta(seconds=turn))
            if turn % 4 == 0:
                services.record_relation("followed", numbers(3), at=NOW)
            services.record("paid", contact_id=number, at=NOW)


class TestManyWriters:
    def test_every_event_is_taken_once_and_none_is_skipped(
        self, committed_workspace: Any, listener: Listener
    ) -> None:
        schema = committed_workspace.schema_name
        services.declare_interest(KEY, {"ordered", "followed"})
        services.ensure_partitions(since=NOW, until=NOW)
        writers = Writers(schema, write_some)
        writers.start()
        counted: set[int] = set()
        declared = False
        while not writers.done():
            services.drain(KEY, now=NOW)
            if not declared and listener.batches:
                services.declare_interest(KEY, {"ordered", "followed", "paid"})
                counted = set(Event.objects.filter(kind=14).values_list("id", flat=True))
                declared = True
        writers.join()
        services.drain(KEY, now=NOW)
        taken = Counter(row[2] for row in listener.taken)
        assert set(taken.values()) == {1}
        wanted = set(Event.objects.filter(kind__in=[13, 16]).values_list("id", flat=True))
        assert len(wanted) == 50 * EACH + 50 * (EACH // 4) * 3
        of_paid = set(Event.objects.filter(kind=14).values_list("id", flat=True))
        assert wanted == set(taken) - of_paid
        # A payment was counted after the declaration, or it waited: never neither.
        assert counted | (set(taken) & of_paid) == of_paid

    def test_two_drainers_never_take_the_same(self, committed_workspace: Any, listener: Listener) -> None:
        services.declare_interest(KEY, {"followed"})
        services.ensure_partitions(since=NOW, until=NOW)
        for _turn in range(4):
            services.record_relation("followed", numbers(DRAIN_BATCH), at=NOW)
        drainers = Writers(
            committed_workspace.schema_name, lambda _number: void(services.drain(KEY, now=NOW)), many=4
        )
        drainers.start()
        drainers.join()
        services.drain(KEY, now=NOW)
        assert set(Counter(row[2] for row in listener.taken).values()) == {1}
        assert len(listener.taken) == 4 * DRAIN_BATCH

    def test_one_hint_waits_however_many_write(self, committed_workspace: Any, listener: Listener) -> None:
        services.declare_interest(KEY, {"ordered"})
        services.ensure_partitions(since=NOW, until=NOW)
        before = jobs.waiting()
        for _turn in range(3):
            services.record("ordered", contact_id=7, at=NOW)
        assert jobs.waiting() == before + 1

    def test_a_drainer_killed_in_the_middle_loses_nothing(
        self, committed_workspace: Any, listener: Listener
    ) -> None:
        services.declare_interest(KEY, {"ordered", "followed"})
        services.ensure_partitions(since=NOW, until=NOW)
        services.record("ordered", contact_id=7, at=NOW)
        services.record_relation("followed", numbers(NAMED_AT_MOST + 1), at=NOW)
        for _time in range(2):
            _drain_and_die(committed_workspace.schema_name)
        services.drain(KEY, now=NOW)
        assert len(listener.taken) == NAMED_AT_MOST + 2


def void(_anything: object) -> None:
    """Throw a result away."""


_DYING = """
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
    print("taken", flush=True)
    os.kill(os.getpid(), 9)
registry.consume(Consumer("listener", die))
with schemas.use(sys.argv[1]):
    services.drain("listener", now=datetime.now(UTC))
"""


def _drain_and_die(schema: str) -> None:
    """Drain in a process that is killed with a batch in hand."""
    at = connection.settings_dict
    place = [str(at[key] or "") for key in ("NAME", "HOST", "PORT", "USER", "PASSWORD")]
    died = subprocess.run(
        [sys.executable, "-c", _DYING, schema, *place],
        capture_output=True,
        text=True,
        timeout=60,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )
    assert died.returncode == -9, died.stderr
    assert died.stdout == "taken\n"
