"""Opens and clicks by real HTTP: a web process as ``quen up`` starts it, with its own connection and crashes."""

from __future__ import annotations

import asyncio
import http.client
import re
import threading
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from tests.patience import PATIENCE_SECONDS
from tests.proofs import proof, scaled

from quen.apps.delivery.rules.tracking import KEY_PURPOSE, Tracker
from quen.apps.delivery.tests.engagement_factories import PHONE, make_active_dispatch, make_sent_message
from quen.apps.ingest import services
from quen.apps.ingest.models import RawEvent
from quen.apps.ingest.services import GroupCommitWriter
from quen.apps.ingest.tests.conftest import environment_of_web_process
from quen.apps.ingest.types import NewRawEvent, ProcessingResult
from quen.cli.bench import tracking as bench
from quen.core import clock, crypto, schemas
from quen.core.database.base import PUBLIC
from quen.core.postgres.processes import wait_until

SHOP = "https://trasen.example/tra?loai=sen&cỡ=lớn"
REQUESTS = scaled(40_000)


@pytest.fixture
def tracker(committed_workspace: Any) -> Tracker:
    """Builds tracking URLs of Trà Sen."""
    return Tracker("http://127.0.0.1", committed_workspace.pk, crypto.derive_key(KEY_PURPOSE))


@pytest.fixture
def environment(test_server: str, tmp_path: Path) -> dict[str, str]:
    """The environment of a web process of the test's own, which it may kill."""
    return environment_of_web_process(test_server, tmp_path)


def request(port: int, address: str, method: str = "GET", **headers: str) -> http.client.HTTPResponse:
    """Send a request without following redirects."""
    parts = urlsplit(address)
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    client.request(method, f"{parts.path}?{parts.query}" if parts.query else parts.path, headers=headers)
    response = client.getresponse()
    response.body = response.read()  # type: ignore[attr-defined]  # read before the connection goes
    client.close()
    return response


def body_of(response: http.client.HTTPResponse) -> bytes:
    """Return the response body."""
    return response.body  # type: ignore[attr-defined,no-any-return]  # set by ask


def stored() -> list[dict[str, Any]]:
    """The bodies in the table."""
    with schemas.use(PUBLIC):
        return list(RawEvent.objects.order_by("id").values_list("body", flat=True))


