"""What differs on Citus, the extension that spreads the schemas of workspaces over several servers (nodes).

Nothing else asks whether the server speaks it: the schema and the statements are the same with and without. Without
Citus every function here does what PostgreSQL does. docs/decisions/0018-citus.md says why things are done this way.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

from django.db import DatabaseError, connection, transaction

_NODES = """
SELECT DISTINCT s.schemaid::regnamespace::text, n.nodename || ':' || n.nodeport
  FROM pg_dist_schema s
  JOIN pg_dist_partition t ON t.colocationid = s.colocationid
  JOIN pg_dist_shard h ON h.logicalrelid = t.logicalrelid
  JOIN pg_dist_placement p ON p.shardid = h.shardid
  JOIN pg_dist_node n ON n.groupid = p.groupid AND n.noderole = 'primary'
"""
_SWITCHES = ("citus.enable_ddl_propagation", "citus.enable_schema_based_sharding")


def is_citus() -> bool:
    """Return whether the current database is the coordinator of a Citus cluster.

    Asked each time, since a database may become one, or cease to be one, while a process runs.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'citus')")
        return bool(cursor.fetchone()[0])


@contextmanager
def local_ddl() -> Iterator[None]:
    """Keep what the block creates and changes on this server: nothing is sent to the nodes, no schema is distributed.

    For ``public``, the template and a workspace before it is distributed; never for one that is.
    """
    if not is_citus():
        yield
        return
    # A rollback, also to the savepoint, undoes SET LOCAL; outside of a transaction the settings are the session's.
    in_transaction = connection.in_atomic_block
    scope = "LOCAL" if in_transaction else "SESSION"
    with transaction.atomic() if in_transaction else nullcontext():
        before = {name: _setting(name) for name in _SWITCHES}
        _set(scope, dict.fromkeys(_SWITCHES, "off"))
        try:
            yield
        except BaseException:
            if not in_transaction:
                with suppress(DatabaseError):
                    _set(scope, before)
            raise
        _set(scope, before)


def _setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        return str(cursor.fetchone()[0])


def _set(scope: str, values: Mapping[str, str]) -> None:
    with connection.cursor() as cursor:
        for name, value in values.items():
            cursor.execute(f"SET {scope} {name} = {value}")


def commit_unflushed() -> None:
    """Let the current transaction commit before its log is on disk: until the next commit that is flushed, a crash of
    the server can undo it as a whole. On Citus, where a node may have kept what its coordinator forgot, every commit
    is flushed.
    """
    if not is_citus():
        _set("LOCAL", {"synchronous_commit": "off"})


def distribute_schema(schema: str) -> None:
    """Place a schema of this server on a node, with its rows, in the current transaction. Nothing without Citus.

    Nothing else may write to the schema meanwhile.
    """
    if is_citus():
        with connection.cursor() as cursor:
            cursor.execute("SELECT citus_schema_distribute(%s::regnamespace)", [schema])


def nodes() -> dict[str, str]:
    """Return the node of each distributed schema, as "host:port"; nothing without Citus. Asks no node."""
    if not is_citus():
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_NODES)
        return dict(cursor.fetchall())


def estimated_rows(table: str) -> int:
    """Return how many rows a table of the current schema had when it was last analyzed; -1 before.

    On Citus, where the table of that name is empty, it is what the node's planner expects to read.
    """
    with connection.cursor() as cursor:
        if is_citus():
            cursor.execute(f"EXPLAIN (FORMAT JSON) SELECT 1 FROM {table}")
            return planned_rows(cursor.fetchone()[0])
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])
        return int(cursor.fetchone()[0])


def planned_rows(explained: Any) -> int:
    """Return the rows that a plan expects. explained: what EXPLAIN (FORMAT JSON) gave, as text or parsed.

    A plan of Citus expects none, or a fixed guess: the number is in the plan of the node that runs the statement.
    """
    if isinstance(explained, str):
        explained = json.loads(explained)
    plan: Mapping[str, Any] = explained[0]["Plan"]
    tasks = plan.get("Distributed Query", {}).get("Job", {}).get("Tasks", [])
    remote = [planned_rows(part) for task in tasks for part in task.get("Remote Plan", [])]
    return sum(remote) if remote else int(plan["Plan Rows"])
