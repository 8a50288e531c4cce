"""Who uses the server: the supervisor for as long as it lives, command lines for as long as they take.

Three locks (flock, so a dead holder holds nothing) lie in the home folder:
``startup.lock`` held alone while somebody starts or stops the server;
``users.lock``  held shared by everybody who uses it: who can take it alone was the last;
``supervisor.lock``  held alone by the one supervisor.
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
    """Give DATABASE_URL, the way to a server that is not ours."""
    return os.environ.get("DATABASE_URL") or None


@contextmanager
def ensure_running(home: Path | None = None) -> Iterator[str]:
    """Give the address of a running database for the length of a block.

    Starts our server when nobody runs it and stops it as the last user. Raises SetupError.
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

    as_child: for the supervisor. The server becomes its child where nobody else uses one, dies with it,
    and is stopped at the end whoever else may use it.
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
    """Wait until nobody else starts or stops the server."""
    with _locked_file(home / "startup.lock") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def supervisor_lock(home: Path) -> Iterator[bool]:
    """Take the supervisor's place for a block; tell whether it was free."""
    with _locked_file(home / "supervisor.lock") as file:
        # Somebody who only asks holds it for an instant: try for a moment.
        yield wait_until(lambda: _try_lock_exclusively(file), 0.5)


def supervisor_is_running(home: Path) -> bool:
    """Tell whether a supervisor lives on this home."""
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
