"""One connection to a mail server: connecting, encryption, authentication."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import ssl
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any

from django.conf import settings as django_settings

from quen.apps.channels.adapters.smtp.replies import SmtpReply, read_reply
from quen.apps.channels.types import Unreachable

PLAIN, STARTTLS, TLS = "plain", "starttls", "tls"
_READ_BYTES = 65_536
#: how often a silent server is noted
_SILENCE_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Timeouts in seconds: for connecting, for a reply, and for the reply to a complete message."""

    connect: float = 20.0
    reply: float = 60.0
    #: the longest: after this timeout nobody knows whether the message was accepted
    final_reply: float = 180.0


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Address and account of a mail server."""

    host: str
    port: int
    security: str = STARTTLS
    user: str = ""
    password: str = ""
    timeouts: Timeouts = Timeouts()
    #: also a server in a private network, or on this machine
    may_be_private: bool = True
    #: addresses with ports in a private network that may be reached all the same
    allowed_addresses: frozenset[str] = frozenset()

    @classmethod
    def from_settings(cls, settings: Mapping[str, Any], secret: str) -> SmtpServer:
        """Return the server for a connection's settings."""
        return cls(
            host=str(settings.get("host", "")),
            port=int(settings.get("port") or 25),
            security=str(settings.get("security", STARTTLS)),
            user=str(settings.get("user", "")),
            password=secret,
            may_be_private=django_settings.PRIVATE_MAIL_SERVERS,
            allowed_addresses=django_settings.HTTP_ALLOWED_ADDRESSES,
        )

    def redact(self, text: str) -> str:
        """Return text with the password removed."""
        if not self.password:
            return text
        plain = f"\0{self.user}\0{self.password}".encode()
        for secret in (self.password, _b64(self.password.encode()), _b64(plain)):
            text = text.replace(secret, "…")
        return text


