"""The supervisor with real processes: killed ones restart, and nothing is left at the end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from tests.patience import PATIENCE_SECONDS

from quen.cli.supervisor import ManagedProcess
from quen.core import postgres
from quen.core.postgres.processes import alive, servers_of, wait_until
from quen.core.tests.temporary_home import temporary_home


@dataclass
class RunningSupervisor:
    """A supervisor with small scripts as its processes."""

    home: Path
    process: subprocess.Popen[bytes]

    def pids(self, name: str) -> list[int]:
        """Wait for a process; return its id and its child's."""
        file = self.home / f"{name}.pids"
        assert wait_until(file.exists, PATIENCE_SECONDS)
        return [int(number) for number in file.read_text().split()]

    def all_pids(self) -> list[int]:
        """Return the ids of all processes under the supervisor."""
        return [*self.pids("web"), *self.pids("worker"), *servers_of(self.cluster.data)]

    @property
    def cluster(self) -> postgres.Cluster:
        """The database, as another process sees it."""
        return postgres.Cluster(self.home)


@pytest.fixture
def running() -> Iterator[RunningSupervisor]:
    with temporary_home() as home:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        environment.pop("DATABASE_URL", None)
        process = subprocess.Popen(
            [sys.executable, "-m", "quen.cli.tests.supervisor_script", home], env=environment
        )
        started = RunningSupervisor(home, process)
        try:
            yield started
        finally:
            process.kill()
            process.wait()
            wait_until(lambda: not started.cluster.is_running(), PATIENCE_SECONDS)


class TestSupervisor:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_ends_quietly_and_leaves_no_process(
        self, running: RunningSupervisor, number: signal.Signals
    ) -> None:
        processes = running.all_pids()
        assert len(processes) > 5
        running.process.send_signal(number)
        assert running.process.wait(PATIENCE_SECONDS) == 0
        assert [pid for pid in processes if alive(pid)] == []
        assert not running.cluster.is_running()

    def test_killed_it_leaves_no_process(self, running: RunningSupervisor) -> None:
        web, _child = running.pids("web")
        worker, _child = running.pids("worker")
        running.process.kill()
        assert wait_until(lambda: not alive(web) and not alive(worker), PATIENCE_SECONDS)
        assert wait_until(lambda: not any(servers_of(running.cluster.data)), PATIENCE_SECONDS)

    @pytest.mark.parametrize("name", ["web", "worker"])
    def test_restarts_a_killed_process_and_clears_its_children(
        self, running: RunningSupervisor, name: str
    ) -> None:
        head, child = running.pids(name)
        (running.home / f"{name}.pids").unlink()
        os.kill(head, signal.SIGKILL)
        assert running.pids(name)[0] != head
        assert not alive(child)

    def test_restarts_a_killed_database_and_leaves_the_processes(self, running: RunningSupervisor) -> None:
        web = running.pids("web")
        before = running.cluster.pid()
        assert before is not None
        os.kill(before, signal.SIGKILL)

        def restarted() -> bool:
            return running.cluster.pid() not in (None, before) and accepts_connections(running.cluster.url())

        assert wait_until(restarted, PATIENCE_SECONDS)
        assert all(alive(pid) for pid in web)

    def test_a_command_line_shares_its_database_and_leaves_it_running(
        self, running: RunningSupervisor, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("DATABASE_URL", raising=False)
        running.pids("worker")
        before = running.cluster.pid()
        with postgres.ensure_running(running.home) as url:
            assert accepts_connections(url)
        assert running.cluster.pid() == before


def accepts_connections(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


class TestManagedProcess:
    """One process kept running."""

    def test_stop_works_after_the_process_has_ended(self) -> None:
        process = ManagedProcess("short", [sys.executable, "-c", "pass"])
        process.start(os.environ)
        assert process.popen is not None
        pid = process.popen.pid
        assert wait_until(lambda: not alive(pid), PATIENCE_SECONDS)

        process.stop()

        assert process.popen is None
