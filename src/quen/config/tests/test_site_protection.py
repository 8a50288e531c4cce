"""Hosts, headers, and what visitors see while the database is away; by real HTTP where the server matters."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
from django.db import InternalError, OperationalError
from django.test import Client, RequestFactory
from tests.cast import AN, PASSWORD, TRA_SEN

from quen.cli.bench.tracking import web_process
from quen.ui import errors

TIMEOUT_SECONDS = 60
NO_DATABASE = "postgresql://nobody@127.0.0.1:1/nothing"


def fetch(port: int, path: str, method: str = "GET", body: str | None = None, **headers: str) -> Any:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    client.request(method, path, body=body, headers=headers)
    return client.getresponse()


class TestHosts:
    @pytest.mark.django_db
    def test_only_the_public_address_and_this_machine_are_known(self) -> None:
        assert Client().get("/accounts/login/", headers={"host": "127.0.0.1:8000"}).status_code == 200
        answer = Client().get("/accounts/login/", headers={"host": "evil.example"})
        assert answer.status_code == 400
        assert "QUEN_ALLOWED_HOSTS" in answer.content.decode()

    def test_the_public_address_is_known_by_the_setting(self, environment: dict[str, str]) -> None:
        environment |= {"QUEN_BASE_URL": "https://cham-soc.example", "QUEN_ALLOWED_HOSTS": "noi-bo.example"}
        with web_process(environment) as (_process, port):
            statuses = [
                fetch(port, "/accounts/login/", Host=host).status
                for host in ("cham-soc.example", "noi-bo.example", "evil.example")
            ]
            assert statuses == [200, 200, 400]
            answer = fetch(port, "/accounts/login/", Host="cham-soc.example")
            assert answer.getheader("strict-transport-security") == "max-age=31536000"


class TestHeaders:
    def test_no_response_is_guessed_at(self, port: int) -> None:
        for path in ("/accounts/login/", "/o/x.gif", "/c/x", "/live/x", "/hooks/x", "/static/x.js"):
            answer = fetch(port, path)
            assert answer.status in (200, 404), path
            assert answer.headers.get_all("x-content-type-options") == ["nosniff"], path
            assert answer.getheader("strict-transport-security") is None, path


class TestProxy:
    def test_guessing_through_a_proxy_locks_only_the_guesser(self, environment: dict[str, str]) -> None:
        environment["QUEN_TRUSTED_PROXIES"] = "127.0.0.1"
        with web_process(environment) as (_process, port):
            for number in range(40):
                assert sign_in(port, f"ai{number}@x.example", "nope", "198.51.100.7") == 200
            assert sign_in(port, AN, PASSWORD, "198.51.100.7") == 200
            assert sign_in(port, AN, PASSWORD, "203.0.113.9") == 302


def sign_in(port: int, email: str, password: str, address: str) -> int:
    cookie = str(fetch(port, "/accounts/login/").getheader("set-cookie")).partition(";")[0]
    token = cookie.partition("=")[2]
    form = f"login={email.replace('@', '%40')}&password={password}&csrfmiddlewaretoken={token}"
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
    answer = fetch(port, "/accounts/login/", "POST", form, **headers, **{"X-Forwarded-For": address})
    return int(answer.status)


class TestOutage:
    def test_pages_say_so_and_when_to_come_back(self, environment: dict[str, str]) -> None:
        with web_process({**environment, "DATABASE_URL": NO_DATABASE}) as (_process, port):
            session = "sessionid=abcdefghijklmnopqrstuvwxyz012345"
            answer = fetch(port, f"/w/{TRA_SEN}/", Cookie=session)
            assert (answer.status, answer.getheader("retry-after")) == (503, "60")
            assert "Hãy thử lại sau một phút" in answer.read().decode()
            english = fetch(port, f"/w/{TRA_SEN}/", Cookie=f"{session}; django_language=en")
            assert "Try again in a minute" in english.read().decode()

    @pytest.mark.parametrize(
        ("cause", "status"),
        [
            (psycopg.errors.DiskFull(), 503),
            (psycopg.errors.AdminShutdown(), 503),
            (psycopg.errors.TooManyConnections(), 503),
            (psycopg.OperationalError("connection refused"), 503),
            (psycopg.errors.QueryCanceled(), 500),
            (psycopg.errors.DeadlockDetected(), 500),
        ],
    )
    @pytest.mark.django_db
    def test_is_told_from_an_error_of_the_program(self, cause: Exception, status: int) -> None:
        try:
            try:
                raise cause
            except psycopg.Error as error:
                raise OperationalError from error
        except OperationalError:
            assert errors.server_error(RequestFactory().get("/")).status_code == status

    @pytest.mark.django_db
    def test_other_errors_keep_their_page(self, client_of: Callable[[str], Client]) -> None:
        try:
            raise InternalError
        except InternalError:
            assert errors.server_error(RequestFactory().get("/")).status_code == 500
