"""Outgoing HTTP: every request to another host goes through ``Client``.

Guarded against server-side request forgery where it matters, at the moment of connecting: the name is resolved once,
every address it resolves to must be allowed, and the connection goes to exactly such an address. A name that resolves
differently the second time, or a redirect into the private network, gains nothing. Proxies of the environment are not
used.
"""

from __future__ import annotations

import ipaddress
import json
import queue
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

import httpcore2
import httpx2
from django.conf import settings

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Guard = Callable[[Address, int], bool]
WEB_PORTS: Final = frozenset({80, 443, 8080, 8443})
USER_AGENT: Final = "Quen"
_CHUNK_BYTES = 64 * 1024
#: what is assigned to the internet; outside are site-local addresses and those that gateways translate to IPv4
_IPV6_INTERNET: Final = ipaddress.IPv6Network("2000::/3")
#: 6to4 and Teredo hold an IPv4 address, which may be a private one
_IPV6_LEADING_TO_IPV4: Final = (ipaddress.IPv6Network("2002::/16"), ipaddress.IPv6Network("2001::/32"))
_allowed: set[tuple[Address, int]] = set()
_deadline: ContextVar[float] = ContextVar("deadline")


class HttpError(Exception):
    """A request without a usable answer. ``reason`` is a short code for logs and messages."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class AddressRefused(HttpError):
    """The address is not on the open web, or not an address of the web at all. Nothing was sent."""


class NotReached(HttpError):
    """No connection came about; nothing was sent, so that the request may be repeated."""


class NoAnswer(HttpError):
    """The request was sent and the answer did not arrive whole or in time: it may have been carried out."""


class AnswerTooLarge(HttpError):
    """The answer is longer than the caller takes."""


def is_public(address: Address, port: int) -> bool:
    """Return whether a place belongs to the open web, or was allowed by ``allow_address`` or the operator.

    Private, loopback, link-local and multicast networks do not, nor do ports other than those of the web.
    """
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    if (address, port) in _allowed or f"{address}:{port}" in settings.HTTP_ALLOWED_ADDRESSES:
        return True
    if isinstance(address, ipaddress.IPv6Address) and (
        address not in _IPV6_INTERNET or any(address in each for each in _IPV6_LEADING_TO_IPV4)
    ):
        return False
    return port in WEB_PORTS and address.is_global and not address.is_multicast


@contextmanager
def allow_address(address: str, port: int) -> Iterator[None]:
    """Allow exactly one address and port for the length of the block, in this process: a simulator on loopback."""
    place = (ipaddress.ip_address(address), port)
    _allowed.add(place)
    try:
        yield
    finally:
        _allowed.discard(place)


@dataclass(frozen=True, slots=True)
class Response:
    """An answer read whole. ``url`` is the address that gave it, after redirects."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    url: str

    @property
    def text(self) -> str:
        """Return the body as UTF-8 text; bytes that are none are replaced."""
        return self.content.decode("utf-8", "replace")

    def json(self) -> Any:
        """Return the body as JSON. Raises ValueError when it is not."""
        return json.loads(self.content)


class Client:
    """A guarded HTTP client with a pool of connections. Use it as a context manager, or call ``close``.

    timeout_seconds: for connecting and for each silence.  total_seconds: for one request from its start to the last
    byte of its answer, looking up the name and redirects included.  max_bytes: the longest answer.  only_start: an
    answer whose body is longer, or does not arrive whole, is returned with what there is of it, as it was sent, not
    unpacked.  max_redirects: 0 returns the redirect itself.  connect_retries: further attempts to connect; a request
    that was sent is never repeated here.
    may_connect: asked about every address before anything is sent there.
    """

    def __init__(
        self,
        *,
        timeout_seconds: float = 10.0,
        total_seconds: float = 30.0,
        max_bytes: int = 1_000_000,
        only_start: bool = False,
        max_redirects: int = 0,
        connect_retries: int = 0,
        may_connect: Guard = is_public,
        verify: ssl.SSLContext | bool = True,
        user_agent: str = USER_AGENT,
    ) -> None:
        self._total_seconds = total_seconds
        self._max_bytes, self._only_start = max_bytes, only_start
        self._client = httpx2.Client(
            transport=_GuardedTransport(may_connect, retries=connect_retries, verify=verify),
            timeout=timeout_seconds,
            follow_redirects=max_redirects > 0,
            max_redirects=max_redirects,
            headers={"User-Agent": user_agent},
            trust_env=False,
        )

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, url: str, **request: Any) -> Response:
        """Send a GET; see ``request``."""
        return self.request("GET", url, **request)

    def post(self, url: str, **request: Any) -> Response:
        """Send a POST; see ``request``."""
        return self.request("POST", url, **request)

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        payload: Any = None,
        content: bytes | None = None,
        form: Mapping[str, str] | None = None,
    ) -> Response:
        """Send a request and return its answer, whatever its status, read whole.

        The body is one of payload (sent as JSON), content or form.
        Raises AddressRefused, NotReached (both: nothing was sent), NoAnswer, AnswerTooLarge.
        """
        until = _deadline.set(time.monotonic() + self._total_seconds)
        try:
            request = self._client.build_request(
                method, url, headers=headers, params=params, json=payload, content=content, data=form
            )
            response = self._client.send(request, stream=True)
            try:
                return Response(
                    response.status_code, response.headers, self._read(response), str(response.url)
                )
            finally:
                response.close()
        except (httpx2.InvalidURL, httpx2.UnsupportedProtocol, UnicodeError) as error:
            raise AddressRefused("address") from error
        except (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout) as error:
            raise NotReached(_reason(error)) from error
        except httpx2.TooManyRedirects as error:
            raise NoAnswer("redirects") from error
        except (httpx2.HTTPError, OSError) as error:
            raise NoAnswer(_reason(error)) from error
        finally:
            _deadline.reset(until)

    def _read(self, response: httpx2.Response) -> bytes:
        if self._only_start:
            return self._read_start(response)
        body = bytearray()
        for chunk in response.iter_bytes(_CHUNK_BYTES):
            body += chunk
            if len(body) > self._max_bytes:
                raise AnswerTooLarge("too_large")
        return bytes(body)

    def _read_start(self, response: httpx2.Response) -> bytes:
        body = bytearray()
        with suppress(httpx2.HTTPError, OSError):
            for chunk in response.iter_raw():
                body += chunk
                if len(body) > self._max_bytes:
                    break
        return bytes(body[: self._max_bytes])


