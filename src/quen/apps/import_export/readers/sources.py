"""The bytes of a file: a path, or an open stream such as chunks in the database."""

from __future__ import annotations

import io
from pathlib import Path
from typing import BinaryIO


class FileSource:
    """Bytes that can be opened several times; each opened stream has its own position."""

    def __init__(self, origin: Path | BinaryIO) -> None:
        self._origin = origin
        if isinstance(origin, Path):
            self.size = origin.stat().st_size
        else:
            self.size = origin.seek(0, io.SEEK_END)

    def open(self) -> io.RawIOBase:
        """Return a new raw stream at the first byte; its `tell` is the number of bytes read."""
        if isinstance(self._origin, Path):
            return io.FileIO(self._origin)
        return _SourceView(self._origin, self.size)

    def buffered(self, size: int = 1 << 18) -> io.BufferedReader:
        """Return a new buffered stream at the first byte."""
        return io.BufferedReader(self.open(), size)

    def head(self, size: int) -> bytes:
        """Return the first bytes."""
        with self.buffered() as stream:
            return stream.read(size)


class _SourceView(io.RawIOBase):
    """A view of a shared stream with its own position. Closing it leaves the shared stream open."""

    def __init__(self, shared: BinaryIO, size: int) -> None:
        self._shared = shared
        self._size = size
        self._position = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._position = (
            offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self._size}[whence]
        )
        return self._position

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # io hands over a memoryview
        self._shared.seek(self._position)
        data = self._shared.read(len(buffer))
        buffer[: len(data)] = data
        self._position += len(data)
        return len(data)
