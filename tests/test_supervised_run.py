"""Quen as a user starts it: one command, real processes, real pages."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from quen.core import postgres
from quen.core.postgres.processes import alive, servers_of, wait_until
from quen.core.tests.temporary_home import temporary_home
from tests.patience import PATIENCE_SECONDS
from tests.proofs import proof, scaled

VICTIMS = ("granian", "bulk", "postgres", "interactive")
KILLS = scaled(30)


@dataclass
class Installation:
    """A data folder, a port, and the running Quen."""

    home: Path
    port: int
    process: subprocess.Popen[str] | None = None

    def start(self) -> dict[str, Any]:
        """Start Quen. Return the JSON it prints when it is ready."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "quen.cli", "up", "--json", "--port", str(self.port), "--home", self.home],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        result: dict[str, Any] = json.loads(self.process.stdout.readline())
        return result

    def stop(self) -> int:
        """Send SIGINT. Return the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE_SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def status(self, path: str) -> int:
        """Return the status of a page; 0 without a response."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_SECONDS)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def children(self) -> dict[str, int]:
        """Return the ids of the supervisor's processes by kind: postgres, granian, interactive, bulk, sending."""
        assert self.process is not None
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        found: dict[str, int] = {}
        for pid in listed:
            try:
                line = Path(f"/proc/{pid}/cmdline").read_text()
            except OSError:
                continue
            for kind in ("postgres\0", "granian", "interactive", "bulk", "sending"):
                if kind in line:
                    found.setdefault(kind.rstrip("\0"), int(pid))
                    break
        return found

    @property
    def environment(self) -> dict[str, str]:
        """Return the environment of a user's shell, without the settings of this test run."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("QUEN_", "DJANGO_", "DATABASE_"))}
        return {**kept, "PYTHONPATH": str(Path(__file__).resolve().parent.parent / "src"), "LC_ALL": "C"}


def open_to_others(home: Path) -> list[str]:
    """Return what in a home others could read or list. Root's server runs as another user, who must pass through."""
    passable = 0o011 if os.geteuid() == 0 else 0
    found = []
    for folder, _folders, files in os.walk(home):
        paths = [Path(folder), *(Path(folder) / name for name in files)]
        for path in paths:
            try:
                mode = path.lstat().st_mode
            except FileNotFoundError:  # a server at work removes files
                continue
            allowed = passable if stat.S_ISDIR(mode) else 0
            if not stat.S_ISSOCK(mode) and not path.is_symlink() and mode & 0o077 & ~allowed:
                found.append(f"{path.relative_to(home)} {mode & 0o777:o}")
    return found


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with temporary_home() as home:
        created = Installation(home, port)
        try:
            yield created
        finally:
            if created.process is not None and created.process.poll() is None:
                created.process.kill()
                created.process.wait()
                wait_until(lambda: not any(servers_of(postgres.Cluster(home).data)), PATIENCE_SECONDS)


def all_pids(installation: Installation) -> list[int]:
    # Workers that lost their database end a little later and restart.
    assert wait_until(lambda: len(installation.children()) == 5, PATIENCE_SECONDS)
    children = installation.children()
    return [*children.values(), *servers_of(postgres.Cluster(installation.home).data)]


def restarts(installation: Installation, kind: str) -> bool:
    """Kill a process. Return whether another takes its place and pages are served again."""
    assert wait_until(lambda: kind in installation.children(), PATIENCE_SECONDS), kind
    killed = installation.children()[kind]
    os.kill(killed, signal.SIGKILL)
    return wait_until(
        lambda: installation.children().get(kind, killed) != killed, PATIENCE_SECONDS
    ) and wait_until(lambda: installation.status("/accounts/login/") == http.HTTPStatus.OK, PATIENCE_SECONDS)


class TestSupervisedRun:
    """One installation from its first start to its end, in this order."""

    @proof("Quen comes back after each of its processes is killed, and ends whole", kills=KILLS)
    def test_starts_recovers_and_stops(self, installation: Installation) -> None:
        result = installation.start()
        assert result["address"] == f"http://127.0.0.1:{installation.port}"
        assert installation.status("/accounts/login/") == http.HTTPStatus.OK
        assert installation.status("/static/manifest.json") == http.HTTPStatus.OK
        link = urlsplit(result["sign_in_link"]).path
        assert installation.status(link) in (http.HTTPStatus.OK, http.HTTPStatus.FOUND)
        assert wait_until(lambda: len(installation.children()) == 5, PATIENCE_SECONDS)

        for kind in islice(cycle(VICTIMS), KILLS):
            assert restarts(installation, kind), kind

        second = subprocess.run(
            [
                sys.executable,
                "-m",
                "quen.cli",
                "up",
                "--port",
                str(installation.port),
                "--home",
                installation.home,
            ],
            env=installation.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 1
        assert "already running" in second.stderr

        assert open_to_others(installation.home) == []
        processes = all_pids(installation)
        assert installation.stop() == 0
        assert [pid for pid in processes if alive(pid)] == []

        assert installation.start()["sign_in_link"] is not None
        processes = all_pids(installation)
        assert installation.process is not None
        installation.process.kill()
        assert wait_until(lambda: not any(alive(pid) for pid in processes), PATIENCE_SECONDS)
