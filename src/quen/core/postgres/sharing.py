"""Who uses the server: the supervisor for as long as it lives, command lines for as long as they take.

Three locks (flock, so a dead holder holds nothing) lie in the home folder:
``turn.lock``   held alone while somebody starts or stops the server;
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


def given_url() -> str | None:
    """Give DATABASE_URL, the way to a server that is not ours."""
    return os.environ.get("DATABASE_URL") or None


@contextmanager
def ensure_running(home: Path | None = None) -> Iterator[str]:
    """Give the address of a running database for the length of a block.

    Starts our server when nobody runs it and stops it as the last user. Raises Trouble.
    """
    url = given_url()
    if url is not None:
        server_version(url)
        yield url
        return
    cluster = Cluster(home or home_from_environment())
    with hold(cluster, tied=False):
        yield cluster.url(DATABASE)


@contextmanager
def hold(cluster: Cluster, *, tied: bool) -> Iterator[None]:
    """Keep a server running for a block.

    tied: for the supervisor. The server becomes its child where nobody else uses one, dies with it,
    and is stopped at the end whoever else may use it.
    """
    prepare_home(cluster.home)
    with _locked_file(cluster.home / "users.lock") as users:
        with turn(cluster.home):
            if tied and cluster.is_running() and _alone(users):
                cluster.stop()  # left behind by a command line that was killed
            cluster.start(tied=tied)
            fcntl.flock(users, fcntl.LOCK_SH)
        try:
            yield
        finally:
            with turn(cluster.home):
                if tied or _alone(users):
                    cluster.stop()


@contextmanager
def turn(home: Path) -> Iterator[None]:
    """Wait until nobody else starts or stops the server."""
    with _locked_file(home / "turn.lock") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def only_supervisor(home: Path) -> Iterator[bool]:
    """Take the supervisor's place for a block; tell whether it was free."""
    with _locked_file(home / "supervisor.lock") as file:
        # Somebody who only asks holds it for an instant: try for a moment.
        yield wait_until(lambda: _alone(file), 0.5)


def supervisor_runs(home: Path) -> bool:
    """Tell whether a supervisor lives on this home."""
    if not (home / "supervisor.lock").exists():
        return False
    with _locked_file(home / "supervisor.lock") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def _alone(file: int) -> bool:
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
