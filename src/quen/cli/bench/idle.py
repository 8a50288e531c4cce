"""The CPU use of an idle Quen."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from quen.cli.bench.measure import BenchResult

_WARM_UP_SECONDS, _MEASURED_SECONDS = 40, 60


def bench_idle() -> BenchResult:
    """Start ``quen up`` with its demo shop in a temporary home and add up what all its processes use in a minute."""
    folder = Path(tempfile.mkdtemp(prefix="quen-idle-"))
    folder.chmod(0o755)
    own = ("QUEN_", "DATABASE_", "DJANGO_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(own)}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    command = [
        sys.executable,
        "-m",
        "quen.cli",
        "up",
        "--json",
        "--port",
        str(port),
        "--home",
        str(folder / "home"),
    ]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(_WARM_UP_SECONDS)
        before = _cpu_seconds(process.pid)
        time.sleep(_MEASURED_SECONDS)
        after = _cpu_seconds(process.pid)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)
    spent = sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())
    percent = spent * 100 / _MEASURED_SECONDS
    return BenchResult(
        "idle `bin/up`", 2_000, percent, "% of a core", target="< 1 %", reached=percent < 1, seconds=None,
        notes=f"{len(after)} processes over {_MEASURED_SECONDS} s",
    )  # fmt: skip


def _cpu_seconds(top: int) -> dict[int, float]:
    """Return the CPU seconds of a process and all its descendants, by process id."""
    children: dict[int, list[int]] = {}
    used: dict[int, float] = {}
    ticks = os.sysconf("SC_CLK_TCK")
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(entry.name))
        used[int(entry.name)] = (int(fields[11]) + int(fields[12])) / ticks
    found, todo = {}, [top]
    while todo:
        pid = todo.pop()
        found[pid] = used.get(pid, 0.0)
        todo += children.get(pid, [])
    return found
