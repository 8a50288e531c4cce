"""The whole of Quen as a person starts it: one command, real processes, real pages."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from quen.core import postgres
from quen.core.postgres.processes import alive, servers_of, wait_until
from quen.core.tests.homes import temporary_home

PATIENCE_SECONDS = 120


@dataclass
class House:
    """A data folder, a port, and what runs on them."""

    home: Path
    port: int
    process: subprocess.Popen[str] | None = None

    def start(self) -> dict[str, Any]:
        """Start Quen and give what it says when it is ready."""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "quen.cli", "up", "--json", "--port", str(self.port), "--home", self.home],
            env=self.environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        said: dict[str, Any] = json.loads(self.process.stdout.readline())
        return said

    def stop(self) -> int:
        """Press Ctrl-C and give the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE_SECONDS)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def status(self, path: str) -> int:
        """Ask for a page; 0 when nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()

    def children(self) -> dict[str, int]:
        """Give the processes under the supervisor by what they are: postgres, granian, interactive, bulk."""
        assert self.process is not None
        listed = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        found: dict[str, int] = {}
        for pid in listed:
            try:
                line = Path(f"/proc/{pid}/cmdline").read_text()
            except OSError:
                continue
            for kind in ("postgres\0", "granian", "interactive", "bulk"):
                if kind in line:
                    found.setdefault(kind.rstrip("\0"), int(pid))
                    break
        return found

    @property
    def environment(self) -> dict[str, str]:
        """What a person's shell has: none of the settings of this test run."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("QUEN_", "DJANGO_", "DATABASE_"))}
        return {**kept, "PYTHONPATH": str(Path(__file__).resolve().parent.parent / "src"), "LC_ALL": "C"}


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with temporary_home() as home:
        made = House(home, port)
        try:
            yield made
        finally:
            if made.process is not None and made.process.poll() is None:
                made.process.kill()
                made.process.wait()
                wait_until(lambda: not any(servers_of(postgres.Cluster(home).data)), PATIENCE_SECONDS)


def everything_of(house: House) -> list[int]:
    # Workers that lost their database leave a while later and come back.
    assert wait_until(lambda: len(house.children()) == 4, PATIENCE_SECONDS)
    children = house.children()
    return [*children.values(), *servers_of(postgres.Cluster(house.home).data)]


class TestLife:
    """One house from its first start to its end, in this order."""

    def test_lives(self, house: House) -> None:
        said = house.start()
        assert said["address"] == f"http://127.0.0.1:{house.port}"
        assert house.status("/accounts/login/") == http.HTTPStatus.OK
        assert house.status("/static/manifest.json") == http.HTTPStatus.OK
        link = urlsplit(said["sign_in_link"]).path
        assert house.status(link) in (http.HTTPStatus.OK, http.HTTPStatus.FOUND)
        assert wait_until(lambda: len(house.children()) == 4, PATIENCE_SECONDS)

        for kind in ("granian", "bulk", "postgres"):
            killed = house.children()[kind]
            os.kill(killed, signal.SIGKILL)
            assert wait_until(lambda: house.children().get(kind, killed) != killed, PATIENCE_SECONDS), kind  # noqa: B023
            assert wait_until(
                lambda: house.status("/accounts/login/") == http.HTTPStatus.OK, PATIENCE_SECONDS
            )

        second = subprocess.run(
            [sys.executable, "-m", "quen.cli", "up", "--port", str(house.port), "--home", house.home],
            env=house.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 1
        assert "already running" in second.stderr

        processes = everything_of(house)
        assert house.stop() == 0
        assert [pid for pid in processes if alive(pid)] == []

        assert house.start()["sign_in_link"] is not None
        processes = everything_of(house)
        assert house.process is not None
        house.process.kill()
        assert wait_until(lambda: not any(alive(pid) for pid in processes), PATIENCE_SECONDS)
