"""Baselines: the least time that PostgreSQL itself needs for the same rows."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from django.db import connection

from quen.cli.bench.measure import measure_time
from quen.core import schemas

#: parents before children, since foreign keys are checked immediately
TABLES = (
    "contacts_source",
    "contacts_tag",
    "contacts_field",
    "contacts_consentproof",
    "contacts_contact",
    "contacts_contactidentity",
    "contacts_contacttag",
    "contacts_consententry",
    "contacts_bulkchange",
    "contacts_bulkchangerow",
    "events_event",
)


def row_counts() -> dict[str, int]:
    """Return the number of rows of every table that an import writes, in the current schema."""
    with connection.cursor() as cursor:
        counts = {}
        for table in TABLES:
            cursor.execute(f"SELECT count(*) FROM {table}")
            counts[table] = int(cursor.fetchone()[0])
        return counts


def bare_copy_seconds(*, source: str, target: str, after: Mapping[str, int]) -> tuple[float, int]:
    """Copy every row of the schema ``source`` into the empty ``target`` by plain binary COPY.

    Both have all their indexes and keys. Returns the seconds of the COPY FROM alone, and the number of rows.
    """
    seconds, rows = 0.0, 0
    with tempfile.TemporaryDirectory() as folder:
        for table in TABLES:
            if not after[table]:
                continue
            columns = _columns(source, table)
            path = Path(folder) / table
            with schemas.use(source), connection.cursor() as cursor, path.open("wb") as file:
                for block in _copy(cursor, f"COPY (SELECT {columns} FROM {table}) TO STDOUT (FORMAT binary)"):
                    file.write(block)
            with schemas.use(target), connection.cursor() as cursor, path.open("rb") as file:
                cursor.execute("SELECT 1")
                with measure_time() as bare:
                    copying = cursor.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT binary)")
                    with copying as copy:
                        while block := file.read(1 << 20):
                            copy.write(block)
                seconds += bare.seconds
                rows += after[table]
            path.unlink()
    return seconds, rows


def _copy(cursor: Any, statement: str) -> Iterator[bytes]:
    with cursor.copy(statement) as copy:
        yield from copy


def _columns(schema: str, table: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
            " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
            [f"{schema}.{table}"],
        )
        return str(cursor.fetchone()[0])