@contextmanager
def database_unavailable(test_server: str) -> Iterator[None]:
    """Refuse new connections and disconnect the web process."""
    name = settings.DATABASES["default"]["NAME"]
    with psycopg.connect(test_server, autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        try:
            disconnect_web_process(admin)
            yield
        finally:
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def disconnect_web_process(admin: psycopg.Connection[Any]) -> int:
    """Terminate the web process's connection, as a database restart does."""
    found = admin.execute(
        "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE application_name = 'quen-ingest'"
    )
    row = found.fetchone()
    assert row is not None
    return int(row[0])


def waits_for_a_lock(test_server: str) -> bool:
    """Return whether a statement of the web process waits for a lock."""
    with psycopg.connect(test_server, autocommit=True) as admin:
        found = admin.execute(
            "SELECT 1 FROM pg_stat_activity WHERE application_name = 'quen-ingest' AND wait_event_type = 'Lock'"
        )
        return found.fetchone() is not None


class TestOpen:
    def test_is_stored_and_answered_with_an_uncached_image(self, port: int, tracker: Tracker) -> None:
        response = request(
            port, tracker.open_url(tracker.token(41)), **{"User-Agent": "Mozilla/5.0 (iPhone)"}
        )
        assert (response.status, response.headers["content-type"]) == (200, "image/gif")
        assert "no-store" in response.headers["cache-control"]
        assert body_of(response)[:6] == b"GIF89a"
        with schemas.use(PUBLIC):
            raw_event = RawEvent.objects.get()
        assert (raw_event.workspace_id, raw_event.endpoint) == (tracker.workspace_id, "tracking")
        assert raw_event.body == {"message": 41, "user_agent": "Mozilla/5.0 (iPhone)"}

    def test_forged_tokens_and_head_requests_store_nothing(self, port: int, tracker: Tracker) -> None:
        real = tracker.open_url(tracker.token(41))
        assert request(port, real, "HEAD").status == 200
        assert request(port, real.replace("/o/", "/o/A")).status == 404
        assert request(port, real.removesuffix(".gif")).status == 404
        assert request(port, "/o/.gif").status == 404
        assert request(port, real, "POST").status == 405
        assert stored() == []


class TestClick:
    def test_is_stored_and_redirects_to_the_signed_url(self, port: int, tracker: Tracker) -> None:
        response = request(
            port,
            tracker.click_url(tracker.token(41), SHOP) + "&fbclid=added-on-the-way",
            **{"User-Agent": "x" * 900},
        )
        assert response.status == 302
        assert response.headers["location"] == "https://trasen.example/tra?loai=sen&c%E1%BB%A1=l%E1%BB%9Bn"
        assert "no-store" in response.headers["cache-control"]
        assert stored() == [{"message": 41, "user_agent": "x" * 200, "url": SHOP}]

    def test_a_head_request_is_no_click(self, port: int, tracker: Tracker) -> None:
        assert request(port, tracker.click_url(tracker.token(41), SHOP), "HEAD").status == 302
        assert stored() == []

    @pytest.mark.parametrize(
        "forge",
        [
            lambda url: url.split("?u=")[0] + "?u=" + quote("https://evil.example/", safe=""),
            lambda url: url + "x",
            lambda url: url.split("?")[0],
            lambda url: url.split("?u=")[0] + "?u=%ff%fe",
            lambda url: url.replace("/c/", "/c/A"),
        ],
        ids=["another_address", "longer", "none", "no_text", "token"],
    )
    def test_redirects_nowhere_else(self, port: int, tracker: Tracker, forge: Any) -> None:
        response = request(port, forge(tracker.click_url(tracker.token(41), SHOP)))
        assert (response.status, response.headers["location"]) == (404, None)
        assert stored() == []

    def test_error_page_is_in_the_visitors_language(self, port: int, tracker: Tracker) -> None:
        forged = tracker.click_url(tracker.token(41), SHOP) + "x"
        english = body_of(request(port, forged, **{"Accept-Language": "en-GB,vi;q=0.5"})).decode()
        assert '<html lang="en">' in english
        assert "This link does not work" in english
        assert (
            '<html lang="vi">'
            in body_of(request(port, forged, **{"Accept-Language": "vi-VN,en;q=0.5"})).decode()
        )
        assert '<html lang="vi">' in body_of(request(port, forged)).decode()


class TestEndToEnd:
    def test_from_the_mail_to_the_message(self, port: int, tracker: Tracker) -> None:
        message = make_sent_message(make_active_dispatch())
        mail = tracker.add_open_pixel(
            tracker.rewrite_links(f'<body><a href="{SHOP}">Trà</a></body>', tracker.token(message.pk)),
            tracker.token(message.pk),
        )
        link, image = (unescape(found) for found in re.findall(r'(?:href|src)="([^"]+)"', mail))
        assert request(port, image, **{"User-Agent": PHONE}).status == 200
        assert request(port, link, **{"User-Agent": PHONE}).status == 302
        outcome = services.process(workspace_id=tracker.workspace_id, now=clock.now())
        assert outcome == ProcessingResult(processed=2)
        message.refresh_from_db()
        assert (message.opens, message.clicks) == (1, 1)
        assert stored() == []


class TestDatabaseErrors:
    def test_reconnects_after_a_database_restart(self, port: int, tracker: Tracker, test_server: str) -> None:
        assert request(port, tracker.open_url(tracker.token(1))).status == 200
        with psycopg.connect(test_server, autocommit=True) as admin:
            assert disconnect_web_process(admin) == 1
        assert request(port, tracker.open_url(tracker.token(2))).status == 200
        assert [body["message"] for body in stored()] == [1, 2]

    def test_clicks_are_spooled_and_replayed_while_the_database_is_down(
        self, environment: dict[str, str], tracker: Tracker, test_server: str
    ) -> None:
        def replayed() -> bool:
            return sorted(body["message"] for body in stored()) == [1, 2, 4]

        with bench.web_process(environment) as (_process, port):
            assert request(port, tracker.open_url(tracker.token(1))).status == 200
            with database_unavailable(test_server):
                assert request(port, tracker.click_url(tracker.token(2), SHOP)).status == 302
                assert request(port, tracker.open_url(tracker.token(3))).status == 503
            assert request(port, tracker.open_url(tracker.token(4))).status == 200
            assert wait_until(replayed, PATIENCE_SECONDS)

    def test_acknowledges_nothing_before_the_commit(
        self, environment: dict[str, str], tracker: Tracker, test_server: str
    ) -> None:
        seen = bench.LoadResult()
        addresses = bench.addresses(tracker, range(1, 65))
        with (
            bench.web_process(environment) as (process, port),
            psycopg.connect(environment["DATABASE_URL"]) as other,
        ):
            # Blocks inserts.
            other.execute("LOCK TABLE ingest_rawevent IN SHARE ROW EXCLUSIVE MODE")
            loading = threading.Thread(
                target=lambda: asyncio.run(bench.load("127.0.0.1", port, addresses, into=seen))
            )
            loading.start()
            assert wait_until(lambda: waits_for_a_lock(test_server), PATIENCE_SECONDS)
            bench.kill_session(process)
            loading.join(PATIENCE_SECONDS)
        assert (seen.acknowledged, seen.refused) == ([], 0)

    @proof("A web process killed under load has stored every open and click it answered", requests=REQUESTS)
    def test_killed_under_load_it_has_stored_all_it_acknowledged(
        self, environment: dict[str, str], tracker: Tracker
    ) -> None:
        seen = bench.LoadResult()
        addresses = bench.addresses(tracker, range(1, REQUESTS + 1))
        with bench.web_process(environment) as (process, port):
            loading = threading.Thread(
                target=lambda: asyncio.run(bench.load("127.0.0.1", port, addresses, into=seen))
            )
            loading.start()
            assert wait_until(lambda: len(seen.acknowledged) > REQUESTS // 10, PATIENCE_SECONDS)
            bench.kill_session(process)
            loading.join(PATIENCE_SECONDS)
        assert REQUESTS // 10 < len(seen.acknowledged) < REQUESTS
        in_table = {body["message"] for body in stored()}
        assert {number + 1 for number in seen.acknowledged} <= in_table


def run_in_thread(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    """Run a coroutine in a thread of its own: browser tests leave a running loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(work())).result()


class TestStop:
    def test_writes_pending_events_and_enqueues_processing(self, committed_workspace: Any) -> None:
        given = {
            k: v
            for k, v in connection.get_connection_params().items()
            if isinstance(v, str | int) and v != ""
        }

        async def one_process() -> None:
            writer = GroupCommitWriter(lambda: given)
            raw_events = [
                NewRawEvent(
                    committed_workspace.pk, "tracking", committed_workspace.created_at, {"message": number}
                )
                for number in range(300)
            ]
            waiting = [asyncio.ensure_future(writer.store(each)) for each in raw_events]
            await asyncio.sleep(0)
            await writer.stop()
            assert all(each.done() for each in waiting)

        run_in_thread(one_process)
        assert len(stored()) == 300
        with schemas.use(PUBLIC), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'ingest.process'")
            assert cursor.fetchone() == (1,)

    def test_an_event_that_cannot_be_stored_does_not_affect_others(self, committed_workspace: Any) -> None:
        given = {
            k: v
            for k, v in connection.get_connection_params().items()
            if isinstance(v, str | int) and v != ""
        }
        at = committed_workspace.created_at

        async def one_process() -> list[Any]:
            writer = GroupCommitWriter(lambda: given)
            endpoints = ["tracking", "a name far too long for the column of forty letters", "tracking"]
            raw_events = [NewRawEvent(committed_workspace.pk, name, at, {}) for name in endpoints]
            responses = await asyncio.gather(*map(writer.store, raw_events), return_exceptions=True)
            await writer.stop()
            return [type(response).__name__ for response in responses]

        assert run_in_thread(one_process) == ["NoneType", "NotStored", "NoneType"]

    def test_a_number_that_json_lacks_does_not_affect_others(self, committed_workspace: Any) -> None:
        given = {
            k: v
            for k, v in connection.get_connection_params().items()
            if isinstance(v, str | int) and v != ""
        }
        at = committed_workspace.created_at

        async def one_process() -> list[Any]:
            writer = GroupCommitWriter(lambda: given)
            raw_events = [
                NewRawEvent(committed_workspace.pk, "tracking", at, {"value": value})
                for value in (1, float("inf"), 2)
            ]
            responses = await asyncio.gather(*map(writer.store, raw_events), return_exceptions=True)
            await writer.stop()
            return [type(response).__name__ for response in responses]

        assert run_in_thread(one_process) == ["NoneType", "NotStored", "NoneType"]
        assert len(stored()) == 2
        assert len(stored()) == 2
