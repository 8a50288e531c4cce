"""Measurement of the job that finds contacts who may be one person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection

from quen.apps.contacts import queries as contacts
from quen.apps.duplicates import services
from quen.cli.bench.measure import BenchResult, measure_time
from quen.core import clock, schemas

if TYPE_CHECKING:
    from collections.abc import Iterator

    from quen.apps.accounts.models import Workspace

_CHANGED = 1_000


def bench_duplicates(workspace: Workspace, size: int) -> Iterator[BenchResult]:
    """Compare everybody as the first run does, then a thousand who changed; baseline: the table read once."""
    with schemas.use(workspace.schema_name):
        with measure_time() as bare, connection.cursor() as cursor:
            cursor.execute("SELECT count(*), max(search), max(attrs::text) FROM contacts_contact")
        yield _scan("duplicates job, first run", size, bare.seconds)
        ids = list(contacts.contacts().order_by("pk").values_list("pk", flat=True)[:_CHANGED])
        services.note_changed(contacts.relation_of_ids(ids), now=clock.now())
        yield _scan(f"duplicates job, {_CHANGED:,} changed", size, bare.seconds)


def _scan(path: str, size: int, bare_seconds: float) -> BenchResult:
    with measure_time() as run:
        compared = services.scan(clock=clock.now)
    return BenchResult(
        path,
        size,
        compared / run.seconds,
        "contacts/s",
        size / bare_seconds,
        "the table read once",
        bare_seconds / run.seconds,
        seconds=run.seconds,
        notes=f"{run.seconds:.1f} s for {compared:,}",
    )
