"""A mail server for tests: real sockets, scriptable replies, a log of everything. Also a fast counting sink:

python -m quen.apps.channels.tests.sink PORT
"""

from __future__ import annotations

import asyncio
import ssl
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

#: what a script may return instead of bytes: close the connection, do not reply, or reply as usual
CLOSE, NO_REPLY, DEFAULT = object(), object(), None
FEATURES = ("PIPELINING", "8BITMIME", "SIZE 50000000")


@dataclass
class ReceivedMail:
    """One message as the server received it."""

    sender: str
    recipient: str
    body: bytes
    parameters: str = ""


@dataclass
class Script:
    """How the server behaves. ``answer(command, line, mail)`` returns bytes, CLOSE, NO_REPLY or DEFAULT.

    command: CONNECT, EHLO, AUTH, MAIL, RCPT, DATA, END … ; END is called when a complete message has arrived.
    """

    answer: Callable[[str, bytes, ReceivedMail], object] = lambda _command, _line, _mail: DEFAULT
    features: tuple[str, ...] = FEATURES
    users: dict[str, str] = field(default_factory=dict)
    tls: ssl.SSLContext | None = None
    #: TLS from the first byte
    implicit_tls: bool = False
    #: close the connection after this many messages
    close_after: int = 0


class SinkConnection(asyncio.Protocol):
    """One connection."""

    def __init__(self, sink: Sink) -> None:
        self.sink, self.script = sink, sink.script
        self.buffer = bytearray()
        self.in_data = self.paused = False
        self.mail = ReceivedMail("", "", b"")
        self.received = 0
        self.transport: asyncio.Transport
        self.steps: list[Callable[[bytes], bytes]] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport  # type: ignore[assignment]  # a Transport it is
        self.sink.connections += 1
        self.sink.open_connections += 1
        self.reply("CONNECT", b"", b"220 sink ESMTP\r\n")

    def connection_lost(self, exc: Exception | None) -> None:
        self.sink.open_connections -= 1

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while not self.paused and self._process_next():
            pass

    def _process_next(self) -> bool:
        if self.in_data:
            end = 0 if self.buffer.startswith(b".\r\n") else self.buffer.find(b"\r\n.\r\n")
            if end < 0:
                return False
            length = 3 if end == 0 and self.buffer.startswith(b".\r\n") else end + 5
            raw = bytes(self.buffer[: length - 3])
            del self.buffer[:length]
            self.in_data = False
            self._store_mail(raw)
            return True
        end = self.buffer.find(b"\r\n")
        if end < 0:
            return False
        line = bytes(self.buffer[:end])
        del self.buffer[: end + 2]
        self._handle_line(line)
        return True

    def _handle_line(self, line: bytes) -> None:
        if self.steps:
            self.transport.write(self.steps.pop(0)(line))
            return
        command = line[:4].decode("latin-1").upper()
        self.sink.lines.append(line)
        if command == "EHLO":
            keywords = [*self.script.features]
            if (
                self.script.tls
                and not self.script.implicit_tls
                and not self.transport.get_extra_info("sslcontext")
            ):
                keywords.append("STARTTLS")
            lines = [b"sink", *(keyword.encode() for keyword in keywords)]
            self.reply(
                command,
                line,
                b"".join(
                    b"250%b%b\r\n" % (b"-" if n < len(lines) - 1 else b" ", w) for n, w in enumerate(lines)
                ),
            )
        elif command == "STAR":
            self.transport.write(b"220 go\r\n")
            # Encrypted data waits until the TLS transport is ready.
            self.paused = True
            self.upgrading = asyncio.ensure_future(self._upgrade())
        elif command == "AUTH":
            self._authenticate(line)
        elif command == "MAIL":
            address, _, parameters = line[11:].decode().partition(">")
            self.mail = ReceivedMail(address, "", b"", parameters.strip())
            self.reply(command, line, b"250 2.1.0 Ok\r\n")
        elif command == "RCPT":
            recipient = line[9:].decode().partition(">")[0]
            self.mail.recipient = recipient
            if not self.reply(command, line, b"250 2.1.5 Ok\r\n"):
                self.mail.recipient = ""
        elif command == "DATA":
            if not self.mail.recipient:
                self.reply(command, line, b"503 5.5.1 No valid recipients\r\n")
            elif self.reply(command, line, b"354 go\r\n"):
                self.in_data = True
        elif command == "QUIT":
            self.transport.write(b"221 2.0.0 bye\r\n")
            self.transport.close()
        else:
            self.reply(command, line, b"250 2.0.0 Ok\r\n")

    async def _upgrade(self) -> None:
        assert self.script.tls is not None
        loop = asyncio.get_running_loop()
        try:
            upgraded = await loop.start_tls(self.transport, self, self.script.tls, server_side=True)
        except OSError:
            self.transport.close()
            return
        if upgraded is not None:
            self.transport, self.paused = upgraded, False
            self.data_received(b"")

    def _authenticate(self, line: bytes) -> None:
        import base64

        def check(user: bytes, password: bytes) -> bytes:
            known = self.script.users.get(user.decode())
            fits = known is not None and known.encode() == password
            return b"235 2.7.0 Welcome\r\n" if fits else b"535 5.7.8 Bad credentials\r\n"

        mechanism, _, rest = line[5:].partition(b" ")
        if mechanism == b"PLAIN":
            _zero, user, password = base64.b64decode(rest).split(b"\0")
            self.transport.write(check(user, password))
        elif mechanism == b"LOGIN":
            self.transport.write(b"334 VXNlcm5hbWU6\r\n")
            received: list[bytes] = []

            def user_step(answer: bytes) -> bytes:
                received.append(base64.b64decode(answer))
                return b"334 UGFzc3dvcmQ6\r\n"

            self.steps = [user_step, lambda answer: check(received[0], base64.b64decode(answer))]
        else:
            self._challenge()

    def _challenge(self) -> None:
        import base64
        import hmac

        challenge = b"<1896.697170952@sink>"
        self.transport.write(b"334 " + base64.b64encode(challenge) + b"\r\n")

        def digest_step(answer: bytes) -> bytes:
            user, _, digest = base64.b64decode(answer).rpartition(b" ")
            password = self.script.users.get(user.decode(), "").encode()
            fits = hmac.new(password, challenge, "md5").hexdigest().encode() == digest
            return b"235 2.7.0 Welcome\r\n" if fits else b"535 5.7.8 Bad credentials\r\n"

        self.steps = [digest_step]

    def _store_mail(self, raw: bytes) -> None:
        self.mail.body = raw[1:] if raw.startswith(b".") else raw
        self.mail.body = self.mail.body.replace(b"\r\n..", b"\r\n.")
        number = len(self.sink.mails) + 1
        if self.reply("END", b"", b"250 2.0.0 Ok: queued as Q%d\r\n" % number):
            self.sink.mails.append(self.mail)
        self.mail = ReceivedMail("", "", b"")
        self.received += 1
        if self.script.close_after and self.received >= self.script.close_after:
            self.transport.write(b"421 4.7.0 Too many messages on this connection\r\n")
            self.transport.close()
            self.paused = True

    def reply(self, command: str, line: bytes, default: bytes) -> bool:
        """Reply as the script says; return whether it was the positive default."""
        response = self.script.answer(command, line, self.mail)
        if response is CLOSE:
            self.transport.abort() if command == "ABORT" else self.transport.close()
            self.paused = True
        elif response is NO_REPLY:
            self.paused = True
        elif isinstance(response, bytes):
            self.transport.write(response)
            return response[:1] in (b"2", b"3")
        else:
            self.transport.write(default)
            return True
        return False


