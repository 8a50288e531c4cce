"""What Citus knows: its nodes, what they say of themselves, and where each workspace is.

Everything but the questions to the nodes is answered by the coordinator, so a dead node stops none of it.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django.db import connection, transaction

from quen.core import schemas
from quen.core.database.base import PUBLIC

#: a node that takes longer to accept a connection counts as dead
_CONNECT_MILLISECONDS = 5_000
_NODES = """
SELECT nodeid, groupid, nodename, nodeport, isactive, shouldhaveshards
  FROM pg_dist_node WHERE noderole = 'primary' ORDER BY groupid"""
#: shared_preload_libraries is for administrators to see; only a library loaded at start has this setting
_FACTS = """
SELECT jsonb_build_object(
    'postgresql', current_setting('server_version_num')::int / 10000,
    'citus', (SELECT extversion FROM pg_extension WHERE extname = 'citus'),
    'loads_citus', current_setting('citus.version', true) IS NOT NULL,
    'wal_level', current_setting('wal_level'),
    'synchronous_commit', current_setting('synchronous_commit'),
    'max_prepared_transactions', current_setting('max_prepared_transactions')::int,
    'max_connections', current_setting('max_connections')::int,
    'schema_based_sharding', current_setting('citus.enable_schema_based_sharding', true),
    'time_zone', current_setting('TimeZone'),
    'text_search', current_setting('default_text_search_config'),
    'collation', (SELECT concat_ws(' ', pg_encoding_to_char(d.encoding), d.datcollate, d.datctype,
                                   d.datlocprovider, to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale')
                    FROM pg_database d WHERE d.datname = current_database()),
    'extensions', (SELECT jsonb_agg(extname) FROM pg_extension),
    'role', current_user,
    'is_superuser', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user))::text"""
_PLACES = """
SELECT n.nspname, EXISTS (SELECT 1 FROM pg_dist_schema d WHERE d.schemaid = n.oid), count(DISTINCT c.oid),
       array_agg(DISTINCT c.relname::text) FILTER (WHERE p.logicalrelid IS NULL),
       array_agg(DISTINCT pl.groupid) FILTER (WHERE pl.groupid IS NOT NULL),
       array_agg(DISTINCT c.relname::text)
           FILTER (WHERE NOT EXISTS (SELECT 1 FROM pg_index i WHERE i.indrelid = c.oid AND i.indisprimary))
  FROM pg_namespace n
  LEFT JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind IN ('r', 'p')
  LEFT JOIN pg_dist_partition p ON p.logicalrelid = c.oid
  LEFT JOIN pg_dist_shard s ON s.logicalrelid = c.oid
  LEFT JOIN pg_dist_placement pl ON pl.shardid = s.shardid
 WHERE n.nspname = ANY(%s)
 GROUP BY n.oid, n.nspname"""
#: what is placed as its node measures it, the rest as this server does; dead nodes are left out
_SIZES = """
SELECT n.nspname, coalesce(sum(CASE WHEN p.logicalrelid IS NULL THEN pg_total_relation_size(c.oid)
                                    ELSE z.size END), 0)::bigint
  FROM pg_namespace n
  JOIN pg_class c ON c.relnamespace = n.oid AND c.relkind = 'r'
  LEFT JOIN pg_dist_partition p ON p.logicalrelid = c.oid
  LEFT JOIN pg_dist_shard s ON s.logicalrelid = c.oid
  LEFT JOIN (SELECT shard_id, max(size) AS size FROM citus_shard_sizes() GROUP BY shard_id) z
    ON z.shard_id = s.shardid
 WHERE n.nspname = ANY(%s)
 GROUP BY n.nspname"""


@dataclass(frozen=True, slots=True)
class ClusterNode:
    """A server of the cluster. takes_workspaces: Citus may place workspaces on it."""

    node_id: int
    group_id: int
    host: str
    port: int
    is_active: bool
    takes_workspaces: bool

    @property
    def address(self) -> str:
        """Return "host:port"."""
        return f"{self.host}:{self.port}"

    @property
    def is_coordinator(self) -> bool:
        """Return whether it is the server the application is connected to."""
        return self.group_id == 0


@dataclass(frozen=True, slots=True)
class NodeAnswer:
    """What a node said of itself; facts is empty when it did not answer, and error says why."""

    facts: dict[str, Any]
    error: str = ""


@dataclass(frozen=True, slots=True)
class SchemaPlace:
    """Where the tables of a schema are. local: those not placed on a node; keyless: those without a primary key."""

    is_distributed: bool
    tables: int
    local: tuple[str, ...]
    group_ids: tuple[int, ...]
    keyless: tuple[str, ...]

    @property
    def is_placed(self) -> bool:
        """Return whether all of it is on one node."""
        return self.is_distributed and not self.local and len(self.group_ids) == 1


def nodes() -> list[ClusterNode]:
    """Return the nodes, the coordinator first if Citus knows its address."""
    return [ClusterNode(*row) for row in _rows(_NODES)]


def ask_nodes() -> dict[int, NodeAnswer]:
    """Return the answers of all active nodes by their ids; that of a coordinator Citus has no address of is under 0."""
    with transaction.atomic():
        _execute(f"SET LOCAL citus.node_connection_timeout = {_CONNECT_MILLISECONDS}")
        answers = _rows("SELECT nodeid, success, result FROM run_command_on_all_nodes(%s)", [_FACTS])
    return {
        node_id: NodeAnswer(json.loads(result)) if succeeded else NodeAnswer({}, str(result).strip())
        for node_id, succeeded, result in answers
    }


def places(of: Collection[str]) -> dict[str, SchemaPlace]:
    """Return where schemas are, by their names; a schema that does not exist is left out."""
    return {
        name: SchemaPlace(is_distributed, tables, *(tuple(found or ()) for found in lists))
        for name, is_distributed, tables, *lists in _rows(_PLACES, [list(of)])
    }


def sizes(of: Collection[str]) -> dict[str, int]:
    """Return the bytes of schemas' tables and indexes, by their names; 0 for those on a node that does not answer."""
    return dict(_rows(_SIZES, [list(of)]))


def _rows(statement: str, parameters: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _execute(statement: str) -> None:
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        cursor.execute(statement)
