"""Messages of any length over a socket: eight bytes of length, then the bytes."""

from __future__ import annotations

import socket
import struct
import time

#: a process that is asked nothing for so long ends
IDLE_SECONDS = 300.0
_LENGTH = struct.Struct(">Q")


def send(to: socket.socket, message: bytes) -> None:
    """Send a message. Raises OSError; TimeoutError when the socket has a timeout and it passes."""
    to.sendall(_LENGTH.pack(len(message)) + message)


def receive(source: socket.socket, *, until: float | None = None) -> bytes:
    """Return the next message. until: on the monotonic clock.

    Raises EOFError when the other side has closed, TimeoutError when the time is over, OSError.
    """
    return _exactly(source, _LENGTH.unpack(_exactly(source, _LENGTH.size, until))[0], until)


def _exactly(source: socket.socket, size: int, until: float | None) -> bytes:
    parts: list[bytes] = []
    while size:
        if until is not None:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            source.settimeout(left)
        part = source.recv(min(size, 1 << 20))
        if not part:
            raise EOFError
        parts.append(part)
        size -= len(part)
    return b"".join(parts)
