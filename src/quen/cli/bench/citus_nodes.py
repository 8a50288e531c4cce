"""A Citus cluster on this machine, for tests and measurements: a coordinator and two workers.

The nodes are embedded PostgreSQL servers on ports of the loopback address. Citus is loaded from a folder where it is
installed; nothing of it becomes part of Quen.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from quen.core import postgres
from quen.core.postgres.cluster import ADMIN, DATABASE, ROLE

ADDRESS = "127.0.0.1"
_COUNT = 3
#: the settings that a node needs, see docs/operators.md
_NODE_SETTINGS: Mapping[str, str] = {
    "shared_preload_libraries": "citus",
    "citus.enable_schema_based_sharding": "on",
    # The nodes are on one machine: Citus need not make certificates for them.
    "ssl": "off",
    "citus.node_conninfo": "sslmode=prefer",
    "citus.enable_statistics_collection": "off",
    "wal_level": "logical",
    # A move takes what is in the log: rows that were committed without waiting for it would be lost.
    "synchronous_commit": "on",
    "max_wal_senders": "16",
    "max_replication_slots": "16",
    "max_prepared_transactions": "200",
    "max_connections": "300",
    "max_worker_processes": "64",
    "listen_addresses": ADDRESS,
}


def missing_from(folder: Path) -> str:
    """Return the sentence that says what a folder lacks to hold an installed Citus; empty when it lacks nothing."""
    wanted = ("lib/citus.so", "share/extension/citus.control")
    lacking = [name for name in wanted if not (folder / name).is_file()]
    if not lacking:
        return ""
    return f"The folder {folder} holds no installed Citus: {' and '.join(lacking)} not found."


def nodes_of(
    folder: Path, home: Path, *, settings: Mapping[str, str] | None = None
) -> list[postgres.Cluster]:
    """Return the nodes of a cluster, the coordinator first, not started yet.

    folder: holds the installed Citus; home: where their data goes; settings: added to each node's.
    """
    found_in = {
        "extension_control_path": f"$system:{folder / 'share'}",
        "dynamic_library_path": f"$libdir:{folder / 'lib'}",
    }
    nodes = []
    for number, port in enumerate(_free_ports(_COUNT)):
        node_home = home / f"node{number}"
        node_home.mkdir(mode=0o711)
        ours = {**(settings or {}), **_NODE_SETTINGS, **found_in, "port": str(port)}
        nodes.append(postgres.Cluster(node_home, settings=ours))
    return nodes


@contextmanager
def running_nodes(nodes: list[postgres.Cluster]) -> Iterator[list[int]]:
    """Keep the nodes running for a block; yields their ports. They end with this process, however it ends.

    Raises SetupError.
    """
    with ExitStack() as stack:
        for node in nodes:
            stack.callback(node.stop)
            node.start(as_child=True)
        yield [int(node.settings["port"]) for node in nodes]


def admin_url(port: int, database: str = "postgres") -> str:
    """Return the URL of a node's database for a superuser."""
    return _url(port, database, ADMIN)


def app_url(port: int, database: str = DATABASE) -> str:
    """Return the URL of a node's database for the application's role."""
    return _url(port, database, ROLE)


def create_database(ports: list[int], name: str) -> None:
    """Create a database of the application's role on every node and join the nodes, as an operator does."""
    from quen.core.schemas import EXTENSIONS  # Django is set up later than the servers are started

    coordinator, *workers = ports
    for_each(ports, lambda port: _execute(admin_url(port), f"CREATE DATABASE {name} OWNER {ROLE}"))
    for_each(ports, lambda port: _execute(admin_url(port, name), "CREATE EXTENSION citus"))
    joining = [f"SELECT citus_set_coordinator_host('{ADDRESS}', {coordinator})"]
    joining += [f"SELECT citus_add_node('{ADDRESS}', {port})" for port in workers]
    joining += [f"CREATE EXTENSION {extension}" for extension in EXTENSIONS]
    _execute(admin_url(coordinator, name), *joining)


def for_each(ports: list[int], work: Callable[[int], None]) -> None:
    """Call a function with the port of every node, all at once."""
    with ThreadPoolExecutor(len(ports)) as pool:
        list(pool.map(work, ports))


def _execute(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


def _url(port: int, database: str, role: str) -> str:
    return f"postgresql://{role}@/{database}?host={ADDRESS}&port={port}"


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _number in range(count)]
        for probe in probes:
            probe.bind((ADDRESS, 0))
        return [probe.getsockname()[1] for probe in probes]
