"""Runs tests on a Citus cluster: a coordinator and two workers on this machine.

python -m tests.citus_cluster FOLDER [paths and options of pytest]

A test marked ``on_citus`` is skipped on plain PostgreSQL, one marked ``plain_only("why")`` on Citus.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import psycopg
import pytest

from quen.cli.bench import citus_nodes
from quen.core.postgres import SetupError
from quen.core.postgres.cluster import ROLE, THROWAWAY
from quen.core.postgres.processes import alive, die_with_parent, wait_until
from tests.patience import PATIENCE_SECONDS

_PORTS, _FOLDER = "QUEN_TEST_CITUS", "QUEN_TEST_CITUS_FOLDER"
_MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of our own is made in it
_PREFIX = "quen-citus-"
_USAGE = 2


def ports() -> list[int]:
    """Return the ports of the nodes that the tests run on, the coordinator's first; none on plain PostgreSQL."""
    return [int(port) for port in os.environ.get(_PORTS, "").split(",") if port]


def folder() -> Path:
    """Return the folder of the installed Citus that the tests run on."""
    return Path(os.environ[_FOLDER])


def url(database: str) -> str:
    """Return the URL of a database on the coordinator, for the application's role."""
    return citus_nodes.app_url(ports()[0], database)


def create_template(name: str) -> None:
    """Create an empty database on every node, anew if it exists."""
    drop_database(name)
    citus_nodes.create_database(ports(), name)


def seal_template(name: str) -> None:
    """Close a database on every node, so that it can be copied: Citus keeps connections to what is open."""

    def seal(port: int) -> None:
        with psycopg.connect(citus_nodes.admin_url(port), autocommit=True) as admin:
            _close(admin, name)

    citus_nodes.for_each(ports(), seal)


def copy_template(template: str, name: str) -> None:
    """Create a database as a copy of a sealed one on every node, anew if it exists."""

    def copy(port: int) -> None:
        with psycopg.connect(citus_nodes.admin_url(port), autocommit=True) as admin:
            _drop(admin, name)
            admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {ROLE} STRATEGY FILE_COPY")

    citus_nodes.for_each(ports(), copy)


def drop_database(name: str) -> None:
    """Drop a database on every node."""

    def drop(port: int) -> None:
        with psycopg.connect(citus_nodes.admin_url(port), autocommit=True) as admin:
            _drop(admin, name)

    citus_nodes.for_each(ports(), drop)


def _drop(admin: psycopg.Connection[Any], name: str) -> None:
    if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        # WITH (FORCE) misses a process of Citus that is just starting, and waits five seconds for its end.
        _close(admin, name)
        admin.execute(f"DROP DATABASE {name}")


def _close(admin: psycopg.Connection[Any], name: str) -> None:
    admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")

    def is_free() -> bool:
        found = admin.execute(
            "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s", [name]
        )
        return found.fetchone() == (0,)

    assert wait_until(is_free, PATIENCE_SECONDS)


def main(arguments: list[str]) -> int:
    """Return pytest's exit code, or 2 after a sentence when the folder holds no Citus that starts."""
    parser = argparse.ArgumentParser(
        prog="bin/citus",
        usage="bin/citus FOLDER [arguments of pytest]",
        description="Runs the tests on Citus: a coordinator and two workers of the embedded PostgreSQL on this machine,"
        " stopped at the end. Without arguments of pytest the whole suite runs.",
        epilog="FOLDER holds a Citus that was built for the embedded PostgreSQL and installed there: lib/citus.so and"
        " share/extension/citus.control with the files beside them. Quen neither contains Citus nor builds it.",
    )
    parser.add_argument("folder", metavar="FOLDER", type=Path, nargs="?", help="an installed Citus")
    parser.add_argument("pytest", nargs=argparse.REMAINDER, help="what pytest gets")
    options = parser.parse_args(arguments)
    if options.folder is None:
        parser.error("name the folder that holds an installed Citus")
    installed = options.folder.absolute()
    missing = citus_nodes.missing_from(installed)
    if missing:
        sys.stderr.write(f"{missing}\n")
        return _USAGE
    # Terminated, this process stops the servers as at its end.
    signal.signal(signal.SIGTERM, _exit)
    try:
        with (
            home() as folder_of_nodes,
            citus_nodes.running_nodes(
                citus_nodes.nodes_of(installed, folder_of_nodes, settings=THROWAWAY)
            ) as found,
        ):
            return _run_pytest(options.pytest, {_PORTS: ",".join(map(str, found)), _FOLDER: str(installed)})
    except SetupError as error:
        sys.stderr.write(f"{error}\n")
        return _USAGE
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _run_pytest(arguments: list[str], variables: dict[str, str]) -> int:
    command = [sys.executable, "-m", "pytest", *arguments]
    child = subprocess.Popen(
        command, env={**os.environ, **variables}, preexec_fn=die_with_parent(signal.SIGTERM)
    )
    try:
        return child.wait()
    except KeyboardInterrupt:
        # The terminal has interrupted pytest too: it ends by itself.
        return child.wait()
    finally:
        if child.poll() is None:
            child.terminate()
            child.wait()


@contextmanager
def home() -> Iterator[Path]:
    """Yield a temporary folder, in memory if possible. Those of runs that were killed are removed."""
    parent = _MEMORY if _MEMORY.is_dir() else Path(tempfile.gettempdir())
    for left in parent.glob(f"{_PREFIX}*"):
        pid = left.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdigit() and not alive(int(pid)):
            shutil.rmtree(left, ignore_errors=True)
    made = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=parent))
    made.chmod(0o711)
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _exit(_number: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signal.SIGTERM)


# Hooks of pytest


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "on_citus: needs the nodes that bin/citus starts")
    config.addinivalue_line("markers", "plain_only(why): does what Citus can't, such as creating a trigger")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("on_citus") and not ports():
            item.add_marker(pytest.mark.skip(reason="bin/citus runs it, on a cluster"))
        plain_only = item.get_closest_marker("plain_only")
        if plain_only is not None and ports():
            item.add_marker(pytest.mark.skip(reason=plain_only.args[0]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
