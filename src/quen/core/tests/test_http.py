"""Outgoing requests reach the open web and nothing else, take no more than they were given, and say what was sent."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address

import pytest

from quen.core import http
from quen.core.http import AddressRefused, AnswerTooLarge, Client, NoAnswer, NotReached

Handler = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def serving(answer: Handler) -> Iterator[tuple[str, int, list[str]]]:
    """Serve on a loopback port; yields host, port and the paths that were asked for."""
    seen: list[str] = []

    class Server(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            seen.append(self.path)
            answer(self)

        def log_message(self, *_arguments: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield "127.0.0.1", server.server_port, seen
    finally:
        server.shutdown()
        server.server_close()


def ok(request: BaseHTTPRequestHandler, body: bytes = b"hello", **headers: str) -> None:
    request.send_response(200)
    for name, value in headers.items():
        request.send_header(name, value)
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


def redirect_to(address: str) -> Handler:
    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(302)
        request.send_header("Location", address)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


class TestGuard:
    @pytest.mark.parametrize(
        "host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433", "0"]
    )
    def test_refuses_loopback_however_it_is_written(self, host: str) -> None:
        with serving(ok) as (_host, port, seen), Client() as client:
            with pytest.raises((AddressRefused, NotReached)):
                client.get(f"http://{host}:{port}/")
            assert seen == []

    @pytest.mark.parametrize(
        "address", ["10.0.0.1", "192.168.1.1", "172.16.0.1", "169.254.169.254", "224.0.0.1"]
    )
    def test_refuses_networks_that_are_not_public(self, address: str) -> None:
        with Client(timeout_seconds=1) as client, pytest.raises(AddressRefused):
            client.get(f"http://{address}/")

    @pytest.mark.parametrize(
        "address",
        [
            "64:ff9b::a00:1",  # NAT64 to 10.0.0.1
            "64:ff9b:1::a00:1",
            "2002:a00:1::",  # 6to4 to 10.0.0.1
            "2001:0:a00:1::",  # Teredo
            "::a00:1",
            "::ffff:0:a00:1",
            "fec0::1",
            "fd00::1",
            "fe80::1",
        ],
    )
    def test_refuses_what_a_gateway_leads_into_a_private_network(self, address: str) -> None:
        with Client(timeout_seconds=1) as client, pytest.raises(AddressRefused):
            client.get(f"http://[{address}]/")

    def test_admits_the_internet(self) -> None:
        for address in ("2606:4700:4700::1111", "2404:6800:4005::200e", "1.1.1.1", "::ffff:1.1.1.1"):
            assert http.is_public(ip_address(address), 443)

    def test_refuses_a_redirect_into_a_private_network(self) -> None:
        with serving(ok) as (inner_host, inner_port, inner_seen):
            target = f"http://{inner_host}:{inner_port}/secret"
            with serving(redirect_to(target)) as (host, port, seen):
                with (
                    http.allow_address(host, port),
                    Client(max_redirects=3) as client,
                    pytest.raises(AddressRefused),
                ):
                    client.get(f"http://{host}:{port}/")
                assert seen == ["/"]
            assert inner_seen == []

    def test_asks_about_the_address_it_connects_to(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A name that is public when looked up first and private afterwards gains nothing: it is looked up once."""
        answers = iter(["93.184.215.14", "127.0.0.1"])
        real = socket.getaddrinfo
        looked_up = []

        def rebinding(host: str, port: int, *more: object, **named: object) -> object:
            if host != "rebinding.example":
                return real(host, port, *more, **named)  # type: ignore[arg-type]
            looked_up.append(host)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

        monkeypatch.setattr(socket, "getaddrinfo", rebinding)
        asked: list[str] = []

        def refuse(address: http.Address, _port: int) -> bool:
            asked.append(str(address))
            return False

        with Client(may_connect=refuse) as client, pytest.raises(AddressRefused):
            client.get("http://rebinding.example/")
        assert asked == ["93.184.215.14"]
        assert len(looked_up) == 1

    def test_an_allowed_address_is_one_address_and_one_port(self) -> None:
        with serving(ok) as (host, port, _seen), serving(ok) as (_host, other, other_seen):
            with http.allow_address(host, port), Client() as client:
                assert client.get(f"http://{host}:{port}/").text == "hello"
                with pytest.raises(AddressRefused):
                    client.get(f"http://{host}:{other}/")
            with Client() as client, pytest.raises(AddressRefused):
                client.get(f"http://{host}:{port}/")
            assert other_seen == []

    @pytest.mark.parametrize("url", ["ftp://example.com/", "file:///etc/passwd", "http://", "nonsense"])
    def test_refuses_what_is_no_address_of_the_web(self, url: str) -> None:
        with Client() as client, pytest.raises(AddressRefused):
            client.get(url)


