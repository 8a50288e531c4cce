"""Reading SQL files into dataclasses, and Relations: SQL that rooms hand to each other.

A Relation is a SELECT with named columns and bound parameters. The room that writes a table composes the
Relations of others into one statement and never spells their table names.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar, cast

import psycopg
from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import QuerySet

Row = TypeVar("Row")
_counter = itertools.count()
_planned_once: ContextVar[bool] = ContextVar("planned_once", default=False)
_NAMED = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class Relation:
    """A SELECT as a value. ``text`` uses %(name)s placeholders only; ``columns`` name what comes out."""

    text: str
    params: Mapping[str, Any] = field(default_factory=dict)
    columns: tuple[str, ...] = ()

    @classmethod
    def from_queryset(cls, queryset: QuerySet[Any, Any], columns: Sequence[str]) -> Relation:
        """Make a Relation of a ``values_list`` QuerySet; an always-empty one becomes a SELECT without rows."""
        try:
            text, params = queryset.query.sql_with_params()
        except EmptyResultSet:
            nothing = ", ".join(f"NULL::bigint AS {name}" for name in columns)
            return cls(f"SELECT {nothing} WHERE false", {}, tuple(columns))
        names = [f"q{next(_counter)}" for _ in params]
        pieces = text.split("%s")
        woven = "".join(
            piece + (f"%({names[i]})s" if i < len(names) else "") for i, piece in enumerate(pieces)
        )
        return cls(woven, dict(zip(names, params, strict=True)), tuple(columns))

    def renamed(self) -> Relation:
        """Give the same Relation with parameter names nobody else uses, so that it composes."""
        mapping = {name: f"p{next(_counter)}" for name in self.params}
        text = _NAMED.sub(lambda match: f"%({mapping[match[1]]})s", self.text)
        return Relation(text, {mapping[k]: v for k, v in self.params.items()}, self.columns)


def compose(template: str, **parts: Any) -> Relation:
    """Weave Relations and plain values into one statement.

    ``{name}`` in the template takes a Relation in brackets; ``%(name)s`` stays a bound parameter.
    """
    params: dict[str, Any] = {}
    texts: dict[str, str] = {}
    for name, part in parts.items():
        if isinstance(part, Relation):
            unique = part.renamed()
            texts[name] = f"({unique.text})"
            params |= unique.params
        else:
            params[name] = part
    return Relation(template.format(**texts) if texts else template, params)


@cache
def _load(name: str) -> str:
    room, _, statement = name.partition("/")
    return files(f"quen.apps.{room}").joinpath("sql", f"{statement}.sql").read_text(encoding="utf-8")


def text(name: str, **pieces: str) -> str:
    """Give the text of ``apps/<room>/sql/<statement>.sql``, its {named} gaps filled with SQL of our own making."""
    return _load(name).format(**pieces) if pieces else _load(name)


def fetch(name: str, *, into: type[Row], **params: Any) -> list[Row]:
    """Run ``apps/<room>/sql/<statement>.sql`` and give its rows as frozen dataclasses."""
    with connection.cursor() as cursor:
        cursor.execute(_load(name), params)
        return [into(*row) for row in cursor.fetchall()]


def rows(relation: Relation) -> list[tuple[Any, ...]]:
    """Run a Relation and give its rows."""
    with _cursor() as cursor:
        cursor.execute(relation.text, dict(relation.params))
        return cast("list[tuple[Any, ...]]", cursor.fetchall())


@contextmanager
def planned_once() -> Iterator[None]:
    """Let what ``rows`` and ``execute`` run in the block be planned once a connection instead of each time.

    For a handful of statements that are run hundreds of times a minute. A plan fits the tables as they were when it
    was made: call ``forget_plans`` every few seconds.
    """
    before = _planned_once.set(True)
    try:
        yield
    finally:
        _planned_once.reset(before)


def forget_plans() -> None:
    """Let statements of ``planned_once`` be planned anew on this connection."""
    with planned_once(), _cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")


@contextmanager
def _cursor() -> Iterator[Any]:
    with connection.cursor() as usual:
        if not _planned_once.get():
            yield usual
            return
        raw = cast("psycopg.Connection", connection.connection)
        # Django's own cursors never prepare: they bind on this side.
        raw.prepare_threshold = 0
        with connection.wrap_database_errors, psycopg.Cursor(raw) as cursor:
            yield cursor


def execute(statement: Relation) -> int:
    """Run a writing statement and give the number of rows it touched."""
    with _cursor() as cursor:
        cursor.execute(statement.text, dict(statement.params))
        return int(cursor.rowcount)


@contextmanager
def read_only(*, timeout_ms: int) -> Iterator[None]:
    """Run the block in a read-only transaction that the server ends after ``timeout_ms``.

    Inside an open transaction only the timeout holds: PostgreSQL refuses to narrow a transaction that has written.
    """
    nested = connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if not nested:
            cursor.execute("SET TRANSACTION READ ONLY")
        cursor.execute(f"SET LOCAL statement_timeout = {int(timeout_ms)}")
        yield
        if nested:
            cursor.execute("SET LOCAL statement_timeout = 0")
