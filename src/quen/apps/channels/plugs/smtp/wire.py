"""One connection to a mail server: reaching it, encryption, signing in."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from quen.apps.channels.plugs.smtp.answers import Reply, read_reply
from quen.apps.channels.types import Unreachable

PLAIN, STARTTLS, TLS = "plain", "starttls", "tls"
_READ = 65_536


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds we wait: for a connection, for an answer, for the answer to a whole message."""

    connect: float = 20.0
    answer: float = 60.0
    #: longest of all: who gives up here never learns whether the message was taken
    taken: float = 180.0


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed over, and as whom."""

    host: str
    port: int
    security: str = STARTTLS
    user: str = ""
    password: str = ""
    patience: Patience = Patience()

    @classmethod
    def of(cls, settings: Mapping[str, Any], secret: str) -> Server:
        """Read a connection's settings."""
        return cls(
            host=str(settings.get("host", "")),
            port=int(settings.get("port") or 25),
            security=str(settings.get("security", STARTTLS)),
            user=str(settings.get("user", "")),
            password=secret,
        )

    def hide(self, text: str) -> str:
        """Take the password out of words that may be shown."""
        if not self.password:
            return text
        plain = f"\0{self.user}\0{self.password}".encode()
        for told in (self.password, _b64(self.password.encode()), _b64(plain)):
            text = text.replace(told, "…")
        return text


