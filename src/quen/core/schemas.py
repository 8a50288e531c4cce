"""Schemas and migrations: ``public``, one schema per workspace, and a template that new ones are copied from.

Django's ``migrate`` would replay the state of every app for every schema. This runner finds in one statement which
schemas are behind and migrates only those; it creates a workspace from a dump of the template schema in half a second.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from django.conf import settings
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from quen.core import citus, postgres
from quen.core.database import outage
from quen.core.database.base import PUBLIC, DatabaseWrapper

if TYPE_CHECKING:
    from quen.core.locks import AdvisoryLock

TEMPLATE = "quen_template_schema"
#: an operator installs them on every node of a cluster; elsewhere Quen creates them
EXTENSIONS = ("pg_trgm", "btree_gin")
Answer = TypeVar("Answer")


def current() -> str:
    """Return the schema that the current connection uses."""
    return cast("DatabaseWrapper", connection).schema_name


@contextmanager
def use(schema: str) -> Iterator[None]:
    """Use a schema for the length of a block."""
    wrapper = cast("DatabaseWrapper", connection)
    before = wrapper.schema_name
    wrapper.use_schema(schema)
    try:
        yield
    finally:
        wrapper.use_schema(before)


@dataclass(frozen=True, slots=True)
class Visits(Generic[Answer]):
    """What the schemas answered. away: those whose node can't be reached, with the database's reason."""

    answers: dict[str, Answer]
    away: dict[str, str]

    def missing(self) -> list[str]:
        """Return one line per reason, with the schemas it concerns: "ws_1, ws_2: connection to … failed"."""
        reasons = dict.fromkeys(self.away.values())
        return [
            f"{', '.join(name for name, said in self.away.items() if said == reason)}: {reason}"
            for reason in reasons
        ]


def visit(schemas: Iterable[str], ask: Callable[[str], Answer]) -> Visits[Answer]:
    """Ask one schema after the other, and leave out those whose node can't be reached.

    A node that failed is not asked again: finding out that a machine is gone may take half a minute.
    """
    found: Visits[Answer] = Visits({}, {})
    silent: dict[str, str] = {}
    nodes: dict[str, str] | None = None
    for schema in schemas:
        if nodes and nodes.get(schema) in silent:
            found.away[schema] = silent[nodes[schema]]
            continue
        try:
            with use(schema), transaction.atomic() if connection.in_atomic_block else nullcontext():
                found.answers[schema] = ask(schema)
        except Exception as error:
            if not outage.is_node_away(error):
                raise
            found.away[schema] = outage.reason(error)
            nodes = citus.nodes() if nodes is None else nodes
            if schema in nodes:
                silent[nodes[schema]] = found.away[schema]
    return found


class Router:
    """Keeps each app's tables either in ``public`` or in the workspaces."""

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """Return whether an app belongs to the schema being migrated."""
        return (app_label in settings.WORKSPACE_APPS) == (current() != PUBLIC)


def migrate_all(report: Callable[[str], None] = lambda _line: None) -> int:
    """Migrate public, the template and every workspace that is behind. Return how many schemas were migrated.

    Safe to run at every start and by several processes at once. A schema that fails stops the run; the next run
    continues with the rest. A workspace whose node can't be reached is left to the next run.
    """
    with use(PUBLIC), _migration_lock().session(wait=True):
        _create_extensions()
        touched = 0
        loader = MigrationLoader(None)
        public_leaves = _leaves(loader, workspace=False)
        workspace_leaves = _leaves(loader, workspace=True)
        if not _applied([PUBLIC]).answers[PUBLIC] >= _known(loader, workspace=False):
            report("Updating the shared tables")
            with citus.local_ddl():
                _migrate(PUBLIC, public_leaves)
            touched += 1
        wanted = _known(loader, workspace=True)
        state = _applied([TEMPLATE, *workspace_schemas()])
        for line in state.missing():
            report(f"Out of reach: {line}")
        for schema, applied in state.answers.items():
            if not applied >= wanted:
                report(f"Updating {schema}")
                if applied and schema != TEMPLATE:
                    _migrate(schema, workspace_leaves)
                else:
                    _migrate_here(schema, workspace_leaves)
                touched += 1
        _cache_template(wanted)
        return touched


