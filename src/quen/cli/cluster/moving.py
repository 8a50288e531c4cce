"""``quen workspace move WORKSPACE --to NODE``: to another node of the cluster, while the workspace is used."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from django.db import Error, connection

from quen.cli.base import CommandError, Output
from quen.cli.cluster import catalog
from quen.cli.cluster.catalog import ClusterNode, SchemaPlace
from quen.cli.i18n import _
from quen.core import citus, schemas
from quen.core.database.base import PUBLIC

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

#: how often a long move says how far it is
_PROGRESS_SECONDS = 3.0
_MB = 1024 * 1024
_PROGRESS = """
SELECT coalesce(sum(source_shard_size), 0)::bigint, coalesce(sum(target_shard_size), 0)::bigint, max(status)
  FROM get_rebalance_progress() p JOIN pg_class c ON c.oid = p.table_name
 WHERE c.relnamespace = %s::regnamespace"""


def ensure_citus() -> None:
    """Raise CommandError when the server does not speak Citus."""
    if not citus.is_citus():
        text = _(
            "This server does not speak Citus; there is nothing to move. docs/operators.md says how to set it up."
        )
        raise CommandError(text, code="no_citus")


def move(workspace: Workspace, target: str, output: Output) -> None:
    """Move a workspace to a node, named "host:port" or "host", and print what was done. Raises CommandError."""
    ensure_citus()
    place = catalog.places([workspace.schema_name]).get(workspace.schema_name)
    nodes = catalog.nodes()
    node = _node_called(target, nodes)
    _check_place(workspace, place)
    assert place is not None
    source = next(each for each in nodes if each.group_id == place.group_ids[0])
    names = {"name": workspace.name, "source": source.address, "node": node.address}
    answer = {"slug": workspace.slug, "from": source.address, "node": node.address}
    if source.node_id == node.node_id:
        output.result(
            {**answer, "moved": False, "seconds": 0}, _("“%(name)s” is already on %(node)s.") % names
        )
        return
    _check_nodes(source, node)
    began = time.monotonic()
    try:
        with _progress(workspace.schema_name, output), schemas.use(PUBLIC), connection.cursor() as cursor:
            cursor.execute(
                "SELECT citus_schema_move(%s::regnamespace, %s, %s)",
                [workspace.schema_name, node.host, node.port],
            )
    except Error as error:
        text = _("“%(name)s” was not moved: it stays on %(source)s and goes on working (%(reason)s).")
        reason = str(error).strip().split("\n")[0]
        raise CommandError(text % {**names, "reason": reason}, code="not_moved") from error
    seconds = time.monotonic() - began
    output.result(
        {**answer, "moved": True, "seconds": round(seconds, 1)},
        _("“%(name)s” is now on %(node)s; it took %(seconds).1f s.") % {**names, "seconds": seconds},
    )


def _node_called(target: str, nodes: list[ClusterNode]) -> ClusterNode:
    found = [node for node in nodes if target in (node.address, node.host)]
    if len(found) == 1:
        return found[0]
    text = _("No node is called %(target)s. There are: %(nodes)s.")
    if found:
        text = _("Several nodes are called %(target)s: add the port. There are: %(nodes)s.")
    known = ", ".join(node.address for node in nodes if node.takes_workspaces)
    raise CommandError(text % {"target": target, "nodes": known or "-"}, code="no_such_node")


def _check_place(workspace: Workspace, place: SchemaPlace | None) -> None:
    names = {"name": workspace.name, "slug": workspace.slug}
    if place is None or not place.is_placed:
        text = _("“%(name)s” is not placed on a node. First: quen cluster adopt %(slug)s")
        raise CommandError(text % names, code="not_placed")
    if place.keyless:
        text = _("“%(name)s” can't be moved: no primary key in %(tables)s.")
        raise CommandError(text % {**names, "tables": ", ".join(place.keyless)}, code="no_primary_key")


def _check_nodes(source: ClusterNode, target: ClusterNode) -> None:
    if not target.takes_workspaces:
        text = _("%(node)s takes no workspaces. On the coordinator, as an administrator: %(sql)s")
        call = f"SELECT citus_set_node_property('{target.host}', {target.port}, 'shouldhaveshards', true);"
        raise CommandError(text % {"node": target.address, "sql": call}, code="takes_no_workspaces")
    answers = catalog.ask_nodes()
    for node in (source, target):
        answer = answers.get(node.node_id)
        if answer is None or not answer.facts:
            text = _("%(node)s doesn't respond. quen cluster check says more.")
            raise CommandError(text % {"node": node.address}, code="node_unreachable")
        if answer.facts["wal_level"] != "logical":
            text = _("%(node)s: wal_level is %(value)s, so workspaces can't be moved while they are used.")
            value = answer.facts["wal_level"]
            raise CommandError(text % {"node": node.address, "value": value}, code="wal_level")
        if answer.facts["synchronous_commit"] == "off":
            # Citus waits for what the source has written to its log, and such a commit does not wait for the log.
            text = _(
                "%(node)s: synchronous_commit is off: a workspace that moves loses what is written meanwhile."
            )
            raise CommandError(text % {"node": node.address}, code="synchronous_commit")


@contextmanager
def _progress(schema: str, output: Output) -> Iterator[None]:
    """Print how far a move is, every few seconds, from a connection of its own."""
    ended = threading.Event()
    thread = threading.Thread(target=_print_progress, args=(schema, output, ended), daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


def _print_progress(schema: str, output: Output, ended: threading.Event) -> None:
    try:
        while not ended.wait(_PROGRESS_SECONDS):
            with connection.cursor() as cursor:
                cursor.execute(_PROGRESS, [schema])
                size, copied, status = cursor.fetchone()
            if status:
                text = _("Moving: %(copied).0f of %(size).0f MB (%(status)s)")
                output.progress(text % {"copied": copied / _MB, "size": size / _MB, "status": status})
    except Error:
        pass  # the move itself says what is wrong
    finally:
        connection.close()