class Wire:
    """An open, greeted and signed-in connection. What the server can is in ``can``: {"SIZE": "1000", …}."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.buffer = bytearray()
        self.can: dict[str, str] = {}
        self.socket = self._connect()
        try:
            self._greet()
        except Unreachable:
            self.socket.close()
            raise
        except ssl.SSLError as error:
            self.socket.close()
            raise Unreachable(_words(error), code="tls", permanent=_is_certificate(error)) from error
        except (OSError, ValueError) as error:
            self.socket.close()
            raise Unreachable(server.hide(_words(error)), code=_code_of(error)) from error

    def _connect(self) -> socket.socket:
        server = self.server
        try:
            plain = socket.create_connection((server.host, server.port), timeout=server.patience.connect)
        except (socket.gaierror, UnicodeError) as error:
            passing = getattr(error, "errno", None) == socket.EAI_AGAIN
            raise Unreachable(_words(error), code="no_host", permanent=not passing) from error
        except OSError as error:
            raise Unreachable(_words(error), code="no_answer") from error
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.settimeout(server.patience.answer)
        if server.security != TLS:
            return plain
        try:
            return self._encrypted(plain)
        except ssl.SSLError as error:
            plain.close()
            wrong = "WRONG_VERSION" in str(error) or "RECORD_LAYER" in str(error)
            raise Unreachable(
                _words(error), code="not_smtp" if wrong else "tls", permanent=wrong or _is_certificate(error)
            ) from error
        except OSError as error:
            plain.close()
            raise Unreachable(_words(error), code="not_smtp") from error

    def _encrypted(self, plain: socket.socket) -> ssl.SSLSocket:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=self.server.host)

    def _greet(self) -> None:
        welcome = self._read()
        if not welcome.good:
            raise self._turned_away(welcome)
        self._hello()
        if self.server.security == STARTTLS:
            if "STARTTLS" not in self.can:
                raise Unreachable("STARTTLS", code="no_starttls", permanent=True)
            reply = self.ask(b"STARTTLS")
            if not reply.good:
                raise Unreachable(self._said(reply), code="tls")
            # What came in clear behind the reply was not said by whom we are about to trust.
            self.buffer.clear()
            self.socket = self._encrypted(self.socket)
            self._hello()
        if self.server.user or self.server.password:
            self._sign_in()

    def _hello(self) -> None:
        name = self._our_name()
        reply = self.ask(b"EHLO " + name)
        self.can = {}
        if reply.good:
            for line in reply.text.split("\n")[1:]:
                word, _, rest = line.partition(" ")
                self.can[word.upper()] = rest.strip()
            return
        if reply.code == 421:
            raise self._turned_away(reply)
        reply = self.ask(b"HELO " + name)
        if not reply.good:
            raise self._turned_away(reply)

    def _our_name(self) -> bytes:
        name = socket.gethostname()
        if "." in name and name.isascii():
            return name.encode()
        address = str(self.socket.getsockname()[0])
        return (f"[IPv6:{address}]" if ":" in address else f"[{address}]").encode()

    def _sign_in(self) -> None:
        server = self.server
        ways = self.can.get("AUTH", "").upper().split()
        sealed = isinstance(self.socket, ssl.SSLSocket) or _is_this_machine(self.socket)
        user, password = server.user.encode(), server.password.encode()
        if "CRAM-MD5" in ways and not sealed:
            reply = self._cram_md5(user, password)
        elif ("PLAIN" in ways or "LOGIN" in ways) and not sealed:
            raise Unreachable("AUTH", code="password_in_clear", permanent=True)
        elif "PLAIN" in ways:
            reply = self.ask(b"AUTH PLAIN " + _b64(b"\0" + user + b"\0" + password).encode())
        elif "LOGIN" in ways:
            reply = self._login(user, password)
        elif "CRAM-MD5" in ways:
            reply = self._cram_md5(user, password)
        else:
            raise Unreachable(" ".join(ways) or "AUTH", code="no_login", permanent=True)
        if reply.good:
            return
        if reply.for_good:
            raise Unreachable(self._said(reply), code="wrong_password", permanent=True)
        raise Unreachable(self._said(reply), code="busy")

    def _login(self, user: bytes, password: bytes) -> Reply:
        reply = self.ask(b"AUTH LOGIN")
        if reply.code == 334:
            reply = self.ask(_b64(user).encode())
        return self.ask(_b64(password).encode()) if reply.code == 334 else reply

    def _cram_md5(self, user: bytes, password: bytes) -> Reply:
        reply = self.ask(b"AUTH CRAM-MD5")
        if reply.code != 334:
            return reply
        digest = hmac.new(password, base64.b64decode(reply.text), hashlib.md5).hexdigest()
        return self.ask(_b64(user + b" " + digest.encode()).encode())

    def ask(self, line: bytes) -> Reply:
        """Say one line and wait for the answer. Raises OSError, ValueError."""
        self.socket.sendall(line + b"\r\n")
        return self._read()

    def _read(self) -> Reply:
        until = time.monotonic() + self.server.patience.answer
        while True:
            reply = read_reply(self.buffer)
            if reply is not None:
                return reply
            if time.monotonic() > until:
                raise TimeoutError("no answer in time")
            data = self.socket.recv(_READ)
            if not data:
                raise ConnectionResetError("the server closed the connection")
            self.buffer += data

    def _turned_away(self, reply: Reply) -> Unreachable:
        return Unreachable(self._said(reply), code="unwelcome" if reply.for_good else "busy")

    def _said(self, reply: Reply) -> str:
        return self.server.hide(f"{reply.code} {' '.join(reply.text.split())}"[:300])

    def part(self) -> None:
        """Say goodbye and close, without waiting for long."""
        try:
            self.socket.settimeout(1.0)
            self.socket.sendall(b"QUIT\r\n")
            self.socket.recv(_READ)
        except (OSError, ValueError):
            pass
        finally:
            self.socket.close()


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _is_this_machine(sock: socket.socket) -> bool:
    try:
        return ip_address(sock.getpeername()[0]).is_loopback
    except ValueError:
        return False


def _is_certificate(error: ssl.SSLError) -> bool:
    return isinstance(error, ssl.SSLCertVerificationError)


def _code_of(error: Exception) -> str:
    if isinstance(error, ValueError | TimeoutError):
        # Silence, too, is what a server says that waits for a TLS hello.
        return "not_smtp"
    return "lost"


def _words(error: Exception) -> str:
    return (getattr(error, "strerror", "") or str(error) or type(error).__name__)[:300]