class Sink:
    """A mail server on a free local port, for the duration of a ``with``."""

    def __init__(self, script: Script | None = None) -> None:
        self.script = script or Script()
        self.mails: list[ReceivedMail] = []
        self.lines: list[bytes] = []
        #: ever opened, and open now
        self.connections = self.open_connections = 0
        self.port = 0
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()

    def __enter__(self) -> Sink:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        tls = self.script.tls if self.script.implicit_tls else None
        server = self._loop.run_until_complete(
            self._loop.create_server(lambda: SinkConnection(self), "127.0.0.1", 0, ssl=tls)
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        pending = asyncio.all_tasks(self._loop)
        for task in pending:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
        self._loop.close()

    @property
    def recipients(self) -> list[str]:
        """Return the recipients in order of arrival."""
        return [mail.recipient for mail in self.mails]


class _Counting(asyncio.Protocol):
    """As fast as Python accepts mail: counts messages and stores nothing."""

    count = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: asyncio.Transport = transport  # type: ignore[assignment]  # a Transport it is
        self.buffer, self.in_data = b"", False
        self.transport.write(b"220 sink ESMTP\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        out = []
        while True:
            mark = b"\r\n.\r\n" if self.in_data else b"\r\n"
            end = self.buffer.find(mark)
            if end < 0:
                break
            command = self.buffer[:4]
            self.buffer = self.buffer[end + len(mark) :]
            if self.in_data:
                self.in_data = False
                _Counting.count += 1
                out.append(b"250 2.0.0 Ok: queued\r\n")
            elif command == b"EHLO":
                out.append(b"250-sink\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 50000000\r\n")
            elif command == b"DATA":
                self.in_data = True
                out.append(b"354 go\r\n")
            elif command == b"STAT":
                out.append(b"250 %d\r\n" % _Counting.count)
            elif command == b"QUIT":
                self.transport.write(b"".join(out) + b"221 bye\r\n")
                self.transport.close()
                return
            else:
                out.append(b"250 Ok\r\n")
        if out:
            self.transport.write(b"".join(out))


async def _serve(port: int) -> None:
    server = await asyncio.get_running_loop().create_server(_Counting, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1])))
