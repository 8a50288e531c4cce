"""``quen cluster adopt | leave``: a workspace's tables go to a node of the cluster, or come back to the coordinator.

A workspace is paused first. Then everything happens in one transaction: after an error, or when the process is killed,
its tables are as they were, and the command can be run again: it resumes what it finds paused by itself.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import Error, connection, transaction

from quen.apps.accounts import services as accounts
from quen.apps.accounts.types import PauseReason
from quen.cli.base import CommandError
from quen.cli.cluster import catalog, rows
from quen.cli.cluster.catalog import SchemaPlace
from quen.cli.i18n import _
from quen.core import citus, clock, postgres, schemas
from quen.core.database.base import PUBLIC
from quen.core.locks import AdvisoryLock

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

Report = Callable[[str], None]
_LOCK = AdvisoryLock("cluster.conversion")
#: who pauses a workspace for a conversion, as the log names it
_PAUSED_BY = "quen cluster"
_LOCK_SECONDS = 60
_LOCK_TIMEOUT = "55P03"
#: lines of a dump that set what is set already, or that only psql understands
_SETTINGS = re.compile(r"(\\|SET |SELECT pg_catalog\.set_config)")


@dataclass(frozen=True, slots=True)
class Converted:
    """What happened to a workspace. rows: in how many rows its tables were counted before and after."""

    slug: str
    name: str
    rows: int
    seconds: float
    node: str
    changed: bool


def adopt(workspace: Workspace, report: Report) -> Converted:
    """Place the tables of a workspace on a node, and return what was done. Raises CommandError, WorkspaceStillBusy."""
    place = _place_of(workspace)
    if place.is_placed and not was_interrupted(workspace):
        return Converted(workspace.slug, workspace.name, 0, 0, _node_of(workspace), changed=False)
    if place.is_distributed and not place.is_placed:
        text = _("“%(name)s” is only partly placed. First: quen cluster leave %(slug)s")
        raise CommandError(text % {"name": workspace.name, "slug": workspace.slug}, code="partly_placed")
    _ensure_nodes_answer()
    if not place.is_placed:
        _ensure_fits(workspace, place)
    began, counted = time.monotonic(), 0
    with _paused(workspace, report):
        if not place.is_placed:
            counted = _distribute(workspace)
    seconds = time.monotonic() - began
    return Converted(workspace.slug, workspace.name, counted, seconds, _node_of(workspace), changed=True)


def leave(workspace: Workspace, report: Report) -> Converted:
    """Bring the tables of a workspace back, and return what was done. Raises CommandError, WorkspaceStillBusy."""
    place = _place_of(workspace)
    if not place.is_distributed and not was_interrupted(workspace):
        return Converted(workspace.slug, workspace.name, 0, 0, "", changed=False)
    _ensure_nodes_answer()
    began, counted = time.monotonic(), 0
    with _paused(workspace, report):
        if place.is_distributed:
            counted = _bring_back(workspace)
    return Converted(workspace.slug, workspace.name, counted, time.monotonic() - began, "", changed=True)


def was_interrupted(workspace: Workspace) -> bool:
    """Return whether a workspace is still paused by adopt or leave: they are at work, or did not get to their end."""
    return workspace.paused_at is not None and workspace.paused_by == _PAUSED_BY


def in_words(converted: Converted) -> str:
    """Return what happened to a workspace, as a sentence."""
    if not converted.changed:
        text = _("“%(name)s” is already on %(node)s.") if converted.node else _("“%(name)s” is on no node.")
    elif converted.node:
        text = _(
            "“%(name)s” is on %(node)s: %(rows)d rows, the same in every table as before; %(seconds).1f s."
        )
    else:
        text = _(
            "“%(name)s” is back on the coordinator: %(rows)d rows, the same in every table as before; %(seconds).1f s."
        )
    return text % {
        "name": converted.name,
        "node": converted.node,
        "rows": converted.rows,
        "seconds": converted.seconds,
    }


@contextmanager
def only_one() -> Iterator[None]:
    """Run a block unless another process converts workspaces. Raises CommandError."""
    with schemas.use(PUBLIC), _LOCK.session() as acquired:
        if not acquired:
            text = _("quen cluster adopt, or leave, is already running. Wait until it has ended.")
            raise CommandError(text, code="already_running")
        yield


@contextmanager
def _paused(workspace: Workspace, report: Report) -> Iterator[None]:
    """Pause a workspace for a block and resume it, unless it was an operator who had paused it."""
    stays_paused = workspace.paused_at is not None and not was_interrupted(workspace)
    try:
        accounts.pause_workspace(
            workspace=workspace, reason=PauseReason.MOVING, by=_PAUSED_BY, now=clock.now(), report=report
        )
        yield
    finally:
        if not stays_paused:
            accounts.resume_workspace(workspace=workspace, by=_PAUSED_BY, now=clock.now())


def _distribute(workspace: Workspace) -> int:
    """Place the tables on a node and return the number of their rows."""
    schema = workspace.schema_name
    with _one_transaction(workspace):
        tables = rows.tables(schema)
        rows.lock(schema, tables)
        before = rows.state(schema, tables)
        citus.distribute_schema(schema)
        rows.drop_hidden_copies(schema, tables)
        _ensure_equal(workspace, before, rows.state(schema, tables))
    return before.total


def _bring_back(workspace: Workspace) -> int:
    """Copy the tables into a regular schema, put it in the distributed one's place, and return the number of rows.

    citus_schema_undistribute can't do it: it refuses tables with identity columns.
    """
    schema, fresh = workspace.schema_name, f"{workspace.schema_name}_regular"
    definitions, keys = (_dump(schema, fresh, section) for section in ("pre-data", "post-data"))
    with _one_transaction(workspace):
        tables = rows.tables(schema)
        rows.lock(schema, tables)
        before = rows.state(schema, tables)
        with citus.local_ddl():
            rows.run(definitions)
            rows.copy(schema, fresh, tables)
            rows.run(keys)
        _ensure_equal(workspace, before, rows.state(fresh, tables))
        rows.run(f'DROP SCHEMA "{schema}" CASCADE')
        with citus.local_ddl():
            rows.run(f'ALTER SCHEMA "{fresh}" RENAME TO "{schema}"')
    rows.analyze(schema, tables)
    return before.total


@contextmanager
def _one_transaction(workspace: Workspace) -> Iterator[None]:
    """Run a block in one transaction. Raises CommandError when the server refuses, with everything as it was."""
    try:
        with schemas.use(PUBLIC), transaction.atomic():
            rows.run(f"SET LOCAL lock_timeout = '{_LOCK_SECONDS}s'")
            yield
    except Error as error:
        reason = str(error).strip().split("\n")[0]
        if getattr(error.__cause__, "sqlstate", "") == _LOCK_TIMEOUT:
            text = _("Somebody still works in “%(name)s”. Nothing was changed; run the command again.")
            raise CommandError(text % {"name": workspace.name}, code="busy") from error
        text = _("“%(name)s” was not converted; its tables are as they were (%(reason)s).")
        raise CommandError(text % {"name": workspace.name, "reason": reason}, code="not_converted") from error


def _ensure_equal(workspace: Workspace, before: rows.SchemaState, after: rows.SchemaState) -> None:
    different = before.differences(after)
    if different:
        text = _("“%(name)s” was not converted; its tables are as they were: %(tables)s would differ.")
        raise CommandError(
            text % {"name": workspace.name, "tables": ", ".join(different)}, code="rows_would_differ"
        )


def _ensure_nodes_answer() -> None:
    """Raise CommandError unless all nodes answer: tables can be created and dropped only then."""
    answers = catalog.ask_nodes()
    nodes = [node for node in catalog.nodes() if node.is_active]
    silent = [node.address for node in nodes if not answers[node.node_id].facts]
    if silent:
        text = _(
            "%(nodes)s: no response. Tables can be placed and brought back only while all nodes respond."
        )
        raise CommandError(text % {"nodes": ", ".join(silent)}, code="node_unreachable")
    if not any(node.takes_workspaces for node in nodes):
        raise CommandError(_("No node takes workspaces. quen cluster check says more."), code="no_nodes")


def _ensure_fits(workspace: Workspace, place: SchemaPlace) -> None:
    """Raise CommandError when a table could not be placed, or not be moved later."""
    unfit = [*place.keyless, *rows.unfit_tables(workspace.schema_name)]
    if unfit:
        text = _(
            "“%(name)s” can't be placed: %(tables)s have no primary key, a trigger, or a foreign key to another schema."
        )
        names = {"name": workspace.name, "tables": ", ".join(sorted(set(unfit)))}
        raise CommandError(text % names, code="unfit_tables")


def _place_of(workspace: Workspace) -> SchemaPlace:
    place = catalog.places([workspace.schema_name]).get(workspace.schema_name)
    if place is None:
        text = _("“%(name)s”: its schema %(schema)s doesn't exist.")
        raise CommandError(text % {"name": workspace.name, "schema": workspace.schema_name}, code="no_schema")
    return place


def _node_of(workspace: Workspace) -> str:
    group_ids = _place_of(workspace).group_ids
    return ", ".join(node.address for node in catalog.nodes() if node.group_id in group_ids)


def _dump(schema: str, fresh: str, section: str) -> str:
    """Return the SQL that creates a schema's tables, or their keys and indexes, under another schema's name."""
    parameters = connection.get_connection_params()
    command = [
        str(postgres.binary("pg_dump")),
        "--no-owner",
        "--no-privileges",
        f"--section={section}",
        "-n",
        schema,
    ]
    for flag, key in (("-h", "host"), ("-p", "port"), ("-U", "user"), ("-d", "dbname")):
        if parameters.get(key):
            command += [flag, str(parameters[key])]
    environment = {**os.environ, "PGPASSWORD": str(parameters.get("password") or "")}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if done.returncode != 0:
        text = _("The tables' definitions can't be read (%(reason)s). Nothing was changed.")
        reason = done.stderr.strip().split("\n")[-1]
        raise CommandError(text % {"reason": reason}, code="not_converted")
    kept: Sequence[str] = [line for line in done.stdout.splitlines() if not _SETTINGS.match(line)]
    return re.sub(rf"\b{schema}\b", fresh, "\n".join(kept))
