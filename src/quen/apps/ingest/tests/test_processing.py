"""Stored events are processed once and in order; failing ones do not block the others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError
from tests.cast import GOM_VIET, NOW, TRA_SEN
from tests.registries import Registrations

from quen.apps.accounts import queries as accounts
from quen.apps.ingest import registry, services
from quen.apps.ingest.models import RawEvent
from quen.apps.ingest.services import storage
from quen.apps.ingest.types import NewRawEvent, ProcessingResult, StoredEvent
from quen.apps.team.models import Notification
from quen.core import jobs, schemas
from quen.core.database.base import PUBLIC

pytestmark = pytest.mark.usefixtures("workspace")
Seen = list[tuple[str, list[Any]]]


@pytest.fixture
def seen(registrations: Registrations) -> Seen:
    """An endpoint "probe" that records its calls: (schema, texts). "poison" and "away" raise."""
    calls: Seen = []

    def handle(raw_events: Sequence[StoredEvent], *, now: datetime) -> None:
        texts = [each.body["text"] for each in raw_events]
        calls.append((schemas.current(), texts))
        if "poison" in texts:
            raise KeyError("poison")
        if "away" in texts:
            raise OperationalError("the database is away")

    registrations(registry, empty=("_endpoints",))
    registry.register_endpoint("probe", handle)
    return calls


def raw_event(
    text: Any, *, workspace: str = TRA_SEN, external_id: str | None = None, at: datetime = NOW
) -> NewRawEvent:
    """An event of a workspace."""
    return NewRawEvent(accounts.get_workspace(workspace).pk, "probe", at, {"text": text}, external_id)


def process(slug: str = TRA_SEN, **changes: Any) -> ProcessingResult:
    """Process the events of a workspace."""
    return services.process(workspace_id=accounts.get_workspace(slug).pk, now=NOW, **changes)


def remaining() -> list[Any]:
    """The texts of pending and quarantined events."""
    with schemas.use(PUBLIC):
        return [body["text"] for body in RawEvent.objects.order_by("id").values_list("body", flat=True)]


class TestStore:
    def test_a_repeated_provider_call_is_stored_once(self) -> None:
        assert services.store([raw_event("a", external_id="evt_1"), raw_event("b")]) == 2
        assert services.store([raw_event("a", external_id="evt_1")]) == 0
        assert remaining() == ["a", "b"]

    @pytest.mark.parametrize("odd", ["NUL \x00 inside", "\\u0000", "\ud800 half", "trà 🍵"])
    def test_odd_text_does_not_affect_the_others(self, odd: str) -> None:
        services.store([raw_event("before"), raw_event(odd), raw_event("after")])
        assert len(remaining()) == 3

    def test_enqueues_one_job_for_many_events(
        self, seen: Seen, django_capture_on_commit_callbacks: Callable[..., Any]
    ) -> None:
        before = jobs.unfinished_count()
        with django_capture_on_commit_callbacks(execute=True):
            services.store([raw_event("a"), raw_event("b")])
        with django_capture_on_commit_callbacks(execute=True):
            services.store([raw_event("c")])
        assert jobs.unfinished_count() == before + 1


class TestProcess:
    def test_in_order_in_batches_inside_the_workspace(self, workspace: Any, seen: Seen) -> None:
        services.store([raw_event(number) for number in range(7)])
        outcome = process(batch_size=3)
        assert outcome == ProcessingResult(processed=7)
        schema = workspace.schema_name
        assert seen == [(schema, [0, 1, 2]), (schema, [3, 4, 5]), (schema, [6])]
        assert remaining() == []

    def test_other_workspaces_are_untouched(self, seen: Seen) -> None:
        services.store([raw_event("ours"), raw_event("theirs", workspace=GOM_VIET)])
        process()
        assert remaining() == ["theirs"]

    def test_a_failing_event_is_quarantined_and_does_not_block_others(self, seen: Seen) -> None:
        services.store([raw_event(word) for word in ("a", "b", "poison", "c", "poison", "d")])
        assert process() == ProcessingResult(processed=4, quarantined=2)
        assert remaining() == ["poison", "poison"]
        calls = len(seen)
        assert process() == ProcessingResult()
        assert len(seen) == calls

    def test_writes_of_a_failing_batch_are_rolled_back(self, an: Any, seen: Seen) -> None:
        def write_and_fail(raw_events: Sequence[StoredEvent], *, now: datetime) -> None:
            for each in raw_events:
                text = each.body["text"]
                Notification.objects.create(
                    member_id=an.pk, kind="team.joined", at=now, data={"name": text}, path=text
                )
            if any(each.body["text"] == "poison" for each in raw_events):
                raise ValueError

        registry.register_endpoint("probe", write_and_fail)
        services.store([raw_event("a"), raw_event("poison"), raw_event("b")])
        process()
        assert list(Notification.objects.order_by("id").values_list("path", flat=True)) == ["a", "b"]

    def test_database_errors_quarantine_nothing(self, seen: Seen) -> None:
        services.store([raw_event("a"), raw_event("away")])
        with pytest.raises(OperationalError):
            process()
        assert remaining() == ["a", "away"]

    def test_events_of_a_deleted_workspace_are_dropped(self, workspace: Any, seen: Seen) -> None:
        services.store([raw_event("a"), NewRawEvent(987_654, "probe", NOW, {"text": "b"})])
        assert services.process(workspace_id=987_654, now=NOW) == ProcessingResult(dropped=1)
        workspace.archived_at = NOW
        with schemas.use(PUBLIC):
            workspace.save()
        assert process() == ProcessingResult(dropped=1)
        assert (seen, remaining()) == ([], [])

    def test_a_paused_workspace_keeps_its_events(self, workspace: Any, seen: Seen) -> None:
        services.store([raw_event("a")])
        with schemas.use(PUBLIC):
            workspace.paused_at = NOW
            workspace.save()
            assert process() == ProcessingResult()
            workspace.paused_at = None
            workspace.save()
        assert process() == ProcessingResult(processed=1)


class TestSweep:
    def test_enqueues_pending_workspaces(self, seen: Seen) -> None:
        services.store([raw_event("a"), raw_event("b", workspace=GOM_VIET)])
        before = jobs.unfinished_count()
        services.enqueue_pending()
        services.enqueue_pending()
        assert jobs.unfinished_count() == before + 2

    def test_deletes_after_thirty_days(self) -> None:
        services.store(
            [
                raw_event("old", at=NOW - timedelta(days=30, seconds=1)),
                raw_event("young", at=NOW - timedelta(days=29)),
            ]
        )
        assert services.delete_expired(now=NOW) == 1
        assert remaining() == ["young"]

    def test_what_waits_for_the_end_of_a_pause_is_not_deleted(self, workspace: Any, seen: Seen) -> None:
        old = NOW - timedelta(days=40)
        services.store([raw_event("poison", at=old)])
        process()
        seen.clear()
        services.store([raw_event("a", at=old), raw_event("elsewhere", workspace=GOM_VIET, at=old)])
        with schemas.use(PUBLIC):
            workspace.paused_at = NOW
            workspace.save()
        assert services.delete_expired(now=NOW) == 2
        assert remaining() == ["a"]
        with schemas.use(PUBLIC):
            workspace.paused_at = None
            workspace.save()
        assert process().processed == 1
        assert seen == [(workspace.schema_name, ["a"])]


class TestSpool:
    def test_replays_without_the_truncated_line(self, seen: Seen) -> None:
        services.spool([raw_event("a", external_id="x"), raw_event("trà \x00 sen")])
        with storage.spool_file().open("ab") as file:
            file.write(b'[1, "probe", "2026-')
        assert services.replay_spool() == 2
        assert remaining() == ["a", "trà  sen"]
        assert services.replay_spool() == 0
        assert process().processed == 2
