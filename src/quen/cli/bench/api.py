"""The API: how many rows a bulk upsert writes a second, and how many events a batch records."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.test import Client

from quen.apps.api import services as api
from quen.apps.api.registry import scope_keys
from quen.apps.api.types import API_PATH
from quen.cli.bench.measure import BenchResult, measure_time
from quen.core import schemas
from quen.core.actors import SYSTEM

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

_ROWS = 10_000
_CALLS = 3
_EVENTS_PER_SECOND = 5_000


def bench_api(workspace: Workspace, size: int, now: datetime, *, import_rate: float) -> Iterator[BenchResult]:
    """Yield the rate of a bulk upsert of new people, of the same people again, and of events in batches.

    Measured from the bytes of the request to those of the answer. import_rate: rows a second of an import.
    """
    settings.API_RATE = "100000/minute"
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "testserver"]
    with schemas.use(workspace.schema_name):
        token = api.create_key(name="bench", scopes=scope_keys(), actor=SYSTEM, now=now).token
    # The first call of a process builds the interface.
    Client().get(f"{API_PATH}key", headers={"Authorization": f"Bearer {token}"})
    people = [[_person(call * _ROWS + row) for row in range(_ROWS)] for call in range(_CALLS)]
    for label in ("bulk upsert of new people", "bulk upsert of the same people"):
        seconds = sum(_call(token, "contacts/bulk", {"contacts": rows}) for rows in people)
        yield _rate(f"api: {label}", size, seconds, target=round(import_rate / 2))
    batches = [
        [{"name": "Đặt lịch hẹn", "phone": row["phone"], "properties": {"chi_nhanh": "Q1"}} for row in rows]
        for rows in people
    ]
    seconds = sum(_call(token, "events", {"events": rows}) for rows in batches)
    yield _rate("api: events in batches", size, seconds, target=_EVENTS_PER_SECOND)


def _person(number: int) -> dict[str, Any]:
    return {
        "phone": f"098{number:07d}",
        "email": f"api{number}@example.com",
        "full_name": f"Nguyễn Thị Lan {number}",
        "birth_on": f"19{60 + number % 40}-05-17",
        "province": "Đà Nẵng",
        "tags": ["VIP"] if number % 5 == 0 else [],
        "external_ids": {"kiotviet": f"KV{number}"},
    }


def _call(token: str, path: str, body: Any) -> float:
    sent = json.dumps(body).encode()
    with measure_time() as taken:
        answer = Client().post(
            API_PATH + path,
            sent,
            content_type="application/json",
            headers={"Authorization": f"Bearer {token}"},
        )
    if answer.status_code != 200:
        raise RuntimeError(answer.content.decode()[:500])
    return taken.seconds


def _rate(name: str, size: int, seconds: float, *, target: int = 0) -> BenchResult:
    rate = _ROWS * _CALLS / seconds
    return BenchResult(
        name, size, rate, "rows/s",
        target=f"≥ {target:,} a second" if target else "",
        reached=rate >= target if target else None,
        seconds=seconds, notes=f"{_CALLS} calls of {_ROWS:,}",
    )  # fmt: skip
