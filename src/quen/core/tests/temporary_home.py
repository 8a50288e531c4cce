"""Temporary home folders, open enough for the server's own user when tests run as root."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def temporary_home(name: str = "home") -> Iterator[Path]:
    """Yield the path of a home folder that does not exist yet."""
    folder = Path(tempfile.mkdtemp(prefix="quen-home-"))
    folder.chmod(0o711)
    try:
        yield folder / name
    finally:
        shutil.rmtree(folder, ignore_errors=True)
