"""Processes as /proc shows them, and children that end with their parent."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent(number: int) -> Callable[[], None]:
    """Return a ``preexec_fn``: the kernel sends the child this signal when the thread that started it ends."""
    parent = os.getpid()

    def set_death_signal() -> None:
        _libc.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
        if os.getppid() != parent:  # the parent ended before the call
            os._exit(1)

    return set_death_signal


def alive(pid: int) -> bool:
    """Return whether a process is running; a zombie is not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state not in ("Z", "X")


def exists(pid: int) -> bool:
    """Return whether a process has this id; a zombie counts."""
    return Path(f"/proc/{pid}").exists()


def is_server_of(pid: int, data: Path) -> bool:
    """Return whether a process is a PostgreSQL of this data folder; all its processes have it as working directory."""
    try:
        name = Path(f"/proc/{pid}/stat").read_text().partition("(")[2].rpartition(")")[0]
        return name == "postgres" and alive(pid) and Path(f"/proc/{pid}/cwd").readlink() == data.resolve()
    except OSError:
        return False


def servers_of(data: Path) -> Iterator[int]:
    """Yield the processes of a server, whether or not its main process is still alive."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and is_server_of(int(entry.name), data):
            yield int(entry.name)


def send_signal(pid: int, number: signal.Signals) -> None:
    """Send a signal; a process that is gone already is fine."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        pass


def wait_for_end(pids: Iterable[int], seconds: float) -> None:
    """Wait until one of the processes has ended, for at most ``seconds``. Uses no CPU while waiting."""
    poll = select.poll()
    descriptors = []
    try:
        for pid in pids:
            try:
                descriptors.append(os.pidfd_open(pid))
            except OSError:
                # Ended already, or a kernel without pidfd: check again soon.
                seconds = min(seconds, 0.1)
        for descriptor in descriptors:
            poll.register(descriptor, select.POLLIN)
        poll.poll(seconds * 1000)
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait for a condition to become true; return whether it did in time."""
    limit = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > limit:
            return False
        time.sleep(0.02)
    return True
