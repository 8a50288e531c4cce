"""The lock of a clone: commands started at once prepare environment, front end and translations one after the other."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

#: the same file as in bin/_env
LOCK = Path(__file__).resolve().parents[3] / ".build.lock"


@contextmanager
def build_lock(path: Path = LOCK) -> Iterator[None]:
    """Hold the lock for a block. Where its file can't be created nothing can be built either: the block just runs.

    What is built is no secret and may be read by other users, as the rest of a clone.
    """
    before = os.umask(0o022)
    try:
        with _locked(path):
            yield
    finally:
        os.umask(before)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    try:
        handle = os.open(path, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
    except OSError:
        yield
        return
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
