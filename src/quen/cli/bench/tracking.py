"""The tracking endpoints under load: a small load generator on raw sockets that records acknowledged requests."""

from __future__ import annotations

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.db import connection

from quen.apps.delivery.services import TRACKING_ENDPOINT
from quen.apps.ingest.services import process, store
from quen.apps.ingest.types import NewRawEvent
from quen.cli.bench.measure import BenchResult, measure_time, percentile
from quen.core import schemas
from quen.core.database.base import PUBLIC

if TYPE_CHECKING:
    from quen.apps.delivery.rules.tracking import Tracker

_LENGTH = re.compile(rb"content-length: (\d+)", re.IGNORECASE)


@dataclass(slots=True)
class LoadResult:
    """The result of a load. ``acknowledged``: positions of the requests that got 200, 204 or 302."""

    seconds: float = 0.0
    acknowledged: list[int] = field(default_factory=list)
    refused: int = 0
    latencies: list[float] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Return the acknowledged requests per second."""
        return len(self.acknowledged) / self.seconds if self.seconds else 0.0


class _LoadConnection(asyncio.Protocol):
    """A keep-alive connection that requests one URL after the other."""

    def __init__(
        self, numbered: Iterator[tuple[int, bytes]], load: LoadResult, over: asyncio.Future[None]
    ) -> None:
        self._numbered, self._load, self.over = numbered, load, over
        self._buffer = b""
        self._number, self._asked_at = -1, 0.0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Send the first request."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Record a response when it is complete."""
        self._buffer += data
        head = self._buffer.find(b"\r\n\r\n")
        if head < 0:
            return
        length = _LENGTH.search(self._buffer, 0, head)
        if len(self._buffer) < head + 4 + (int(length[1]) if length else 0):
            return
        if self._buffer[9:12] in (b"200", b"204", b"302"):
            self._load.acknowledged.append(self._number)
            self._load.latencies.append(time.perf_counter() - self._asked_at)
        else:
            self._load.refused += 1
        self._buffer = b""
        self._ask()

    def connection_lost(self, exc: Exception | None) -> None:
        """Finish: the server is gone, or everything was requested."""
        if not self.over.done():
            self.over.set_result(None)

    def _ask(self) -> None:
        assert self._transport is not None
        self._number, request = next(self._numbered, (-1, b""))
        if not request:
            self._transport.close()
            return
        self._asked_at = time.perf_counter()
        self._transport.write(request)


async def load(
    host: str,
    port: int,
    addresses: Sequence[str | bytes],
    *,
    connections: int = 64,
    into: LoadResult | None = None,
) -> LoadResult:
    """Request every URL once over several connections, until all are requested or the server is gone.

    addresses: URLs, or whole requests as bytes.
    """
    seen = LoadResult() if into is None else into
    loop = asyncio.get_running_loop()
    numbered = iter(
        [
            (number, address if isinstance(address, bytes) else _request(address))
            for number, address in enumerate(addresses)
        ]
    )
    readers = [_LoadConnection(numbered, seen, loop.create_future()) for _each in range(connections)]
    began = time.perf_counter()
    await asyncio.gather(
        *(loop.create_connection(partial(_existing, reader), host, port) for reader in readers)
    )
    await asyncio.gather(*(reader.over for reader in readers))
    seen.seconds = time.perf_counter() - began
    return seen


def addresses(tracker: Tracker, message_ids: Sequence[int], *, clicks_percent: int = 20) -> list[str]:
    """Return a realistic mix of open and click URLs."""
    made = []
    for position, message_id in enumerate(message_ids):
        token = tracker.token(message_id)
        if position % 100 < clicks_percent:
            made.append(tracker.click_url(token, f"https://shop.example/san-pham/{position % 20}?ref=thu"))
        else:
            made.append(tracker.open_url(token))
    return made


