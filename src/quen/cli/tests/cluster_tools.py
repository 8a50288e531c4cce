"""What tests of a cluster's workspaces share: where they are, a node that is lost, what their tables contain."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from tests import citus_cluster
from tests.cast import NOW

from quen.apps.accounts import queries as accounts
from quen.apps.accounts import services as accounts_services
from quen.apps.accounts.models import Workspace
from quen.apps.accounts.types import PauseReason
from quen.cli.bench import citus_nodes
from quen.cli.cluster import catalog
from quen.core import schemas

#: no server listens there
DEAD_PORT = 1
_CONTENT = "SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) FROM {}.{} t"
_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r' ORDER BY 1"


@contextmanager
def administrator(number: int) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's session on a node, whose changes stay on that node."""
    url = citus_nodes.admin_url(citus_cluster.ports()[number], settings.DATABASES["default"]["NAME"])
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("SET citus.enable_ddl_propagation = off")
        yield session


def lose_node(of: Workspace) -> str:
    """Let the coordinator look for a workspace's node where none is, and return that node's new address."""
    node = node_of(of)
    with administrator(0) as session:
        session.execute("UPDATE pg_dist_node SET nodeport = %s WHERE nodeport = %s", [DEAD_PORT, node.port])
    return f"{node.host}:{DEAD_PORT}"


def node_of(workspace: Workspace) -> catalog.ClusterNode:
    (group_id,) = catalog.places([workspace.schema_name])[workspace.schema_name].group_ids
    return next(node for node in catalog.nodes() if node.group_id == group_id)


def pause(slug: str, *, by: str) -> None:
    accounts_services.pause_workspace(
        workspace=accounts.get_workspace(slug), reason=PauseReason.MOVING, by=by, now=NOW
    )


def other_node(workspace: Workspace) -> str:
    here = node_of(workspace)
    return next(node.address for node in catalog.nodes() if node.takes_workspaces and node != here)


def content(schema: str) -> dict[str, str]:
    """Return a digest of every table of a schema."""
    with schemas.use("public"), connection.cursor() as cursor:
        cursor.execute(_TABLES, [schema])
        digests = {}
        for (table,) in cursor.fetchall():
            cursor.execute(_CONTENT.format(schema, table))
            digests[table] = cursor.fetchone()[0]
        return digests


def texts(report: dict[str, Any], state: str) -> str:
    """Return the lines of a report with this state, each with its advice."""
    return "\n".join(f"{c['text']} → {c['advice']}" for c in report["checks"] if c["state"] == state)
