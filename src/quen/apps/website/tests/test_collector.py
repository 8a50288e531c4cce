"""The script and the collector by real HTTP: only the shop's pages are heard, and what is acknowledged is stored."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from tests.patience import PATIENCE_SECONDS
from tests.proofs import proof, scaled

from quen.apps.ingest import services as ingest
from quen.apps.ingest.models import RawEvent
from quen.apps.ingest.tests.conftest import environment_of_web_process
from quen.apps.ingest.tests.conftest import port as port
from quen.apps.ingest.tests.conftest import shared_port as shared_port
from quen.apps.website import queries, services
from quen.apps.website.models import WebsiteAction, WebsiteSession, WebsiteSettings
from quen.apps.website.tests.factories import LAN, SHOP, hit, make_settings
from quen.apps.website.types import MAX_BODY_BYTES, MAX_EVENTS_PER_REQUEST
from quen.cli.bench import website as bench
from quen.cli.bench.tracking import kill_session, web_process
from quen.config.website import RequestLimit
from quen.core import clock, schemas
from quen.core.database.base import PUBLIC
from quen.core.postgres.processes import wait_until

REQUESTS, KILLS, BATCH = scaled(20_000), scaled(20, least=4), 50
WORKER = f"""
import django, sys
django.setup()
from quen.apps.ingest import services
from quen.core import clock
services.process(workspace_id=int(sys.argv[1]), now=clock.now(), batch_size={BATCH})
"""
#: returns the response with its body as ``text``; None when the server closed the connection instead
Ask = Callable[..., Any]


@pytest.fixture
def key(committed_workspace: Any) -> str:
    """The public key of Trà Sen, whose website is switched on."""
    make_settings()
    return services.public_key(committed_workspace.pk)


@pytest.fixture
def ask(port: int) -> Ask:
    """Return a function that sends a request from the shop's page."""

    def sent(path: str, body: bytes | None = None, *, method: str = "", **headers: str) -> Any:
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        given = {"Origin": SHOP, "Content-Type": "text/plain"} | headers
        try:
            client.request(method or ("GET" if body is None else "POST"), path, body, given)
            response = client.getresponse()
            # Read before the connection goes.
            response.text = response.read()  # type: ignore[attr-defined]  # see Ask
            return response
        except (ConnectionResetError, BrokenPipeError):
            return None
        finally:
            client.close()

    return sent


def batch(*hits: dict[str, Any], visitor: str = LAN) -> bytes:
    return json.dumps({"visitor": visitor, "events": list(hits) or [hit()]}).encode()


def stored() -> list[dict[str, Any]]:
    with schemas.use(PUBLIC):
        return list(RawEvent.objects.order_by("id").values_list("body", flat=True))


def kill_while_it_processes(environment: dict[str, str], workspace_id: int, *, batches: int) -> None:
    """Run the worker's processing in a process and kill it with signal 9 once so many batches are done."""
    until = len(stored()) - batches * BATCH
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(workspace_id)], env=environment)
    assert wait_until(lambda: len(stored()) <= until or worker.poll() is not None, PATIENCE_SECONDS)
    worker.kill()
    worker.wait()


class TestCollector:
    def test_stores_before_it_acknowledges(self, ask: Ask, key: str) -> None:
        response = ask(f"/q/{key}", batch(hit(path="/tra?email=lan@khach.vn")), **{"User-Agent": "Firefox/1"})
        assert response.status == 204
        assert response.headers["access-control-allow-origin"] == SHOP
        (body,) = stored()
        assert (body["visitor"], body["agent"]) == (LAN, "Firefox/1")
        assert "lan@khach.vn" not in json.dumps(body)

    @pytest.mark.parametrize("origin", ["", "null", "https://trasen.vn.evil.example", "http://www.trasen.vn"])
    def test_hears_only_the_shops_pages(self, ask: Ask, key: str, origin: str) -> None:
        assert ask(f"/q/{key}", batch(), Origin=origin).status == 403
        assert stored() == []

    def test_refuses_other_keys_methods_and_bodies(self, ask: Ask, key: str) -> None:
        forged = key[:-1] + ("0" if key[-1] != "0" else "1")
        assert ask(f"/q/{forged}", batch()).status == 404
        assert ask(f"/q/{key}").status == 405
        assert ask(f"/q/{key}", b"{").status == 400
        assert ask(f"/q/{key}", batch(*[hit()] * (MAX_EVENTS_PER_REQUEST + 1))).status == 400
        assert ask(f"/q/{key}", batch(visitor="x")).status == 400
        assert stored() == []

    def test_refuses_a_longer_body(self, ask: Ask, key: str) -> None:
        longer = ask(f"/q/{key}", b" " * (MAX_BODY_BYTES + 1))
        assert longer is None or longer.status == 413

    def test_hears_nothing_once_it_is_off(self, ask: Ask, key: str) -> None:
        make_settings(enabled=False)
        assert ask(f"/q/{key}", batch()).status == 403
        assert b"QUEN_SITE=null" in ask(f"/quen.js?k={key}").text

    def test_counts_requests_of_a_client_and_of_a_website(self) -> None:
        limit = RequestLimit(per_client=3, per_site=5)
        assert [limit.allows(1, "a") for _each in range(4)] == [True, True, True, False]
        assert [limit.allows(1, "b") for _each in range(3)] == [True, True, False]
        assert limit.allows(2, "a")

    def test_one_client_never_uses_up_what_all_may(self) -> None:
        limit = RequestLimit(per_client=3, per_site=5)
        assert sum(limit.allows(1, "flood") for _each in range(100)) == 3
        assert limit.allows(1, "somebody else")

    def test_what_arrives_is_processed_by_a_job(self, ask: Ask, key: str, committed_workspace: Any) -> None:
        ask(f"/q/{key}", batch(hit(), hit()))
        ingest.process(workspace_id=committed_workspace.pk, now=clock.now())
        assert WebsiteAction.objects.count() == 2
        assert queries.website_settings().received_at is not None


