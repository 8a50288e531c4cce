"""Webhooks: how fast messages are written for a bulk change, and how fast they are delivered to a receiver."""

from __future__ import annotations

import http.client
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings

from quen.apps.contacts import queries as contacts
from quen.apps.events import services as events
from quen.apps.webhooks import services as webhooks
from quen.apps.webhooks.types import SendLimits
from quen.cli.bench.measure import BenchResult, measure_time
from quen.core import clock, schemas, sql
from quen.core.actors import SYSTEM
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

_DELIVERED_MAX = 20_000
_TARGET_PER_SECOND = 200
#: answers every request, in a process of its own; prints its port
_RECEIVER = """
import asyncio
async def serve(reader, writer):
    try:
        while head := await reader.readuntil(b"\\r\\n\\r\\n"):
            lines = [line.split(b":") for line in head.lower().split(b"\\r\\n")]
            length = next(int(line[1]) for line in lines if line[0] == b"content-length")
            await reader.readexactly(length)
            writer.write(b"HTTP/1.1 200 OK\\r\\nContent-Length: 2\\r\\n\\r\\nok")
    except asyncio.IncompleteReadError:
        writer.close()
async def main():
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


def bench_webhooks(workspace: Workspace, size: int, now: datetime) -> Iterator[BenchResult]:
    """Yield how long the messages of a bulk change of everybody take to write, and how many are delivered a second.

    Baselines: an INSERT of as many rows is part of the first; plain requests over as many connections for the second.
    """
    with _receiver() as port, schemas.use(workspace.schema_name):
        allowed = settings.HTTP_ALLOWED_ADDRESSES
        settings.HTTP_ALLOWED_ADDRESSES = allowed | {f"127.0.0.1:{port}"}
        try:
            endpoint = webhooks.create_endpoint(
                url=f"http://127.0.0.1:{port}/", kinds=["contact.updated"], actor=SYSTEM, now=now
            ).endpoint
            everybody = contacts.relation_of(contacts.contacts().all())
            changed = events.record_relation("contact_changed", everybody, at=now, data={"fields": ["note"]})
            with measure_time() as written:
                events.drain(webhooks.CONSUMER, now=now)
            yield BenchResult(
                "webhooks: messages of a bulk change", size, written.seconds, "s",
                target="100 k in < 15 s" if size == 100_000 else "",
                reached=written.seconds < 15 if size == 100_000 else None,
                seconds=written.seconds, notes=f"{changed:,} messages",
            )  # fmt: skip
            yield _bench_delivery(endpoint.pk, port, size, min(changed, _DELIVERED_MAX))
            webhooks.delete_endpoint(endpoint=endpoint, actor=SYSTEM, now=clock.now())
            webhooks.clear_deleted()
        finally:
            settings.HTTP_ALLOWED_ADDRESSES = allowed


def _bench_delivery(endpoint_id: int, port: int, size: int, count: int) -> BenchResult:
    ((last,),) = sql.rows(
        Relation(
            "SELECT max(id) FROM (SELECT id FROM webhooks_webhookmessage WHERE endpoint_id = %(endpoint)s"
            " ORDER BY id LIMIT %(count)s) m",
            {"endpoint": endpoint_id, "count": count},
        )
    )
    sql.execute(
        Relation(
            "UPDATE webhooks_webhookmessage SET state = 'skipped' WHERE endpoint_id = %(endpoint)s AND id > %(last)s",
            {"endpoint": endpoint_id, "last": last},
        )
    )
    limits = SendLimits(run_seconds=600.0)
    with measure_time() as run:
        webhooks.send_due(clock=clock.now, limits=limits)
    found = sql.rows(Relation("SELECT body FROM webhooks_webhookmessage WHERE id = %(last)s", {"last": last}))
    body = found[0][0].encode()
    per_second, plain = count / run.seconds, _plain_per_second(port, body, limits.share, min(count, 5_000))
    return BenchResult(
        "webhooks: delivered to one endpoint", size, per_second, "/s",
        baseline=plain, baseline_name="plain requests", ratio=per_second / plain,
        target=f"> {_TARGET_PER_SECOND} /s", reached=per_second > _TARGET_PER_SECOND,
        seconds=run.seconds, notes=f"{count:,} messages, body {len(body):,} bytes, {limits.share} at a time",
    )  # fmt: skip


def _plain_per_second(port: int, body: bytes, threads: int, count: int) -> float:
    def post(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for _each in range(number):
            connection.request("POST", "/", body)
            connection.getresponse().read()
        connection.close()

    with measure_time() as run, ThreadPoolExecutor(threads) as pool:
        list(pool.map(post, [count // threads] * threads))
    return count / run.seconds


@contextmanager
def _receiver() -> Iterator[int]:
    process = subprocess.Popen([sys.executable, "-c", _RECEIVER], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield int(process.stdout.readline())
    finally:
        process.kill()
        process.wait()
