"""Group commit: every request waits for its hit to be committed, and all that wait share one statement."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg
from django.db import InterfaceError, OperationalError, connection

from quen.apps.ingest.services import keeping
from quen.apps.ingest.types import NewHit, NotKept

log = logging.getLogger(__name__)
#: hits of one statement at most, and hits that may wait at all: then requests wait at the door
_BATCH, _WAITING = 1000, 5000
#: how long a hit is tried to be written before its request is told
_PATIENCE_SECONDS = 4.0
_RETRY_SECONDS = 0.2
#: workspaces are hinted together, this long after the first of their hits
_HINT_SECONDS = 2.0


@dataclass(slots=True)
class _Waiting:
    hit: NewHit
    #: may go to the spill file and count as kept
    spillable: bool
    until: float
    done: asyncio.Future[None]


@dataclass
class Writer:
    """Writes the hits of one process on a connection of its own. Lives in one event loop; starts by itself.

    parameters: gives psycopg's connection parameters; asked at every connect.
    """

    parameters: Callable[[], Mapping[str, Any]]
    _queue: asyncio.Queue[_Waiting] = field(default_factory=lambda: asyncio.Queue(_WAITING))
    _work: asyncio.Task[None] | None = None
    _connection: psycopg.AsyncConnection[Any] | None = None
    _to_hint: set[int] = field(default_factory=set)
    _aside: set[asyncio.Task[None]] = field(default_factory=set)

    async def keep(self, hit: NewHit, *, spillable: bool = False) -> None:
        """Return when the hit is committed, or, if it may be spilled, safe in the spill file. Raises NotKept."""
        loop = asyncio.get_running_loop()
        if self._work is None or self._work.done():
            self._work = loop.create_task(self._write_for_ever())
        waiting = _Waiting(hit, spillable, loop.time() + _PATIENCE_SECONDS, loop.create_future())
        await self._queue.put(waiting)
        await waiting.done

    async def stop(self) -> None:
        """Write what waits, hint it, and part from the database."""
        if self._work is not None:
            await self._queue.join()
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
            self._work = None
        if self._to_hint:
            await self._hint()
        if self._aside:
            await asyncio.gather(*self._aside, return_exceptions=True)
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _write_for_ever(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < _BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            try:
                await self._settle(batch)
            finally:
                for waiting in batch:
                    self._queue.task_done()
                    if not waiting.done.done():
                        waiting.done.set_exception(NotKept())

    async def _settle(self, batch: Sequence[_Waiting]) -> None:
        """Write a batch, again and again until the patience of its first is over."""
        loop = asyncio.get_running_loop()
        while True:
            try:
                async with asyncio.timeout(max(1.0, batch[0].until - loop.time())):
                    await self._write([waiting.hit for waiting in batch])
                break
            except psycopg.DataError:
                await self._find_unfit(batch)
                return
            except (psycopg.Error, OSError, TimeoutError) as error:
                await self._part()
                if loop.time() >= batch[0].until:
                    log.warning("%d hits can't be written: %s", len(batch), error)
                    await self._spill(batch)
                    return
                await asyncio.sleep(_RETRY_SECONDS)
        for waiting in batch:
            if not waiting.done.done():
                waiting.done.set_result(None)
        self._hint_soon({waiting.hit.workspace_id for waiting in batch})

    async def _find_unfit(self, batch: Sequence[_Waiting]) -> None:
        """Something in the batch can't be stored: the others must not suffer for it."""
        if len(batch) == 1:
            log.error("a hit for %s can't be stored", batch[0].hit.endpoint)
            return
        for waiting in batch:
            await self._settle([waiting])

    async def _write(self, hits: Sequence[NewHit]) -> None:
        if self._connection is None or self._connection.closed:
            self._connection = await psycopg.AsyncConnection.connect(
                **self.parameters(), autocommit=True, connect_timeout=3, application_name="quen-ingest"
            )
            self._aside_run(asyncio.to_thread(_take_back))
        # One statement outside a transaction block: committed when it returns.
        await self._connection.execute(keeping.KEEP, keeping.columns(hits))

    async def _part(self) -> None:
        broken, self._connection = self._connection, None
        if broken is not None:
            try:
                await asyncio.wait_for(broken.close(), 1)
            except (psycopg.Error, OSError, TimeoutError):
                pass

    async def _spill(self, batch: Sequence[_Waiting]) -> None:
        going = [waiting for waiting in batch if waiting.spillable]
        if not going:
            return
        try:
            await asyncio.to_thread(keeping.spill, [waiting.hit for waiting in going])
        except OSError as error:
            log.error("%d hits can't be spilled either: %s", len(going), error)
            return
        for waiting in going:
            if not waiting.done.done():
                waiting.done.set_result(None)

    def _hint_soon(self, workspaces: set[int]) -> None:
        if not self._to_hint:
            asyncio.get_running_loop().call_later(_HINT_SECONDS, lambda: self._aside_run(self._hint()))
        self._to_hint |= workspaces

    async def _hint(self) -> None:
        workspaces, self._to_hint = self._to_hint, set()
        await asyncio.to_thread(_hint, workspaces)

    def _aside_run(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._aside.add(task)
        task.add_done_callback(self._aside.discard)


def _hint(workspaces: set[int]) -> None:
    _by_django(lambda: keeping.hint(workspaces))


def _take_back() -> None:
    _by_django(keeping.take_back_spilled)


def _by_django(act: Callable[[], object]) -> None:
    """Act on Django's connection of this thread and give it back. What fails is left to the sweep of each minute."""
    try:
        act()
    except (OperationalError, InterfaceError) as error:
        log.warning("left to the sweep: %s", error)
    except Exception:
        log.exception("left to the sweep")
    finally:
        connection.close()
