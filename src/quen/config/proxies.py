"""The address of the client behind reverse proxies: from a header, and only when a trusted proxy wrote it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import Any

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
X_FORWARDED_FOR, FORWARDED = "x-forwarded-for", "forwarded"
_PAIR = re.compile(r'(for|proto)\s*=\s*("[^"]*"|[^;,\s]*)', re.IGNORECASE)


def networks(setting: str) -> list[Network]:
    """Return the networks of a comma-separated setting: "127.0.0.1, 10.0.0.0/8". Raises ValueError."""
    return [ipaddress.ip_network(each.strip(), strict=False) for each in setting.split(",") if each.strip()]


class TrustedProxies:
    """An ASGI app around another one that replaces the proxy's address and scheme by the client's.

    Read from the right: each trusted proxy appends the address it was called from, so the first address that is no
    trusted proxy is the client's, whatever the client itself wrote before it. ``header`` is the one that the proxy
    writes; the other one may come from the client and is not read.
    """

    def __init__(self, app: Any, *, trusted: Sequence[Network], header: str = X_FORWARDED_FOR) -> None:
        if header not in (X_FORWARDED_FOR, FORWARDED):
            raise ValueError(f"QUEN_PROXY_HEADER is {X_FORWARDED_FOR} or {FORWARDED}, not {header}")
        self._app, self._trusted, self._header = app, trusted, header

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request."""
        if scope["type"] == "http" and self._trusted:
            client = scope.get("client")
            if client is not None and self._is_trusted(client[0]):
                scope = {**scope, **self._client(scope)}
        await self._app(scope, receive, send)

    def _client(self, scope: Any) -> dict[str, Any]:
        headers = [(name, value.decode("latin-1")) for name, value in scope["headers"]]
        written = ", ".join(value for name, value in headers if name.decode("latin-1") == self._header)
        if self._header == FORWARDED:
            pairs = [{k.lower(): v.strip('"') for k, v in _PAIR.findall(each)} for each in written.split(",")]
            chain, schemes = (
                [each.get("for", "") for each in pairs],
                [each.get("proto", "") for each in pairs],
            )
        else:
            chain = written.split(",")
            schemes = [value for name, value in headers if name == b"x-forwarded-proto"]
        found: dict[str, Any] = {}
        for address in (_address(each) for each in reversed(chain)):
            if address is None:
                break  # a proxy that hides the address: what is left of it is not known to be true
            found["client"] = (address, 0)
            if not self._is_trusted(address):
                break
        scheme = schemes[-1].strip().lower() if schemes else ""
        if scheme in ("http", "https"):
            found["scheme"] = scheme
        return found

    def _is_trusted(self, address: str) -> bool:
        try:
            ip = ipaddress.ip_address(address)
        except ValueError:
            return False
        if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped:
            ip = ip.ipv4_mapped
        return any(ip in network for network in self._trusted)


def _address(text: str) -> str | None:
    """Return an address without brackets and port; None when it is none."""
    text = text.strip()
    bracketed = re.fullmatch(r"\[([^\]]+)\](?::\d+)?", text)
    if bracketed:
        text = bracketed[1]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        return None
