"""Puts a workspace out of reach, as when the node that has its data is down."""

from __future__ import annotations

import psycopg
from django.db import connection, connections

from quen.cli.bench import citus_nodes
from quen.core import citus, schemas
from tests import citus_cluster

REASON = (
    "connection to the remote node quen@192.0.2.1:5432 failed with the following error: Connection refused"
)
_AWAY = f"""
CREATE FUNCTION {{schema}}.node_is_away() RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN RAISE EXCEPTION '{REASON}' USING ERRCODE = '08006'; END $$
"""
#: each statement on such a table calls the function before it reads or writes a row
_HIDE = """
ALTER TABLE {schema}.{table} RENAME TO {table}_away;
CREATE VIEW {schema}.{table} AS
SELECT * FROM {schema}.{table}_away WHERE {schema}.node_is_away() WITH LOCAL CHECK OPTION
"""


def put_out_of_reach(schema: str) -> None:
    """Let every statement on a workspace fail from now on, and none on another. For tests that commit.

    On a cluster the workspace is alone on a node whose address no longer answers. On plain PostgreSQL its tables raise
    the error that Citus would.
    """
    if citus_cluster.ports():
        _lose_node(schema)
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind IN ('r', 'p')"
            " AND NOT relispartition",
            [schema],
        )
        tables = [name for (name,) in cursor.fetchall()]
        cursor.execute(_AWAY.format(schema=schema))
        for table in tables:
            cursor.execute(_HIDE.format(schema=schema, table=table))


def _lose_node(schema: str) -> None:
    nodes = citus.nodes()
    lost = nodes[schema]
    host, port = lost.split(":")
    others = [name for name in schemas.workspace_schemas() if name != schema and nodes[name] == lost]
    database = connection.settings_dict["NAME"]
    # What is open keeps its connections to the node.
    connections.close_all()
    with psycopg.connect(citus_nodes.admin_url(citus_cluster.ports()[0], database), autocommit=True) as admin:
        for name in others:
            admin.execute(
                "SELECT citus_schema_move(%s::regnamespace, nodename, nodeport, 'block_writes') FROM pg_dist_node"
                " WHERE shouldhaveshards AND nodeport <> %s LIMIT 1",
                [name, int(port)],
            )
        admin.execute(
            "UPDATE pg_dist_node SET nodeport = 1 WHERE nodename = %s AND nodeport = %s", [host, int(port)]
        )
