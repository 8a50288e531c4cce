"""Checks whether links are alive without being usable to reach a private network (SSRF)."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

from django.utils.translation import gettext_lazy as _

from quen.apps.content.types import ContentIssue

MAX_LINKS, MAX_REDIRECTS, TIMEOUT_SECONDS, TOTAL_SECONDS = 20, 4, 5.0, 60.0
_ALIVE_BELOW: Final = 400
_RETRY_WITH_GET: Final = frozenset({400, 403, 404, 405, 406, 501, 503})
#: the host is alive and only refuses bots or asks to sign in
_ACCESS_DENIED: Final = frozenset({401, 403, 429, 999})
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
AddressGuard = Callable[[IpAddress, int], bool]
_WEB_PORTS: Final = frozenset({80, 443, 8080, 8443})


class _AddressBlocked(Exception):
    """The URL leads to an address that must not be reached."""


class _LinkDead(Exception):
    """There is no answer, or the answer is an error; the text says which."""


def is_public(address: IpAddress, port: int) -> bool:
    """Return whether an address is on the public web: no private, loopback or link-local network, and a web port."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    return port in _WEB_PORTS and address.is_global and not address.is_multicast


def find_dead_links(urls: list[str], *, is_allowed: AddressGuard = is_public) -> list[ContentIssue]:
    """Return an issue for each URL that does not work. Stops checking after a minute.

    is_allowed: called with each IP address of each hop before anything is sent to it.
    """
    found = []
    deadline = time.monotonic() + TOTAL_SECONDS
    for url in urls:
        if time.monotonic() > deadline:
            break
        try:
            _follow(url, is_allowed)
        except _AddressBlocked:
            found.append(
                ContentIssue(
                    "link_private",
                    _("The link %(address)s leads to a private network."),
                    False,
                    {"address": url},
                )
            )
        except _LinkDead as error:
            found.append(
                ContentIssue(
                    "link_dead",
                    _("The link %(address)s doesn't work (%(reason)s)."),
                    False,
                    {"address": url, "reason": str(error)},
                )
            )
    return found


def _follow(url: str, is_allowed: AddressGuard) -> None:
    """Follow redirects to the final answer; each hop is resolved, checked, and requested from that very IP address."""
    for _hop in range(MAX_REDIRECTS + 1):
        status, location = _request("HEAD", url, is_allowed)
        if status in _RETRY_WITH_GET:
            status, location = _request("GET", url, is_allowed)
        if location is None:
            if status >= _ALIVE_BELOW and status not in _ACCESS_DENIED:
                raise _LinkDead(str(status))
            return
        url = urljoin(url, location)
    raise _LinkDead("redirects")


def _request(method: str, url: str, is_allowed: AddressGuard) -> tuple[int, str | None]:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise _LinkDead("address") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _AddressBlocked()
    address = _resolve(parts.hostname, port, is_allowed)
    connection = _connect(parts, address, port)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(
            method, path, headers={"User-Agent": "Quen link check", "Accept": "*/*", "Connection": "close"}
        )
        response = connection.getresponse()
        location = response.getheader("Location") if response.status in (301, 302, 303, 307, 308) else None
        return response.status, location
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _LinkDead(type(error).__name__) from error
    finally:
        connection.close()


def _resolve(host: str, port: int, is_allowed: AddressGuard) -> str:
    """Return an IP address of a host, if all its addresses are allowed. Raises _AddressBlocked."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise _LinkDead("host") from error
    if not all(is_allowed(ipaddress.ip_address(each.partition("%")[0]), port) for each in found):
        raise _AddressBlocked()
    # IPv4 first: some servers have no IPv6 route.
    return min(found, key=lambda each: ":" in each)


def _connect(parts: SplitResult, address: str, port: int) -> http.client.HTTPConnection:
    """Return a connection to the checked IP address; the host name is only used for TLS and the Host header."""
    host = parts.hostname or ""
    if parts.scheme == "https":
        secure = http.client.HTTPSConnection(host, port, timeout=TIMEOUT_SECONDS)
        try:
            raw_socket = socket.create_connection((address, port), timeout=TIMEOUT_SECONDS)
            secure.sock = ssl.create_default_context().wrap_socket(raw_socket, server_hostname=host)
        except OSError as error:
            raise _LinkDead(type(error).__name__) from error
        return secure
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    try:
        connection.sock = socket.create_connection((address, port), timeout=TIMEOUT_SECONDS)
    except OSError as error:
        raise _LinkDead(type(error).__name__) from error
    return connection
