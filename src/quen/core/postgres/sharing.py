"""Sharing the server between the supervisor and command lines; the last user stops it.

Three lock files in the home folder (flock, so a killed process holds nothing):
``startup.lock``     exclusive while a process starts or stops the server;
``users.lock``       shared by every process that uses it; a process that can lock it exclusively is the last user;
``supervisor.lock``  exclusive for the one supervisor.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from quen.core.postgres.cluster import DATABASE, Cluster, server_version
from quen.core.postgres.home import home_from_environment, prepare_home
from quen.core.postgres.processes import wait_until


def database_url() -> str | None:
    """Return DATABASE_URL, the address of an external server, or None."""
    return os.environ.get("DATABASE_URL") or None


@contextmanager
def ensure_running(home: Path | None = None) -> Iterator[str]:
    """Yield the URL of a running database for the length of a block.

    Starts the embedded server unless it runs, and stops it when this is its last user. Raises SetupError.
    """
    url = database_url()
    if url is not None:
        server_version(url)
        yield url
        return
    cluster = Cluster(home or home_from_environment())
    with running(cluster, as_child=False):
        yield cluster.url(DATABASE)


@contextmanager
def running(cluster: Cluster, *, as_child: bool) -> Iterator[None]:
    """Keep a server running for a block.

    as_child: for the supervisor. The server becomes its child process (unless another process already uses one), dies
    with it, and is stopped at the end even if other processes still use it.
    """
    prepare_home(cluster.home)
    with _locked_file(cluster.home / "users.lock") as users:
        with start_stop_lock(cluster.home):
            if as_child and cluster.is_running() and _try_lock_exclusively(users):
                cluster.stop()  # left behind by a command line that was killed
            cluster.start(as_child=as_child)
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield
        finally:
            with start_stop_lock(cluster.home):
                if as_child or _try_lock_exclusively(users):
                    cluster.stop()


@contextmanager
def start_stop_lock(home: Path) -> Iterator[None]:
    """Hold the lock for starting and stopping the server."""
    with _locked_file(home / "startup.lock") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def supervisor_lock(home: Path) -> Iterator[bool]:
    """Hold the supervisor's lock for a block; yields whether it was free."""
    with _locked_file(home / "supervisor.lock") as file:
        # supervisor_is_running() holds it for an instant: try for a moment.
        yield wait_until(lambda: _try_lock_exclusively(file), 0.5)


def supervisor_is_running(home: Path) -> bool:
    """Return whether a supervisor is running on this home."""
    if not (home / "supervisor.lock").exists():
        return False
    with _locked_file(home / "supervisor.lock") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def _try_lock_exclusively(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _locked_file(path: Path) -> Iterator[int]:
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        yield handle
    finally:
        os.close(handle)
