"""Group commit: each request waits until its event is committed; all waiting events share one statement."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import InterfaceError, OperationalError, connection

from quen.apps.ingest.services import storage
from quen.apps.ingest.types import NewRawEvent, NotStored

log = logging.getLogger(__name__)
#: events per statement, and pending events per process; above that, requests wait
_MAX_BATCH, _MAX_PENDING = 1000, 5000
#: how long writing is retried before the request fails
_TIMEOUT_SECONDS = 4.0
_RETRY_SECONDS = 0.2
#: jobs are enqueued together, this long after the first event
_ENQUEUE_DELAY_SECONDS = 2.0


@dataclass(slots=True)
class _PendingEvent:
    raw_event: NewRawEvent
    #: may be written to the spool file and count as stored
    allow_spool: bool
    deadline: float
    done: asyncio.Future[None]


@dataclass
class GroupCommitWriter:
    """Writes the raw events of one process on its own connection. Lives in one event loop; starts on first use.

    parameters: returns psycopg's connection parameters; called at every connect.
    """

    parameters: Callable[[], Mapping[str, Any]]
    _queue: asyncio.Queue[_PendingEvent] = field(default_factory=lambda: asyncio.Queue(_MAX_PENDING))
    _task: asyncio.Task[None] | None = None
    _connection: psycopg.AsyncConnection[Any] | None = None
    _to_enqueue: set[int] = field(default_factory=set)
    _background: set[asyncio.Task[None]] = field(default_factory=set)

    async def store(self, raw_event: NewRawEvent, *, allow_spool: bool = False) -> None:
        """Return once the event is committed or, with allow_spool, synced to the spool file. Raises NotStored."""
        loop = asyncio.get_running_loop()
        if self._task is None or self._task.done():
            self._task = loop.create_task(self._write_loop())
        pending = _PendingEvent(raw_event, allow_spool, loop.time() + _TIMEOUT_SECONDS, loop.create_future())
        await self._queue.put(pending)
        await pending.done

    async def stop(self) -> None:
        """Write pending events, enqueue their processing and disconnect."""
        if self._task is not None:
            await self._queue.join()
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        if self._to_enqueue:
            await self._enqueue()
        if self._background:
            await asyncio.gather(*self._background, return_exceptions=True)
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _write_loop(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < _MAX_BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            try:
                await self._commit(batch)
            finally:
                for pending in batch:
                    self._queue.task_done()
                    if not pending.done.done():
                        pending.done.set_exception(NotStored())

    async def _commit(self, batch: Sequence[_PendingEvent]) -> None:
        """Write a batch, retrying until the deadline of its first event."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                async with asyncio.timeout(max(1.0, batch[0].deadline - loop.time())):
                    await self._write([pending.raw_event for pending in batch])
                break
            except (psycopg.DataError, ValueError):
                # The database or JSON itself refuses one of them; the others must not be lost with it.
                await self._write_one_by_one(batch)
                return
            except (psycopg.Error, OSError, TimeoutError) as error:
                await self._disconnect()
                if loop.time() >= batch[0].deadline:
                    log.warning("%d raw events could not be written: %s", len(batch), error)
                    await self._spool(batch)
                    return
                await asyncio.sleep(_RETRY_SECONDS)
        for pending in batch:
            if not pending.done.done():
                pending.done.set_result(None)
        self._enqueue_soon({pending.raw_event.workspace_id for pending in batch})

    async def _write_one_by_one(self, batch: Sequence[_PendingEvent]) -> None:
        """Write each event separately, because one of them cannot be stored."""
        if len(batch) == 1:
            log.error("a raw event for %s can't be stored", batch[0].raw_event.endpoint)
            return
        for pending in batch:
            await self._commit([pending])

    async def _write(self, raw_events: Sequence[NewRawEvent]) -> None:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                **self.parameters(), autocommit=True, connect_timeout=3, application_name="quen-ingest"
            )
            self._run_in_background(asyncio.to_thread(_replay_spool))
        # One statement in autocommit mode: committed when it returns.
        await self._connection.execute(storage.INSERT, storage.insert_params(raw_events))

    async def _disconnect(self) -> None:
        broken, self._connection = self._connection, None
        if broken is not None:
            try:
                await asyncio.wait_for(broken.close(), 1)
            except (psycopg.Error, OSError, TimeoutError):
                pass

    async def _spool(self, batch: Sequence[_PendingEvent]) -> None:
        to_spool = [pending for pending in batch if pending.allow_spool]
        if not to_spool:
            return
        try:
            await asyncio.to_thread(storage.spool, [pending.raw_event for pending in to_spool])
        except OSError as error:
            log.error("%d raw events could not be spooled either: %s", len(to_spool), error)
            return
        for pending in to_spool:
            if not pending.done.done():
                pending.done.set_result(None)

    def _enqueue_soon(self, workspaces: set[int]) -> None:
        if not self._to_enqueue:
            asyncio.get_running_loop().call_later(
                _ENQUEUE_DELAY_SECONDS, lambda: self._run_in_background(self._enqueue())
            )
        self._to_enqueue |= workspaces

    async def _enqueue(self) -> None:
        workspaces, self._to_enqueue = self._to_enqueue, set()
        await asyncio.to_thread(_enqueue_processing, workspaces)

    def _run_in_background(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._background.add(task)
        task.add_done_callback(self._background.discard)


def _enqueue_processing(workspaces: set[int]) -> None:
    _run_with_django(lambda: storage.enqueue_processing(workspaces))


def _replay_spool() -> None:
    _run_with_django(storage.replay_spool)


def _run_with_django(work: Callable[[], object]) -> None:
    """Run on Django's connection of this thread, then close it. Failures are left to the sweep of each minute."""
    try:
        work()
    except (OperationalError, InterfaceError) as error:
        log.warning("left to the sweep: %s", error)
    except Exception:
        log.exception("left to the sweep")
    finally:
        connection.close()