@dataclass(frozen=True, slots=True)
class MigrationState:
    """behind: schemas whose migrations are behind the code. away: one line per node that can't be reached."""

    behind: list[str]
    away: list[str]


def migration_state() -> MigrationState:
    """Return which schemas are behind the code, and of which that is unknown because their node can't be reached."""
    loader = MigrationLoader(None)
    if not _applied([PUBLIC]).answers[PUBLIC] >= _known(loader, workspace=False):
        return MigrationState([PUBLIC], [])
    wanted = _known(loader, workspace=True)
    state = _applied([TEMPLATE, *workspace_schemas()])
    behind = [schema for schema, applied in state.answers.items() if not applied >= wanted]
    return MigrationState(behind, state.missing())


def known_migrations(*, workspace: bool) -> set[str]:
    """Return the migrations this code knows, of workspaces or of the shared schema, as "app.name"."""
    return {f"{app}.{name}" for app, name in _known(MigrationLoader(None), workspace=workspace)}


def create_schema(schema: str) -> None:
    """Copy the template to a new schema and place it on a node, inside the caller's transaction."""
    _copy_template(schema)
    citus.distribute_schema(schema)


def _copy_template(schema: str) -> None:
    with use(PUBLIC), connection.cursor() as cursor:
        cursor.execute("SELECT script FROM accounts_schematemplate ORDER BY id DESC LIMIT 1")
        row = cursor.fetchone()
        if row is None:
            raise RuntimeError("migrations have not run yet: no template script")
        script = re.sub(rf"\b{TEMPLATE}\b", schema, row[0])
        with transaction.atomic(), citus.local_ddl(), connection.wrap_database_errors:
            cursor.connection.execute(script)
    cast("DatabaseWrapper", connection)._path_set = None


def create_schema_at(schema: str, migrations: Collection[str]) -> None:
    """Create an empty schema in which exactly these migrations ("app.name") have run, inside the caller's transaction.

    It is on this server, where rows are loaded with their ids; ``citus.distribute_schema`` places it on a node then.
    Raises ValueError when the migrations have no such state.
    """
    wanted = {(app, name) for app, _dot, name in (migration.partition(".") for migration in migrations)}
    loader = MigrationLoader(None)
    if wanted == _known(loader, workspace=True):
        _copy_template(schema)
        return
    nodes = loader.graph.node_map
    if not wanted or not wanted <= _known(loader, workspace=True):
        raise ValueError("unknown migrations")
    last = [key for key in wanted if not {child.key for child in nodes[key].children} & wanted]
    _migrate_here(schema, sorted(last))
    if _applied_in(schema) != wanted:
        raise ValueError("migrations whose dependencies are missing")


def migrate_schema(schema: str) -> None:
    """Run the missing migrations in one workspace's schema."""
    loader = MigrationLoader(None)
    if not _applied_in(schema) >= _known(loader, workspace=True):
        _migrate(schema, _leaves(loader, workspace=True))


def drop_schema(schema: str) -> None:
    """Drop a workspace's schema with everything in it."""
    if schema in (PUBLIC, TEMPLATE):
        raise ValueError(schema)
    with use(PUBLIC), connection.cursor() as cursor:
        cursor.execute(f'DROP SCHEMA IF EXISTS "{schema}" CASCADE')


def is_archived(schema: str) -> bool:
    """Return whether a workspace is archived, or deleted."""
    with use(PUBLIC), connection.cursor() as cursor:
        cursor.execute("SELECT archived_at IS NULL FROM accounts_workspace WHERE schema_name = %s", [schema])
        row = cursor.fetchone()
        return schema != PUBLIC and not (row and row[0])


def workspace_schemas() -> list[str]:
    """Return the names of all workspace schemas."""
    with use(PUBLIC), connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.accounts_workspace') IS NOT NULL")
        if not cursor.fetchone()[0]:
            return []
        cursor.execute("SELECT schema_name FROM accounts_workspace ORDER BY id")
        return [name for (name,) in cursor.fetchall()]


@cache
def _migration_lock() -> AdvisoryLock:
    """Return the lock that lets two processes starting at once migrate one after the other."""
    from quen.core.locks import AdvisoryLock  # locks are named by schema, so that module needs this one

    return AdvisoryLock("core.migrations")


