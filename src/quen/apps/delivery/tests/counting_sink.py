"""A mail server in a process of its own that logs each recipient before it accepts the mail.

python -m quen.apps.delivery.tests.counting_sink LOG     prints its port
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import IO


class Counting(asyncio.Protocol):
    """One connection."""

    log: IO[bytes]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]  # a Transport it is
        self.buffer, self.in_data, self.recipient = b"", False, b""
        self.transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        out = []
        while True:
            mark = b"\r\n.\r\n" if self.in_data else b"\r\n"
            end = self.buffer.find(mark)
            if end < 0:
                break
            line = self.buffer[:end]
            self.buffer = self.buffer[end + len(mark) :]
            out.append(self._answer(line))
        self.transport.write(b"".join(out))

    def _answer(self, line: bytes) -> bytes:
        if self.in_data:
            self.in_data = False
            self.log.write(self.recipient + b"\n")
            self.log.flush()
            return b"250 2.0.0 Ok: queued\r\n"
        command = line[:4].upper()
        if command == b"EHLO":
            return b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 50000000\r\n"
        if command == b"RCPT":
            self.recipient = line[9:].partition(b">")[0]
        if command == b"DATA":
            self.in_data = True
            return b"354 go\r\n"
        return b"250 Ok\r\n"


async def serve(log: Path) -> None:
    """Serve until killed."""
    with log.open("ab") as file:
        Counting.log = file
        server = await asyncio.get_running_loop().create_server(Counting, "127.0.0.1", 0)
        print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(Path(sys.argv[1])))
