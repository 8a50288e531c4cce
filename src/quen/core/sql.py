"""SQL files read into dataclasses, and Relations: SELECT statements that apps pass to each other.

A Relation is a SELECT with named columns and bound parameters. The app that writes a table composes the Relations of
other apps into one statement and never spells their table names. Statements are assembled with ``psycopg.sql``:
parameters stay placeholders, and nothing a user typed ever becomes SQL text.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, TypeVar, cast

import psycopg
from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections, transaction
from django.db.models import QuerySet
from psycopg.sql import SQL, Composable, Composed, Placeholder

from quen.core import citus

Row = TypeVar("Row")
_counter = itertools.count()
_use_prepared: ContextVar[bool] = ContextVar("use_prepared", default=False)
#: in a statement with parameters ``%%`` is one per cent sign, so a placeholder never begins inside it
_NAMED = re.compile(r"%%|%\((?P<name>\w+)\)s")
_POSITIONAL = re.compile(r"%%|(?P<name>%s)")
#: a gap of a template: braces around a name. ``'{}'`` and ``'{"a": 1}'`` are SQL and stay as they are.
_GAP = re.compile(r"\{(?P<name>[a-z_][a-z0-9_]*)\}")


@dataclass(frozen=True, slots=True)
class Relation:
    """A SELECT as a value. ``text`` has ``%(name)s`` placeholders only; ``columns`` names what comes out, in order."""

    text: str
    params: Mapping[str, Any] = field(default_factory=dict)
    columns: tuple[str, ...] = ()

    @classmethod
    def from_queryset(cls, queryset: QuerySet[Any, Any], columns: Sequence[str]) -> Relation:
        """Return the Relation of a ``values_list`` QuerySet; one that is always empty becomes a SELECT without rows."""
        try:
            text, params = queryset.query.sql_with_params()
        except EmptyResultSet:
            nothing = ", ".join(f"NULL::bigint AS {name}" for name in columns)
            return cls(f"SELECT {nothing} WHERE false", {}, tuple(columns))
        names = iter([f"q{next(_counter)}" for _ in params])
        bound: dict[str, Any] = {}

        def bind(_positional: str) -> Placeholder:
            name = next(names)
            bound[name] = params[len(bound)]
            return Placeholder(name)

        composed = _split(text, _POSITIONAL, bind)
        if len(bound) != len(params):
            raise ValueError(f"{len(params)} parameters for {len(bound)} placeholders: {text}")
        return cls(composed.as_string(), bound, tuple(columns))

    def renamed(self) -> Relation:
        """Return the same Relation with parameter names that no other Relation uses, so that it composes."""
        names = {name: f"p{next(_counter)}" for name in self.params}
        composed = _split(self.text, _NAMED, lambda name: Placeholder(names[name]))
        return Relation(
            composed.as_string(), {names[name]: value for name, value in self.params.items()}, self.columns
        )


def compose(template: str, **parts: Any) -> Relation:
    """Return one statement made of a template, Relations and plain values.

    ``{name}`` in the template is replaced by the Relation ``name`` in brackets; ``%(name)s`` stays a bound parameter.
    Raises KeyError for a gap without a Relation.
    """
    if _use_prepared.get():
        return _compose_prepared(template, parts)
    params: dict[str, Any] = {}
    pieces: dict[str, Composable] = {}
    for name, part in parts.items():
        if isinstance(part, Relation):
            unique = part.renamed()
            pieces[name] = SQL("({})").format(_raw(unique.text))
            params |= unique.params
        else:
            params[name] = part
    return Relation(_fill(template, pieces), params)


def _compose_prepared(template: str, parts: Mapping[str, Any]) -> Relation:
    """Compose a statement that is run again and again: its text is put together once, and is the same each time."""
    relations = {name: part for name, part in parts.items() if isinstance(part, Relation)}
    params = {name: part for name, part in parts.items() if name not in relations}
    for gap, part in relations.items():
        params |= {f"{gap}__{name}": value for name, value in part.params.items()}
    return Relation(_prepared_text(template, *((gap, part.text) for gap, part in relations.items())), params)


@lru_cache(256)
def _prepared_text(template: str, *relations: tuple[str, str]) -> str:
    return _fill(template, {gap: _in_gap(gap, text) for gap, text in relations})


def _in_gap(gap: str, text: str) -> Composable:
    """Return the text of a Relation in brackets, its parameters named after the gap it fills."""

    def rename(name: str) -> Placeholder:
        return Placeholder(f"{gap}__{name}")

    return SQL("({})").format(_split(text, _NAMED, rename))


def text(name: str, **pieces: str) -> str:
    """Return the text of ``apps/<app>/sql/<statement>.sql``, its ``{named}`` gaps filled with SQL of our own making."""
    return _fill(_load(name), {gap: _raw(piece) for gap, piece in pieces.items()}) if pieces else _load(name)


def _fill(template: str, pieces: Mapping[str, Composable]) -> str:
    return _split(template, _GAP, lambda gap: pieces[gap]).as_string() if pieces else template


def _split(text: str, pattern: re.Pattern[str], replace: Callable[[str], Composable]) -> Composed:
    """Cut a statement at the named matches of a pattern and put a composable in the place of each."""
    parts: list[Composable] = []
    start = 0
    for match in pattern.finditer(text):
        if match["name"] is None:
            continue
        parts += [_raw(text[start : match.start()]), replace(match["name"])]
        start = match.end()
    return Composed([*parts, _raw(text[start:])])


def _raw(text: str) -> SQL:
    # Not what a user typed: files, QuerySets and registered conditions make these texts.
    return SQL(text)


@cache
def _load(name: str) -> str:
    app, _, statement = name.partition("/")
    return files(f"quen.apps.{app}").joinpath("sql", f"{statement}.sql").read_text(encoding="utf-8")


def fetch(name: str, *, into: type[Row], **params: Any) -> list[Row]:
    """Run ``apps/<app>/sql/<statement>.sql`` and return its rows as dataclasses of type ``into``."""
    with connection.cursor() as cursor:
        cursor.execute(_load(name), params)
        return [into(*row) for row in cursor.fetchall()]


def array(numbers: Iterable[int]) -> str:
    """Return whole numbers as PostgreSQL writes an array. For ``%(ids)s::bigint[]``: a list takes the driver longer."""
    return "{" + ",".join(map(str, numbers)) + "}"


def rows(relation: Relation) -> list[tuple[Any, ...]]:
    """Run a Relation and return its rows."""
    with _cursor() as cursor:
        cursor.execute(relation.text, dict(relation.params))
        return cast("list[tuple[Any, ...]]", cursor.fetchall())


def estimated_rows(relation: Relation) -> int:
    """Return the number of rows that the planner expects of a Relation, without running it."""
    explained = rows(Relation(f"EXPLAIN (FORMAT JSON) {relation.text}", relation.params))
    return citus.planned_rows(explained[0][0])


def rows_of_each(*relations: Relation) -> list[list[tuple[Any, ...]]]:
    """Run several Relations one after the other in one round trip, as prepared statements; return the rows of each."""
    with prepared_statements(), ExitStack() as stack:
        cursors = [stack.enter_context(_cursor()) for _each in relations]
        with connections[DEFAULT_DB_ALIAS].connection.pipeline():
            for cursor, relation in zip(cursors, relations, strict=True):
                cursor.execute(relation.text, dict(relation.params))
        return [cursor.fetchall() for cursor in cursors]


@contextmanager
def prepared_statements() -> Iterator[None]:
    """Run the statements of the block as prepared statements, planned once per connection instead of each time.

    For a few statements that run hundreds of times a minute. A plan fits the tables as they were when it was made:
    call ``discard_prepared`` every few seconds.
    """
    before = _use_prepared.set(True)
    try:
        yield
    finally:
        _use_prepared.reset(before)


def discard_prepared() -> None:
    """Drop the prepared statements of this connection, so that the next run plans again."""
    with prepared_statements(), _cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")


@contextmanager
def _cursor() -> Iterator[Any]:
    if not _use_prepared.get():
        with connection.cursor() as usual:
            yield usual
        return
    database: Any = connections[DEFAULT_DB_ALIAS]
    database.set_path()
    raw = cast("psycopg.Connection", database.connection)
    # Django's own cursors never prepare: they bind on this side.
    raw.prepare_threshold = 0
    with database.wrap_database_errors, psycopg.Cursor(raw) as cursor:
        yield cursor


def execute(statement: Relation) -> int:
    """Run a statement that writes and return the number of rows it touched."""
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