class TestScript:
    def test_is_small_and_served_with_what_it_needs(self, ask: Ask, key: str) -> None:
        response = ask(f"/quen.js?k={key}")
        assert response.status == 200
        assert response.headers["content-type"].startswith("text/javascript")
        assert response.headers["access-control-allow-origin"] == "*"
        assert response.headers["cache-control"] == "public, max-age=300"
        built = (Path(settings.PACKAGE) / "ui/dist/quen.js").read_bytes()
        assert built in response.text
        assert len(gzip.compress(built)) < 5_000
        assert len(gzip.compress(response.text)) < 5_000
        again = ask(f"/quen.js?k={key}", **{"If-None-Match": response.headers["etag"]})
        assert (again.status, again.text) == (304, b"")

    def test_names_the_shop_by_its_key_alone(self, ask: Ask, key: str, committed_workspace: Any) -> None:
        text = ask(f"/quen.js?k={key}").text.decode()
        assert committed_workspace.slug not in text and committed_workspace.name not in text
        assert ask("/quen.js").status == 404
        assert ask("/quen.js?k=1-0000000000000000").status == 404

    def test_a_text_of_the_banner_is_never_code(self, ask: Ask, key: str) -> None:
        odd = '</script><!--"\u2028\\'
        WebsiteSettings.objects.update(texts={"vi": [odd, "Có", "Không"], "en": ["a", "b", "c"]})
        text = ask(f"/quen.js?k={key}").text.decode()
        assert "</script>" not in text and "\u2028" not in text
        found = re.match(r"\(\(\)=>\{const QUEN_SITE=(\{.*?\});\(?function|.*", text, re.DOTALL)
        assert found is not None and found[1] is not None
        assert json.loads(found[1])["texts"]["vi"][0] == odd


class TestKilled:
    @proof(
        "nothing that the website's collector acknowledged is lost at kill -9, nothing counts twice",
        requests=REQUESTS,
        kills=KILLS + 1,
    )
    def test_web_and_worker(
        self, test_server: str, tmp_path: Path, key: str, committed_workspace: Any
    ) -> None:
        """Kill the web process under load, then the worker's process again and again while it processes."""
        requests = bench.requests(key, SHOP, REQUESTS)
        environment = {
            **os.environ,
            **environment_of_web_process(test_server, tmp_path),
            "QUEN_WEBSITE_REQUESTS_PER_CLIENT": "1000000",
        }
        with web_process(environment) as (process, port):
            seen = bench.LoadResult()
            loading = threading.Thread(
                target=lambda: asyncio.run(bench.load("127.0.0.1", port, requests, into=seen))
            )
            loading.start()
            assert wait_until(lambda: len(seen.acknowledged) > REQUESTS // 4, PATIENCE_SECONDS)
            kill_session(process)
            loading.join()
        acknowledged = {bench.event_id(number) for number in seen.acknowledged}
        for kill in range(KILLS):
            # At one moment it has just taken a batch, at another it is in the middle of one.
            kill_while_it_processes(environment, committed_workspace.pk, batches=1 + kill % 3)
        ingest.process(workspace_id=committed_workspace.pk, now=clock.now())
        keys = list(WebsiteAction.objects.values_list("key", flat=True))
        assert len(keys) == len(set(keys))
        assert acknowledged - set(keys) == set()
        assert sum(WebsiteSession.objects.values_list("views", flat=True)) == len(keys)
