"""Where the bytes of a file come from: a path, or an open stream such as chunks in the database."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO


class Source:
    """Bytes that can be opened several times over. Each opening has a position of its own."""

    def __init__(self, given: Path | BinaryIO) -> None:
        self._given = given
        if isinstance(given, Path):
            self.size = given.stat().st_size
        else:
            self.size = given.seek(0, io.SEEK_END)

    def open(self) -> io.RawIOBase:
        """A fresh raw stream at the first byte; `tell` says how much was read."""
        if isinstance(self._given, Path):
            return io.FileIO(self._given)
        return _View(self._given, self.size)

    def buffered(self, size: int = 1 << 18) -> io.BufferedReader:
        """A fresh buffered stream at the first byte."""
        return io.BufferedReader(self.open(), size)

    def head(self, size: int) -> bytes:
        """The first bytes."""
        with self.buffered() as stream:
            return stream.read(size)


class _View(io.RawIOBase):
    """One reader's own position in a stream that others read too. Closing it leaves the stream open."""

    def __init__(self, shared: BinaryIO, size: int) -> None:
        self._shared = shared
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence]
        return self._at

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # io hands over a memoryview
        self._shared.seek(self._at)
        data = self._shared.read(len(buffer))
        buffer[: len(data)] = data
        self._at += len(data)
        return len(data)