def _create_extensions() -> None:
    """Create what is missing: only who owns an extension may ask again for one that exists, once nodes have it."""
    with connection.cursor() as cursor:
        for name in EXTENSIONS:
            cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = %s)", [name])
            if not cursor.fetchone()[0]:
                cursor.execute(f"CREATE EXTENSION IF NOT EXISTS {name}")


def _leaves(loader: MigrationLoader, *, workspace: bool) -> list[tuple[str, str]]:
    return [leaf for leaf in loader.graph.leaf_nodes() if (leaf[0] in settings.WORKSPACE_APPS) == workspace]


def _known(loader: MigrationLoader, *, workspace: bool) -> set[tuple[str, str]]:
    nodes = loader.disk_migrations
    return {key for key in nodes if (key[0] in settings.WORKSPACE_APPS) == workspace}


def _applied(schemas: Sequence[str]) -> Visits[set[tuple[str, str]]]:
    return visit(schemas, _applied_in)


def _applied_in(schema: str) -> set[tuple[str, str]]:
    """Return the migrations that have run in a schema; none when it does not exist."""
    with use(PUBLIC), connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f"{schema}.django_migrations"])
        if not cursor.fetchone()[0]:
            return set()
        cursor.execute(f"SELECT app, name FROM {schema}.django_migrations")
        return set(cursor.fetchall())


def _ensure_schema(schema: str) -> None:
    # Create the table first: public is next in the search path, so Django would find and write to public's table.
    with use(PUBLIC), connection.cursor() as cursor:
        cursor.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        cursor.execute(
            f"CREATE TABLE IF NOT EXISTS {schema}.django_migrations (id bigint GENERATED BY DEFAULT AS IDENTITY"
            " PRIMARY KEY, app varchar(255) NOT NULL, name varchar(255) NOT NULL, applied timestamptz NOT NULL)"
        )


def _migrate_here(schema: str, leaves: Sequence[tuple[str, str]]) -> None:
    """Migrate a schema that is on this server, also on Citus; create it if it does not exist."""
    with citus.local_ddl():
        _ensure_schema(schema)
        _migrate(schema, leaves)


def _migrate(schema: str, leaves: Sequence[tuple[str, str]]) -> None:
    with use(schema):
        MigrationExecutor(connection).migrate(list(leaves))


def _cache_template(wanted: set[tuple[str, str]]) -> None:
    """Store the template's script as a row, so that creating a workspace does not have to run pg_dump."""
    fingerprint = hashlib.sha256(repr(sorted(wanted)).encode() + _sources_hash()).hexdigest()
    with use(PUBLIC), connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM accounts_schematemplate WHERE fingerprint = %s", [fingerprint])
        if cursor.fetchone():
            return
        script = _dump_template()
        cursor.execute("DELETE FROM accounts_schematemplate")
        cursor.execute(
            "INSERT INTO accounts_schematemplate (fingerprint, script, created_at) VALUES (%s, %s, now())",
            [fingerprint, script],
        )


@cache
def _sources_hash() -> bytes:
    return hashlib.sha256(Path(__file__).read_bytes()).digest()


def _dump_template() -> str:
    params = connection.get_connection_params()
    env = {**os.environ, "PGPASSWORD": str(params.get("password") or "")}
    command = [
        str(postgres.binary("pg_dump")),
        "--schema-only",
        "--no-owner",
        "--no-privileges",
        "-n",
        TEMPLATE,
    ]
    for flag, key in (("-h", "host"), ("-p", "port"), ("-U", "user"), ("-d", "dbname")):
        if params.get(key):
            command += [flag, str(params[key])]
    dump = subprocess.run(command, check=True, capture_output=True, text=True, env=env).stdout
    # pg_dump 18 writes \restrict lines and SETs that psycopg or an older server refuse.
    kept = [
        line for line in dump.splitlines() if not re.match(r"(\\|SET |SELECT pg_catalog\.set_config)", line)
    ]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT app, name FROM {TEMPLATE}.django_migrations ORDER BY id")
        values = ", ".join(f"('{app}', '{name}', now())" for app, name in cursor.fetchall())
    kept.append(f"INSERT INTO {TEMPLATE}.django_migrations (app, name, applied) VALUES {values};")
    return "\n".join(kept)