def bench_endpoints(tracker: Tracker, *, size: int, requests: int = 60_000) -> BenchResult:
    """Load the endpoints of a real web process, then kill it and check that everything acknowledged is stored.

    ``DATABASE_URL`` and ``QUEN_HOME`` are those of this process. The events are deleted.
    """
    _clear_raw_events()
    with web_process({}) as (process, port):
        asyncio.run(load("127.0.0.1", port, addresses(tracker, range(1, 5_001))))
        loaded = asyncio.run(
            load("127.0.0.1", port, addresses(tracker, range(1, requests + 1)), connections=128)
        )
        _clear_raw_events()
        acknowledged = _kill_under_load(process, port, addresses(tracker, range(1, requests + 1)))
    missing = len(acknowledged - _stored_message_ids())
    _clear_raw_events()
    rate = loaded.per_second
    return BenchResult(
        "opens and clicks taken", size, rate, "/s", target="≥ 3,000/s, nothing acknowledged lost",
        reached=rate >= 3_000 and missing == 0, seconds=loaded.seconds,
        notes=f"p95 {percentile(loaded.latencies, 0.95) * 1000:.0f} ms; killed by signal 9 after {len(acknowledged):,}"
        f" acknowledged: {missing} missing",
    )  # fmt: skip


def bench_processing(
    *, workspace_id: int, message_ids: Sequence[int], size: int, now: datetime
) -> BenchResult:
    """Store an event for each message, every fifth a click, and process them all."""
    _clear_raw_events()
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X)"
    for start in range(0, len(message_ids), 10_000):
        run = message_ids[start : start + 10_000]
        hits = [
            NewRawEvent(
                workspace_id,
                TRACKING_ENDPOINT,
                now,
                {"message": message_id, "user_agent": agent} | _clicked(place),
            )
            for place, message_id in enumerate(run)
        ]
        store(hits)
    with measure_time() as spent:
        processed = process(workspace_id=workspace_id, now=now).processed
    rate = processed / spent.seconds
    return BenchResult(
        "opens and clicks processed", size, rate, "/s", seconds=spent.seconds, notes=f"{processed:,} events"
    )


def _clicked(place: int) -> dict[str, str]:
    return {} if place % 5 else {"url": f"https://shop.example/san-pham/{place % 20}"}


def _kill_under_load(process: subprocess.Popen[bytes], port: int, asked: Sequence[str]) -> set[int]:
    seen = LoadResult()
    loading = threading.Thread(target=lambda: asyncio.run(load("127.0.0.1", port, asked, into=seen)))
    loading.start()
    while len(seen.acknowledged) < len(asked) // 4 and loading.is_alive():
        time.sleep(0.01)
    kill_session(process)
    loading.join()
    return {number + 1 for number in seen.acknowledged}


def _stored_message_ids() -> set[int]:
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        cursor.execute("SELECT (body ->> 'message')::bigint FROM ingest_rawevent")
        return {message_id for (message_id,) in cursor.fetchall()}


def _clear_raw_events() -> None:
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        cursor.execute("TRUNCATE ingest_rawevent")


@contextmanager
def web_process(environment: Mapping[str, str]) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run the web process as ``quen up`` does, on a free port. Yields the process (in its own session) and the port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "asgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    command += ["--workers", "1", "--no-ws", "--workers-kill-timeout", "5", "--log-level", "warning"]
    process = subprocess.Popen(
        [*command, "quen.config.asgi:application"], env={**os.environ, **environment}, start_new_session=True
    )
    try:
        _wait_until_listening(port, process)
        yield process, port
    finally:
        kill_session(process)


def kill_session(process: subprocess.Popen[bytes]) -> None:
    """Kill a process and its children with signal 9."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()


def _wait_until_listening(port: int, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError("the web process does not listen")


def _existing(reader: _LoadConnection) -> _LoadConnection:
    return reader


def _request(address: str) -> bytes:
    parts = urlsplit(address)
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    head = f"GET {target} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
    agent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
    return f"{head}User-Agent: {agent}\r\nAccept: image/*\r\nAccept-Language: vi\r\n\r\n".encode("ascii")