class TestLimits:
    def test_stops_reading_a_long_answer(self) -> None:
        def endless(request: BaseHTTPRequestHandler) -> None:
            request.send_response(200)
            request.send_header("Content-Length", str(10**9))
            request.end_headers()
            try:
                while True:
                    request.wfile.write(b"x" * 65536)
            except OSError:
                pass

        with (
            serving(endless) as (host, port, _seen),
            http.allow_address(host, port),
            Client(max_bytes=100_000) as client,
            pytest.raises(AnswerTooLarge),
        ):
            client.get(f"http://{host}:{port}/")

    def test_a_small_answer_that_unpacks_to_a_large_one_is_too_large(self) -> None:
        import gzip

        packed = gzip.compress(b"0" * 5_000_000)

        def bomb(request: BaseHTTPRequestHandler) -> None:
            ok(request, packed, **{"Content-Encoding": "gzip"})

        with (
            serving(bomb) as (host, port, _seen),
            http.allow_address(host, port),
            Client(max_bytes=100_000) as client,
            pytest.raises(AnswerTooLarge),
        ):
            client.get(f"http://{host}:{port}/")

    def test_an_answer_that_drips_ends_with_the_time_of_the_request(self) -> None:
        stop = threading.Event()

        def drip(request: BaseHTTPRequestHandler) -> None:
            try:
                request.wfile.write(b"HTTP/1.1 200 OK\r\n")
                while not stop.wait(0.05):
                    request.wfile.write(b"X-Slow: yes\r\n")
                    request.wfile.flush()
            except OSError:
                pass

        with serving(drip) as (host, port, _seen), http.allow_address(host, port):
            began = time.monotonic()
            with Client(timeout_seconds=30, total_seconds=0.5) as client, pytest.raises(NoAnswer):
                client.get(f"http://{host}:{port}/")
            stop.set()
        assert time.monotonic() - began < 25

    def test_tells_not_reached_from_no_answer(self) -> None:
        with socket.socket() as closed:
            closed.bind(("127.0.0.1", 0))
            port = closed.getsockname()[1]
        with http.allow_address("127.0.0.1", port), Client() as client, pytest.raises(NotReached):
            client.get(f"http://127.0.0.1:{port}/")

        def hang_up(request: BaseHTTPRequestHandler) -> None:
            request.connection.close()

        with serving(hang_up) as (host, port, seen), http.allow_address(host, port):
            with Client() as client, pytest.raises(NoAnswer):
                client.get(f"http://{host}:{port}/")
            assert seen == ["/"]

    def test_too_many_redirects_are_no_answer(self) -> None:
        with serving(redirect_to("/again")) as (host, port, seen), http.allow_address(host, port):
            with Client(max_redirects=3) as client, pytest.raises(NoAnswer):
                client.get(f"http://{host}:{port}/")
            assert len(seen) == 4


class TestOnlyTheStart:
    def test_is_returned_of_a_long_answer(self) -> None:
        with (
            serving(lambda request: ok(request, b"x" * 5_000)) as (host, port, _seen),
            http.allow_address(host, port),
            Client(max_bytes=100, only_start=True) as client,
        ):
            response = client.get(f"http://{host}:{port}/")
        assert (response.status, response.content) == (200, b"x" * 100)

    def test_is_returned_of_one_that_breaks_off(self) -> None:
        def break_off(request: BaseHTTPRequestHandler) -> None:
            request.send_response(503)
            request.send_header("Content-Length", "100")
            request.end_headers()
            request.wfile.write(b"half")
            request.close_connection = True

        with (
            serving(break_off) as (host, port, _seen),
            http.allow_address(host, port),
            Client(only_start=True) as client,
        ):
            response = client.get(f"http://{host}:{port}/")
        assert (response.status, response.content) == (503, b"half")


class TestLookingUpAName:
    def test_takes_no_longer_than_the_request_may(self, monkeypatch: pytest.MonkeyPatch) -> None:
        answered = threading.Event()

        def hang(*_arguments: object, **_named: object) -> object:
            answered.wait(60)
            return []

        monkeypatch.setattr(socket, "getaddrinfo", hang)
        with Client(total_seconds=0.2) as client, pytest.raises(NotReached):
            client.get("http://slow.example/")
        assert not answered.is_set()
        answered.set()
