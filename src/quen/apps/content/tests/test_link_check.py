"""Links are checked on real sockets and never lead into a private network."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from quen.apps.content import link_checker
from quen.core import http


class Shop(BaseHTTPRequestHandler):
    """Responds by path and records the requests."""

    asked: list[str] = []

    def do_HEAD(self) -> None:
        self.asked.append(f"{self.command} {self.path}")
        if self.path == "/away":
            self.send_response(302)
            self.send_header("Location", f"http://127.0.0.2:{self.connection.getsockname()[1]}/secret")
        elif self.path == "/round":
            self.send_response(302)
            self.send_header("Location", "/round")
        elif self.path == "/onward":
            self.send_response(301)
            self.send_header("Location", "/there")
        else:
            ways = {"/there": 200, "/no-head": 405 if self.command == "HEAD" else 200, "/members": 403}
            self.send_response(ways.get(self.path, 404))
        self.end_headers()

    do_GET = do_HEAD

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""


@pytest.fixture
def shop() -> Iterator[str]:
    server = HTTPServer(("0.0.0.0", 0), Shop)  # noqa: S104  # 127.0.0.1 and 127.0.0.2 both
    Shop.asked.clear()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def only_first(place: http.Address, _port: int) -> bool:
    return str(place) == "127.0.0.1"


class TestDeadLinks:
    @pytest.mark.parametrize("path", ["/there", "/onward", "/no-head", "/members"])
    def test_working_links_have_no_issue(self, shop: str, path: str) -> None:
        assert link_checker.find_dead_links([shop + path], is_allowed=only_first) == []

    @pytest.mark.parametrize("path", ["/gone", "/round"])
    def test_dead_links_are_reported(self, shop: str, path: str) -> None:
        (finding,) = link_checker.find_dead_links([shop + path], is_allowed=only_first)
        assert (finding.code, finding.blocking, finding.params["address"]) == (
            "link_dead",
            False,
            shop + path,
        )

    def test_a_redirect_into_a_private_network_is_not_followed(self, shop: str) -> None:
        (finding,) = link_checker.find_dead_links([f"{shop}/away"], is_allowed=only_first)
        assert finding.code == "link_private"
        assert [each for each in Shop.asked if "secret" in each] == []

    @pytest.mark.parametrize(
        "address",
        [
            "http://127.0.0.1/",
            "http://localhost/",
            "http://10.0.0.1/",
            "http://169.254.169.254/latest/meta-data",
            "http://[::1]/",
            "http://[::ffff:127.0.0.1]/",
            "http://0.0.0.0/",
            "http://2130706433/",
            "http://8.8.8.8:22/",
        ],
    )
    def test_private_addresses_and_other_ports_are_never_requested(self, address: str) -> None:
        (finding,) = link_checker.find_dead_links([address])
        assert finding.code == "link_private"

    def test_a_closed_port_is_dead(self) -> None:
        (finding,) = link_checker.find_dead_links(["http://127.0.0.1:9/"], is_allowed=only_first)
        assert finding.code == "link_dead"
