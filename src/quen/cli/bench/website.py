"""The collector of the website script under load, and the processing of what it took."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Final

from django.db import connection

from quen.apps.ingest.services import process
from quen.apps.website import queries, services
from quen.apps.website.types import WebsiteValues
from quen.cli.bench.measure import BenchResult, measure_time, percentile
from quen.cli.bench.tracking import LoadResult, load, web_process
from quen.core import clock, schemas, sql
from quen.core.actors import SYSTEM
from quen.core.database.base import PUBLIC
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

__all__ = ["LoadResult", "bench_collector", "event_id", "load", "requests"]
_VISITS: Final = 8


def event_id(number: int) -> str:
    """Return the id of the event that a request carries."""
    return f"event-{number:09d}"


def requests(key: str, origin: str, how_many: int) -> list[bytes]:
    """Return requests with one page view each, as browsers send them; every eight are of one visitor."""
    head = (
        f"POST /q/{key} HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: {origin}\r\nContent-Type: text/plain\r\n"
        "User-Agent: Mozilla/5.0 (Linux; Android 14) Chrome/140.0.0.0 Mobile Safari/537.36\r\nContent-Length: "
    )
    made = []
    for number in range(how_many):
        view = {
            "id": event_id(number),
            "type": "view",
            "url": f"{origin}/san-pham/{number % 50}",
            "title": "Trà sen Tây Hồ ướp tay",
            "age": 0.01,
        }
        body = json.dumps({"visitor": f"visitor-{number // _VISITS:016d}", "events": [view]}).encode()
        made.append(f"{head}{len(body)}\r\n\r\n".encode() + body)
    return made


def bench_collector(workspace: Workspace, size: int, how_many: int = 40_000) -> list[BenchResult]:
    """Load the collector of a real web process, then process what it took."""
    key, origin = services.public_key(workspace.pk), "https://www.trasen.vn"
    _clear_raw_events()
    with schemas.use(workspace.schema_name):
        _switch_on(origin)
    unlimited = dict.fromkeys(
        ("QUEN_WEBSITE_REQUESTS_PER_CLIENT", "QUEN_WEBSITE_REQUESTS_PER_SITE"), "10000000"
    )
    with web_process(unlimited) as (_process, port):
        loaded = asyncio.run(load("127.0.0.1", port, requests(key, origin, how_many), connections=128))
    with measure_time() as spent:
        processed = process(workspace_id=workspace.pk, now=clock.now()).processed
    with schemas.use(workspace.schema_name):
        ((stored,),) = sql.rows(Relation("SELECT count(*) FROM website_websiteaction", {}))
    rate = loaded.per_second
    return [
        BenchResult(
            "website events taken", size, rate, "/s", seconds=loaded.seconds,
            notes=f"p95 {percentile(loaded.latencies, 0.95) * 1000:.0f} ms; {loaded.refused:,} refused",
        ),
        BenchResult(
            "website events processed", size, processed / spent.seconds, "/s", seconds=spent.seconds,
            notes=f"{processed:,} requests, {stored:,} actions",
        ),
    ]  # fmt: skip


def _switch_on(origin: str) -> None:
    settings = queries.website_settings()
    values = WebsiteValues(
        enabled=True,
        origins=(origin,),
        banner=True,
        texts=queries.banner_texts(settings),
        privacy_url="",
        background=settings.background,
        text_colour=settings.text_colour,
        button=settings.button,
        retention_days=settings.retention_days,
    )
    services.update_settings(values=values, actor=SYSTEM, now=clock.now())


def _clear_raw_events() -> None:
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        cursor.execute("TRUNCATE ingest_rawevent")
