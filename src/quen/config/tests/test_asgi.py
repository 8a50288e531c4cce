"""The endpoints beside Django, by real HTTP: live streams and webhooks. Tracking is tested in ingest."""

from __future__ import annotations

import asyncio
import http.client
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from starlette.routing import Router
from tests.cast import AN, BINH, PASSWORD, TRA_SEN
from tests.patience import PATIENCE_SECONDS

from quen.apps.accounts import queries as accounts
from quen.apps.channels import queries as channels
from quen.apps.channels.rules import webhooks
from quen.apps.delivery.services import WEBHOOK_MAX_BYTES
from quen.apps.ingest.models import RawEvent
from quen.apps.team import queries as team
from quen.cli.bench.tracking import web_process
from quen.config import streams
from quen.core import live, schemas
from quen.core.database.base import PUBLIC


def open_stream(port: int, path: str, client: Client | None = None) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    cookie = f"sessionid={client.cookies['sessionid'].value}" if client else ""
    connection.request("GET", path, headers={"Cookie": cookie})
    return connection.getresponse()


def path_for(email: str, *topics: str) -> str:
    user = accounts.find_user(email)
    assert user is not None
    return live.stream_url(list(topics), user_id=user.pk)


def wait_for_end(stream: http.client.HTTPResponse) -> None:
    """Read until the server ends the stream."""
    while stream.readline():
        pass


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
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    client.request(method, path, body=body, **more)
    status = client.getresponse().status
    client.close()
    return status


@pytest.fixture
def an_client(client_of: Callable[[str], Client]) -> Client:
    return client_of(AN)


class TestLiveStream:
    def test_carries_what_is_published_under_its_topics(self, port: int, an_client: Client) -> None:
        stream = open_stream(port, path_for(AN, "imports/7", "imports/8"), an_client)
        assert stream.getheader("content-type", "").startswith("text/event-stream")
        assert (stream.getheader("cache-control"), stream.getheader("x-accel-buffering")) == (
            "no-store",
            "no",
        )
        assert stream.readline() == b"retry: 1500\n"
        live.publish("imports/9", done=1)
        live.publish("imports/8", done=2)
        assert read_event(stream) == 'event: imports\ndata: {"done": 2}'

    def test_another_workspace_hears_nothing(self, port: int, an_client: Client) -> None:
        stream = open_stream(port, path_for(AN, "imports/7"), an_client)
        assert stream.readline() == b"retry: 1500\n"
        with schemas.use("ws_2"):
            live.publish("imports/7", done=1)
        live.publish("imports/7", done=2)
        assert read_event(stream).endswith('{"done": 2}')

    def test_a_forged_token_gets_404(self, port: int, an_client: Client) -> None:
        assert open_stream(port, path_for(AN, "imports/7") + "x", an_client).status == 404

    def test_the_address_alone_opens_nothing(
        self, port: int, an_client: Client, client_of: Callable[[str], Client]
    ) -> None:
        path = path_for(AN, "imports/7")
        assert open_stream(port, path).status == 404
        assert open_stream(port, path, client_of(BINH)).status == 404
        session = an_client.cookies["sessionid"].value
        an_client.post("/accounts/logout/")
        an_client.cookies["sessionid"] = session
        assert open_stream(port, path, an_client).status == 404

    def test_ends_when_the_user_signs_out(self, port: int, an_client: Client) -> None:
        stream = open_stream(port, path_for(AN, "imports/7"), an_client)
        assert stream.readline() == b"retry: 1500\n"
        an_client.post("/accounts/logout/")
        wait_for_end(stream)

    def test_ends_on_other_devices_with_a_new_password(
        self, port: int, an_client: Client, client_of: Callable[[str], Client]
    ) -> None:
        stream = open_stream(port, path_for(AN, "imports/7"), an_client)
        assert stream.readline() == b"retry: 1500\n"
        new = {"oldpassword": PASSWORD, "password1": "tra-uop-sen-2027"}
        client_of(AN).post("/accounts/password/change/", new)
        wait_for_end(stream)

    def test_ends_when_the_member_is_removed(
        self, port: int, an_client: Client, client_of: Callable[[str], Client]
    ) -> None:
        stream = open_stream(port, path_for(BINH, "imports/7"), client_of(BINH))
        assert stream.readline() == b"retry: 1500\n"
        user = accounts.find_user(BINH)
        assert user is not None
        member = team.find_member(user.pk)
        assert member is not None
        an_client.post(f"/w/{TRA_SEN}/team/{member.pk}/remove/")
        wait_for_end(stream)
        assert open_stream(port, path_for(BINH, "imports/7"), client_of(BINH)).status == 404

    def test_ends_when_the_page_is_gone(self, committed_workspace: Any, an_client: Client) -> None:
        path = path_for(AN, "imports/7")
        cookie = f"sessionid={an_client.cookies['sessionid'].value}".encode()
        sent: list[Any] = []

        async def visit() -> None:
            started, gone = asyncio.Event(), asyncio.Event()

            async def receive() -> dict[str, str]:
                await gone.wait()
                return {"type": "http.disconnect"}

            async def send(message: Any) -> None:
                sent.append(message)
                started.set()

            headers = [(b"cookie", cookie)]
            scope = {"type": "http", "method": "GET", "path": path, "headers": headers, "query_string": b""}
            request = asyncio.create_task(Router(streams.routes)(scope, receive, send))
            await started.wait()
            gone.set()
            await asyncio.wait_for(request, PATIENCE_SECONDS)

        with ThreadPoolExecutor(1) as pool:
            pool.submit(lambda: asyncio.run(visit())).result()
        assert sent[0]["status"] == 200


class TestStop:
    def test_a_stopping_server_enqueues_what_it_stored(self, environment: dict[str, str], hook: str) -> None:
        with web_process(environment) as (process, port):
            assert post(port, hook) == 200
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE_SECONDS)
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
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
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
