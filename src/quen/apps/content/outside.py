"""Asking other hosts whether a link lives, without becoming somebody's way into a private network."""

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

from quen.apps.content.types import Finding

MOST_LINKS, MOST_REDIRECTS, TIMEOUT_SECONDS, WHOLE_SECONDS = 20, 4, 5.0, 60.0
_ALIVE_BELOW: Final = 400
_NOT_FOR_HEAD: Final = frozenset({400, 403, 404, 405, 406, 501, 503})
#: the host lives and only keeps machines away, or asks to sign in
_KEPT_OUT: Final = frozenset({401, 403, 429, 999})
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Guard = Callable[[Address, int], bool]
_WEB_PORTS: Final = frozenset({80, 443, 8080, 8443})


class _Refused(Exception):
    """We don't go there."""


class _Dead(Exception):
    """Nobody answers, or the answer is an error; says which."""


def is_public(place: Address, port: int) -> bool:
    """Say whether a place belongs to the open web: no private, loopback or link-local network, a port of the web."""
    if isinstance(place, ipaddress.IPv6Address) and place.ipv4_mapped:
        place = place.ipv4_mapped
    return port in _WEB_PORTS and place.is_global and not place.is_multicast


def dead_links(addresses: list[str], *, may_reach: Guard = is_public) -> list[Finding]:
    """Give a finding for each address that leads nowhere. Stops asking after a minute.

    may_reach: asked about each IP address of each hop before anything is sent there.
    """
    found = []
    until = time.monotonic() + WHOLE_SECONDS
    for address in addresses:
        if time.monotonic() > until:
            break
        try:
            _ask(address, may_reach)
        except _Refused:
            found.append(
                Finding(
                    "link_private",
                    _("The link %(address)s leads into a private network."),
                    False,
                    {"address": address},
                )
            )
        except _Dead as dead:
            found.append(
                Finding(
                    "link_dead",
                    _("The link %(address)s does not answer (%(reason)s)."),
                    False,
                    {"address": address, "reason": str(dead)},
                )
            )
    return found


def _ask(address: str, may_reach: Guard) -> None:
    """Follow redirects to an answer; each hop is resolved, looked at and then asked at just that IP address."""
    for _hop in range(MOST_REDIRECTS + 1):
        status, onward = _answer("HEAD", address, may_reach)
        if status in _NOT_FOR_HEAD:
            status, onward = _answer("GET", address, may_reach)
        if onward is None:
            if status >= _ALIVE_BELOW and status not in _KEPT_OUT:
                raise _Dead(str(status))
            return
        address = urljoin(address, onward)
    raise _Dead("redirects")


def _answer(method: str, address: str, may_reach: Guard) -> tuple[int, str | None]:
    try:
        parts = urlsplit(address)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise _Dead("address") from error
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _Refused()
    place = _resolved(parts.hostname, port, may_reach)
    connection = _connection(parts, place, port)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    try:
        connection.request(
            method, path, headers={"User-Agent": "Quen link check", "Accept": "*/*", "Connection": "close"}
        )
        answer = connection.getresponse()
        onward = answer.getheader("Location") if answer.status in (301, 302, 303, 307, 308) else None
        return answer.status, onward
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _Dead(type(error).__name__) from error
    finally:
        connection.close()


def _resolved(host: str, port: int, may_reach: Guard) -> str:
    """Give an IP address of a host, all of whose addresses may be reached."""
    try:
        found = {str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)}
    except (OSError, UnicodeError) as error:
        raise _Dead("host") from error
    if not all(may_reach(ipaddress.ip_address(each.partition("%")[0]), port) for each in found):
        raise _Refused()
    # IPv4 first: not every server that sends has a way out by IPv6.
    return min(found, key=lambda each: ":" in each)


def _connection(parts: SplitResult, place: str, port: int) -> http.client.HTTPConnection:
    """Give a connection to exactly the address looked at; the name is only said in TLS and the Host header."""
    host = parts.hostname or ""
    if parts.scheme == "https":
        secure = http.client.HTTPSConnection(host, port, timeout=TIMEOUT_SECONDS)
        try:
            plain = socket.create_connection((place, port), timeout=TIMEOUT_SECONDS)
            secure.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=host)
        except OSError as error:
            raise _Dead(type(error).__name__) from error
        return secure
    connection = http.client.HTTPConnection(host, port, timeout=TIMEOUT_SECONDS)
    try:
        connection.sock = socket.create_connection((place, port), timeout=TIMEOUT_SECONDS)
    except OSError as error:
        raise _Dead(type(error).__name__) from error
    return connection
