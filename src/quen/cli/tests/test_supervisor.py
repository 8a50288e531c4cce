"""The supervisor on real processes: what dies comes back, what it leaves is nothing."""

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

from quen.cli.supervisor import Part
from quen.core import postgres
from quen.core.postgres.processes import alive, servers_of, wait_until
from quen.core.tests.homes import temporary_home

PATIENCE_SECONDS = 30


@dataclass
class Running:
    """A supervisor with stand-ins for its parts."""

    home: Path
    process: subprocess.Popen[bytes]

    def pids(self, part: str) -> list[int]:
        """Wait for a part and give its process and that one's child."""
        file = self.home / f"{part}.pids"
        assert wait_until(file.exists, PATIENCE_SECONDS)
        return [int(number) for number in file.read_text().split()]

    def everything(self) -> list[int]:
        """Give every process of the house."""
        return [*self.pids("web"), *self.pids("worker"), *servers_of(self.cluster.data)]

    @property
    def cluster(self) -> postgres.Cluster:
        """The database, as another process sees it."""
        return postgres.Cluster(self.home)


@pytest.fixture
def running() -> Iterator[Running]:
    with temporary_home() as home:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        environment.pop("DATABASE_URL", None)
        process = subprocess.Popen([sys.executable, "-m", "quen.cli.tests.stand_in", home], env=environment)
        started = Running(home, process)
        try:
            yield started
        finally:
            process.kill()
            process.wait()
            wait_until(lambda: not started.cluster.is_running(), PATIENCE_SECONDS)


class TestSupervisor:
    @pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
    def test_ends_quietly_and_leaves_no_process(self, running: Running, number: signal.Signals) -> None:
        processes = running.everything()
        assert len(processes) > 5
        running.process.send_signal(number)
        assert running.process.wait(PATIENCE_SECONDS) == 0
        assert [pid for pid in processes if alive(pid)] == []
        assert not running.cluster.is_running()

    def test_killed_it_takes_everything_along(self, running: Running) -> None:
        web, _child = running.pids("web")
        worker, _child = running.pids("worker")
        running.process.kill()
        assert wait_until(lambda: not alive(web) and not alive(worker), PATIENCE_SECONDS)
        assert wait_until(lambda: not any(servers_of(running.cluster.data)), PATIENCE_SECONDS)

    @pytest.mark.parametrize("part", ["web", "worker"])
    def test_starts_a_killed_part_again_and_clears_its_children(self, running: Running, part: str) -> None:
        head, child = running.pids(part)
        (running.home / f"{part}.pids").unlink()
        os.kill(head, signal.SIGKILL)
        assert running.pids(part)[0] != head
        assert not alive(child)

    def test_starts_a_killed_database_again_beside_its_parts(self, running: Running) -> None:
        web = running.pids("web")
        before = running.cluster.pid()
        assert before is not None
        os.kill(before, signal.SIGKILL)

        def back() -> bool:
            return running.cluster.pid() not in (None, before) and answers(running.cluster.url())

        assert wait_until(back, PATIENCE_SECONDS)
        assert all(alive(pid) for pid in web)

    def test_a_command_line_shares_its_database_and_leaves_it_running(
        self, running: Running, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("DATABASE_URL", raising=False)
        running.pids("worker")
        before = running.cluster.pid()
        with postgres.ensure_running(running.home) as url:
            assert answers(url)
        assert running.cluster.pid() == before


def answers(url: str) -> bool:
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


class TestPart:
    """One process kept alive."""

    def test_is_stopped_also_when_it_has_just_ended_by_itself(self) -> None:
        part = Part("short", [sys.executable, "-c", "pass"])
        part.start(os.environ)
        assert part.process is not None
        pid = part.process.pid
        assert wait_until(lambda: not alive(pid), 30)

        part.stop()

        assert part.process is None
