"""Databases of a cluster without the standing cast, and programs that work on them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from quen.cli.bench import citus_nodes
from quen.core.postgres import Cluster
from quen.core.postgres.cluster import THROWAWAY
from tests import citus_cluster

_ROOT = Path(__file__).resolve().parents[2]
#: starts ``python -m MODULE ARGUMENTS`` on the database of that URL
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def empty_database() -> Iterator[str]:
    """The URL of an empty database of the cluster."""
    name = f"quen_empty_{os.getpid()}"
    citus_cluster.create_template(name)
    yield citus_cluster.url(name)
    citus_cluster.drop_database(name)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts a module as a program. What still runs at the end is killed."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("QUEN_", "DJANGO_", "DATABASE_"))
    }
    running: list[subprocess.Popen[str]] = []

    def start_program(url: str, module: str, *arguments: object) -> subprocess.Popen[str]:
        environment = {
            **kept,
            "QUEN_HOME": str(tmp_path / "home"),
            "DATABASE_URL": url,
            "QUEN_SECRET_KEY": "a-key-for-this-test-only-" * 2,
            "DJANGO_SETTINGS_MODULE": "quen.config.settings",
            "PYTHONPATH": os.pathsep.join([str(_ROOT / "src"), str(_ROOT)]),
        }
        command = [sys.executable, "-m", module, *map(str, arguments)]
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        running.append(subprocess.Popen(command, env=environment, text=True, **pipes))
        return running[-1]

    yield start_program
    for program in running:
        if program.poll() is None:
            program.kill()
        program.communicate()


@pytest.fixture
def own_nodes() -> Iterator[list[Cluster]]:
    """The nodes of a cluster that no other test uses, the coordinator first, so that one may be killed."""
    with citus_cluster.home() as home:
        nodes = citus_nodes.nodes_of(citus_cluster.folder(), home, settings=THROWAWAY)
        with citus_nodes.running_nodes(nodes):
            yield nodes