def _reason(error: BaseException) -> str:
    cause = error.__cause__ or error.__context__ or error
    return "timeout" if isinstance(error, httpx2.TimeoutException) else type(cause).__name__


class _GuardedTransport(httpx2.HTTPTransport):
    """httpx2's transport over a pool that connects through the guard. A test on real sockets keeps it effective."""

    def __init__(self, may_connect: Guard, *, retries: int, verify: ssl.SSLContext | bool) -> None:
        super().__init__(verify=verify, trust_env=False)
        self._pool.close()
        self._pool = httpcore2.ConnectionPool(
            ssl_context=httpx2.create_ssl_context(verify=verify, trust_env=False),
            network_backend=_GuardedBackend(may_connect),
            retries=retries,
            max_connections=20,
            max_keepalive_connections=10,
            keepalive_expiry=30.0,
        )


class _GuardedBackend(httpcore2.NetworkBackend):
    """Resolves a host, asks the guard about each of its addresses, connects to one of them."""

    def __init__(self, may_connect: Guard) -> None:
        self._may_connect = may_connect
        self._backend = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        found = _look_up(host, port, _remaining(timeout))
        if not all(
            self._may_connect(ipaddress.ip_address(address.partition("%")[0]), port) for address in found
        ):
            raise AddressRefused("private_address")
        # IPv4 first: not every server has a way out by IPv6.
        address = min(found, key=lambda each: (":" in each, each))
        stream = self._backend.connect_tcp(address, port, _remaining(timeout), local_address, socket_options)
        return _DeadlineStream(stream)

    def connect_unix_socket(self, *_arguments: Any, **_options: Any) -> httpcore2.NetworkStream:
        raise AddressRefused("address")

    def sleep(self, seconds: float) -> None:
        self._backend.sleep(seconds)


class _DeadlineStream(httpcore2.NetworkStream):
    """A connection on which no read or write lasts longer than what is left of the request's time."""

    def __init__(self, stream: httpcore2.NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _remaining(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _remaining(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _DeadlineStream(self._stream.start_tls(ssl_context, server_hostname, _remaining(timeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _look_up(host: str, port: int, seconds: float) -> set[str]:
    """Return the addresses of a host.

    The system's resolver has no deadline, so it is asked by a thread that is left behind when it takes too long.
    """
    answer: queue.SimpleQueue[set[str] | Exception] = queue.SimpleQueue()

    def ask() -> None:
        try:
            entries = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            answer.put({str(entry[4][0]) for entry in entries})
        except (OSError, UnicodeError) as error:
            answer.put(error)

    threading.Thread(target=ask, daemon=True, name="look-up").start()
    try:
        found = answer.get(timeout=seconds)
    except queue.Empty as error:
        raise httpcore2.ConnectTimeout("host") from error
    if isinstance(found, Exception):
        raise httpcore2.ConnectError("host") from found
    return found


def _remaining(timeout: float | None) -> float:
    left = _deadline.get() - time.monotonic()
    if left <= 0:
        raise httpcore2.ReadTimeout("total")
    return left if timeout is None else min(timeout, left)
