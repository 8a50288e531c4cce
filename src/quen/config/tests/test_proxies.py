"""The client's address behind proxies."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from quen.config.proxies import FORWARDED, X_FORWARDED_FOR, TrustedProxies, networks

PROXY, STRANGER = "127.0.0.1", "198.51.100.7"
CLIENT = "203.0.113.9"


def seen(
    headers: dict[str, str], *, peer: str = PROXY, trusted: str = PROXY, header: str = X_FORWARDED_FOR
) -> Any:
    """Return the address and scheme that the app behind the proxies sees."""
    scopes: list[Any] = []

    async def app(scope: Any, _receive: Any, _send: Any) -> None:
        scopes.append(scope)

    raw = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "client": (peer, 5000), "scheme": "http", "headers": raw}
    proxies = TrustedProxies(app, trusted=networks(trusted), header=header)
    # In a thread: after a test in the browser this one has a running event loop.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(lambda: asyncio.run(proxies(scope, None, None))).result()
    return scopes[0]["client"][0], scopes[0]["scheme"]


class TestTrustedProxies:
    def test_without_the_setting_no_header_is_read(self) -> None:
        assert seen({"X-Forwarded-For": CLIENT}, trusted="") == (PROXY, "http")

    def test_a_stranger_cannot_claim_an_address(self) -> None:
        assert seen({"X-Forwarded-For": CLIENT}, peer=STRANGER) == (STRANGER, "http")

    def test_the_address_is_the_one_the_proxy_wrote(self) -> None:
        assert seen({"X-Forwarded-For": CLIENT, "X-Forwarded-Proto": "https"}) == (CLIENT, "https")

    def test_what_the_client_wrote_before_it_is_not_believed(self) -> None:
        assert seen({"X-Forwarded-For": f"10.9.9.9, {CLIENT}"})[0] == CLIENT

    def test_a_chain_of_trusted_proxies_is_followed(self) -> None:
        headers = {"X-Forwarded-For": f"10.9.9.9, {CLIENT}, 10.0.0.5"}
        assert seen(headers, trusted="127.0.0.1, 10.0.0.0/24")[0] == CLIENT

    def test_the_other_header_is_not_read(self) -> None:
        assert seen({"Forwarded": f"for={CLIENT}"})[0] == PROXY
        assert seen({"X-Forwarded-For": CLIENT}, header=FORWARDED)[0] == PROXY

    @pytest.mark.parametrize(
        ("written", "address"),
        [
            (f"for={CLIENT};proto=https", CLIENT),
            (f'For="{CLIENT}:4711"', CLIENT),
            ('for="[2001:db8::7]:4711"', "2001:db8::7"),
            (f"for=10.9.9.9, for={CLIENT}", CLIENT),
            ("for=unknown", PROXY),
            ("for=_hidden", PROXY),
        ],
    )
    def test_forwarded_is_read_as_the_standard_writes_it(self, written: str, address: str) -> None:
        assert seen({"Forwarded": written}, header=FORWARDED)[0] == address

    @pytest.mark.parametrize("written", ["", "nonsense", "1.2.3.4.5", "<script>", f"{CLIENT}, nonsense"])
    def test_what_is_no_address_is_not_taken(self, written: str) -> None:
        assert seen({"X-Forwarded-For": written})[0] == PROXY

    def test_an_unknown_header_is_refused_at_the_start(self) -> None:
        with pytest.raises(ValueError, match="QUEN_PROXY_HEADER"):
            TrustedProxies(None, trusted=[], header="x-real-ip")