class SmtpConnection:
    """An open, authenticated connection. ``extensions`` are those of the EHLO reply: {"SIZE": "1000", …}."""

    def __init__(self, server: SmtpServer, *, on_silence: Callable[[float], None] | None = None) -> None:
        """Connect. on_silence: called every few seconds while the server keeps us waiting, with the seconds so far."""
        self.server = server
        self._on_silence = on_silence
        #: it has greeted and answered as a mail server; until then its words may be those of another service
        self._is_mail_server = False
        self.buffer = bytearray()
        self.extensions: dict[str, str] = {}
        self.socket = self._connect()
        try:
            self._handshake()
        except Unreachable:
            self.socket.close()
            raise
        except ssl.SSLError as error:
            self.socket.close()
            raise Unreachable(
                _error_text(error), code="tls", permanent=_is_certificate_error(error)
            ) from error
        except (OSError, ValueError) as error:
            self.socket.close()
            # What is no reply is quoted in the error, and may be the secret of a service that is none of ours.
            text = _error_text(error) if self._is_mail_server or isinstance(error, OSError) else ""
            raise Unreachable(server.redact(text), code=_error_code(error)) from error

    def _connect(self) -> socket.socket:
        server = self.server
        try:
            plain = self._open_socket()
        except (socket.gaierror, UnicodeError) as error:
            temporary = getattr(error, "errno", None) == socket.EAI_AGAIN
            raise Unreachable(_error_text(error), code="no_host", permanent=not temporary) from error
        except OSError as error:
            raise Unreachable(_error_text(error), code="no_answer") from error
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plain.settimeout(server.timeouts.reply)
        if server.security != TLS:
            return plain
        try:
            return self._wrap_tls(plain)
        except ssl.SSLError as error:
            plain.close()
            not_tls = "WRONG_VERSION" in str(error) or "RECORD_LAYER" in str(error)
            raise Unreachable(
                _error_text(error),
                code="not_smtp" if not_tls else "tls",
                permanent=not_tls or _is_certificate_error(error),
            ) from error
        except OSError as error:
            plain.close()
            raise Unreachable(_error_text(error), code="not_smtp") from error

    def _open_socket(self) -> socket.socket:
        """Resolve the name once and connect to exactly such an address, if it may be reached."""
        server = self.server
        found = socket.getaddrinfo(server.host, server.port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(sockaddr[0]) for *_rest, sockaddr in found))
        if not server.may_be_private and not all(_is_reachable(each, server) for each in addresses):
            raise Unreachable("", code="private_address", permanent=True)
        for address in addresses[:-1]:
            try:
                return socket.create_connection((address, server.port), timeout=server.timeouts.connect)
            except OSError:
                continue
        return socket.create_connection((addresses[-1], server.port), timeout=server.timeouts.connect)

    def _wrap_tls(self, plain: socket.socket) -> ssl.SSLSocket:
        plain.settimeout(self.server.timeouts.reply)
        return ssl.create_default_context().wrap_socket(plain, server_hostname=self.server.host)

    def _handshake(self) -> None:
        greeting = self._read_reply()
        if not greeting.is_positive:
            raise self._rejection(greeting)
        self._ehlo()
        if self.server.security == STARTTLS:
            if "STARTTLS" not in self.extensions:
                raise Unreachable("STARTTLS", code="no_starttls", permanent=True)
            reply = self.command(b"STARTTLS")
            if not reply.is_positive:
                raise Unreachable(self._reply_text(reply), code="tls")
            # Drop data that came unencrypted behind the reply (STARTTLS injection).
            self.buffer.clear()
            self.socket = self._wrap_tls(self.socket)
            self._ehlo()
        if self.server.user or self.server.password:
            self._sign_in()

    def _ehlo(self) -> None:
        name = self._client_name()
        reply = self.command(b"EHLO " + name)
        self.extensions = {}
        if reply.is_positive:
            self._is_mail_server = True
            for line in reply.text.split("\n")[1:]:
                keyword, _, parameters = line.partition(" ")
                self.extensions[keyword.upper()] = parameters.strip()
            return
        if reply.code == 421:
            raise self._rejection(reply)
        reply = self.command(b"HELO " + name)
        if not reply.is_positive:
            raise self._rejection(reply)
        self._is_mail_server = True

    def _client_name(self) -> bytes:
        name = socket.gethostname()
        if "." in name and name.isascii():
            return name.encode()
        address = str(self.socket.getsockname()[0])
        return (f"[IPv6:{address}]" if ":" in address else f"[{address}]").encode()

    def _sign_in(self) -> None:
        server = self.server
        mechanisms = self.extensions.get("AUTH", "").upper().split()
        encrypted = isinstance(self.socket, ssl.SSLSocket) or _is_loopback(self.socket)
        user, password = server.user.encode(), server.password.encode()
        if "CRAM-MD5" in mechanisms and not encrypted:
            reply = self._cram_md5(user, password)
        elif ("PLAIN" in mechanisms or "LOGIN" in mechanisms) and not encrypted:
            raise Unreachable("AUTH", code="password_in_clear", permanent=True)
        elif "PLAIN" in mechanisms:
            reply = self.command(b"AUTH PLAIN " + _b64(b"\0" + user + b"\0" + password).encode())
        elif "LOGIN" in mechanisms:
            reply = self._login(user, password)
        elif "CRAM-MD5" in mechanisms:
            reply = self._cram_md5(user, password)
        else:
            raise Unreachable(" ".join(mechanisms) or "AUTH", code="no_login", permanent=True)
        if reply.is_positive:
            return
        if reply.permanent:
            raise Unreachable(self._reply_text(reply), code="wrong_password", permanent=True)
        raise Unreachable(self._reply_text(reply), code="busy")

    def _login(self, user: bytes, password: bytes) -> SmtpReply:
        reply = self.command(b"AUTH LOGIN")
        if reply.code == 334:
            reply = self.command(_b64(user).encode())
        return self.command(_b64(password).encode()) if reply.code == 334 else reply

    def _cram_md5(self, user: bytes, password: bytes) -> SmtpReply:
        reply = self.command(b"AUTH CRAM-MD5")
        if reply.code != 334:
            return reply
        digest = hmac.new(password, base64.b64decode(reply.text), hashlib.md5).hexdigest()
        return self.command(_b64(user + b" " + digest.encode()).encode())

    def command(self, line: bytes) -> SmtpReply:
        """Send one command and return its reply. Raises OSError, ValueError."""
        self.socket.settimeout(self.server.timeouts.reply)
        self.socket.sendall(line + b"\r\n")
        return self._read_reply()

    def _read_reply(self) -> SmtpReply:
        started_at = time.monotonic()
        deadline = started_at + self.server.timeouts.reply
        while True:
            reply = read_reply(self.buffer)
            if reply is not None:
                return reply
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError("no answer in time")
            self.socket.settimeout(min(left, _SILENCE_SECONDS))
            try:
                data = self.socket.recv(_READ_BYTES)
            except TimeoutError:
                if self._on_silence is not None:
                    self._on_silence(time.monotonic() - started_at)
                continue
            if not data:
                raise ConnectionResetError("the server closed the connection")
            self.buffer += data

    def _rejection(self, reply: SmtpReply) -> Unreachable:
        return Unreachable(self._reply_text(reply), code="unwelcome" if reply.permanent else "busy")

    def _reply_text(self, reply: SmtpReply) -> str:
        if not self._is_mail_server:
            return reply.full_code
        return self.server.redact(f"{reply.code} {' '.join(reply.text.split())}"[:300])

    def close(self) -> None:
        """Send QUIT and close without waiting for the reply."""
        try:
            self.socket.send(b"QUIT\r\n")
        except (OSError, ValueError):
            pass
        finally:
            self.socket.close()

    def quit(self) -> None:
        """Send QUIT and close, waiting at most a second."""
        try:
            self.socket.settimeout(1.0)
            self.socket.sendall(b"QUIT\r\n")
            self.socket.recv(_READ_BYTES)
        except (OSError, ValueError):
            pass
        finally:
            self.socket.close()


def _b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _is_loopback(sock: socket.socket) -> bool:
    try:
        return ip_address(sock.getpeername()[0]).is_loopback
    except ValueError:
        return False


def _is_reachable(address: str, server: SmtpServer) -> bool:
    """Return whether an address is on the internet, or was allowed by the operator."""
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address):
        parsed = parsed.ipv4_mapped or parsed.sixtofour or parsed
    allowed = f"{parsed}:{server.port}" in server.allowed_addresses
    return allowed or (parsed.is_global and not parsed.is_multicast)


def _is_certificate_error(error: ssl.SSLError) -> bool:
    return isinstance(error, ssl.SSLCertVerificationError)


def _error_code(error: Exception) -> str:
    if isinstance(error, ValueError | TimeoutError):
        # A server that waits for a TLS handshake says nothing, so a timeout is a sign of it as well.
        return "not_smtp"
    return "lost"


def _error_text(error: Exception) -> str:
    return (getattr(error, "strerror", "") or str(error) or type(error).__name__)[:300]
