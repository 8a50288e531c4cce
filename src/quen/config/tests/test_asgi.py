"""The endpoints beside Django, by real HTTP: live streams and webhooks. Tracking is tested in ingest."""

from __future__ import annotations

import asyncio
import http.client
import os
import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from starlette.routing import Router

from quen.apps.channels import queries as channels
from quen.apps.channels.rules import webhooks
from quen.apps.delivery.services import WEBHOOK_MAX_BYTES
from quen.apps.ingest.models import RawEvent
from quen.cli.bench.tracking import web_process
from quen.config import streams
from quen.core import live, schemas
from quen.core.database.base import PUBLIC

TIMEOUT_SECONDS = 60


@pytest.fixture
def environment(committed_workspace: Any, test_server: str, tmp_path: Path) -> dict[str, str]:
    """The environment of a web process on the test's database, with a home of its own."""
    name = settings.DATABASES["default"]["NAME"]
    return {
        "DATABASE_URL": urlsplit(test_server)._replace(path=f"/{name}").geturl(),
        "DJANGO_SETTINGS_MODULE": "quen.config.settings_test",
        "QUEN_SECRET_KEY": settings.SECRET_KEY,
        "QUEN_HOME": str(tmp_path),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }


@pytest.fixture
def port(environment: dict[str, str]) -> Iterator[int]:
    with web_process(environment) as (_process, port):
        yield port


def open_stream(port: int, path: str) -> http.client.HTTPResponse:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    client.request("GET", path)
    return client.getresponse()


def read_event(stream: http.client.HTTPResponse) -> str:
    """Return the next event with data; skips pings and the retry time."""
    lines: list[str] = []
    while True:
        line = stream.readline().decode()
        assert line, "the stream ended"
        if line != "\n":
            lines.append(line.rstrip("\n"))
        elif lines and lines[0].startswith("event:"):
            return "\n".join(lines)
        else:
            lines = []


@pytest.fixture
def hook() -> str:
    """The webhook path of Trà Sen's mail connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM public.accounts_workspace WHERE slug = 'tra-sen'")
        workspace_id = int(cursor.fetchone()[0])
    connection_id = channels.active_connection("email").pk
    return webhooks.PATH + webhooks.encode(workspace_id=workspace_id, connection_id=connection_id)


def post(port: int, path: str, body: Any = b"", method: str = "POST", **more: Any) -> int:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    client.request(method, path, body=body, **more)
    status = client.getresponse().status
    client.close()
    return status


class TestLiveStream:
    def test_carries_what_is_published_under_its_topics(self, port: int) -> None:
        stream = open_stream(port, live.stream_url(["imports/7", "imports/8"]))
        assert stream.getheader("content-type", "").startswith("text/event-stream")
        assert (stream.getheader("cache-control"), stream.getheader("x-accel-buffering")) == (
            "no-store",
            "no",
        )
        assert stream.readline() == b"retry: 1500\n"
        live.publish("imports/9", done=1)
        live.publish("imports/8", done=2)
        assert read_event(stream) == 'event: imports\ndata: {"done": 2}'

    def test_another_workspace_hears_nothing(self, port: int) -> None:
        stream = open_stream(port, live.stream_url(["imports/7"]))
        assert stream.readline() == b"retry: 1500\n"
        with schemas.use("ws_2"):
            live.publish("imports/7", done=1)
        live.publish("imports/7", done=2)
        assert read_event(stream).endswith('{"done": 2}')

    def test_a_forged_token_gets_404(self, port: int) -> None:
        assert open_stream(port, live.stream_url(["imports/7"]) + "x").status == 404

    def test_ends_when_the_page_is_gone(self, committed_workspace: Any) -> None:
        path = live.stream_url(["imports/7"])
        sent: list[Any] = []

        async def visit() -> None:
            started, gone = asyncio.Event(), asyncio.Event()

            async def receive() -> dict[str, str]:
                await gone.wait()
                return {"type": "http.disconnect"}

            async def send(message: Any) -> None:
                sent.append(message)
                started.set()

            scope = {"type": "http", "method": "GET", "path": path, "headers": [], "query_string": b""}
            request = asyncio.create_task(Router(streams.routes)(scope, receive, send))
            await started.wait()
            gone.set()
            await asyncio.wait_for(request, TIMEOUT_SECONDS)

        with ThreadPoolExecutor(1) as pool:
            pool.submit(lambda: asyncio.run(visit())).result()
        assert sent[0]["status"] == 200


class TestStop:
    def test_a_stopping_server_enqueues_what_it_stored(self, environment: dict[str, str], hook: str) -> None:
        with web_process(environment) as (process, port):
            assert post(port, hook) == 200
            process.send_signal(signal.SIGTERM)
            process.wait(TIMEOUT_SECONDS)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM public.procrastinate_jobs WHERE task_name = 'ingest.process'"
            )
            assert cursor.fetchone() == (1,)


def stored() -> list[dict[str, Any]]:
    with schemas.use(PUBLIC):
        return list(RawEvent.objects.order_by("id").values_list("body", flat=True))


class TestWebhook:
    def test_is_stored_raw_before_it_is_acknowledged(self, port: int, hook: str) -> None:
        assert post(port, f"{hook}?kind=dlr", b'{"id": 1}', headers={"X-Signature": "abc"}) == 200
        assert post(port, hook, method="GET") == 200
        first, second = stored()
        assert (first["method"], first["query"], first["text"]) == ("POST", "kind=dlr", '{"id": 1}')
        assert first["headers"]["x-signature"] == "abc"
        assert (second["method"], second["text"]) == ("GET", "")

    def test_refuses_other_methods_and_forged_tokens(self, port: int, hook: str) -> None:
        assert post(port, hook, method="PUT") == 405
        assert post(port, hook[:-2] + "xx") == 404
        assert stored() == []

    def test_refuses_a_long_body_before_reading_it(self, port: int, hook: str) -> None:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
        client.putrequest("POST", hook)
        client.putheader("Content-Length", str(10 * WEBHOOK_MAX_BYTES))
        client.endheaders()
        assert client.getresponse().status == 413
        assert stored() == []

    def test_refuses_a_body_that_grows_too_long(self, port: int, hook: str) -> None:
        chunks = (b"a" * 65_536 for _ in range(1 + WEBHOOK_MAX_BYTES // 65_536))
        assert post(port, hook, chunks, encode_chunked=True, headers={"Transfer-Encoding": "chunked"}) == 413
        assert post(port, hook, b"a" * WEBHOOK_MAX_BYTES) == 200
        assert len(stored()) == 1
