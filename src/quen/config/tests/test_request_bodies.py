"""Bodies of requests, by real sockets: a stranger can neither fill the disk nor keep the threads busy."""

from __future__ import annotations

import http.client
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from tests.cast import AN, BINH, PASSWORD, TRA_SEN

from quen.apps.import_export.models import Import
from quen.cli.bench.tracking import web_process
from quen.core import schemas

TIMEOUT_SECONDS = 60
CLAIMED_BYTES = 1_500_000_000
#: what may be under way in the buffers of two sockets when the other side closes
BUFFERS_BYTES = 24_000_000
MULTIPART = "multipart/form-data; boundary=b"
FILE_HEAD = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\n'
FILE_END = b"\r\n--b--\r\n"
UPLOAD_PATH = f"/w/{TRA_SEN}/imports/files/"


#: addresses that read a body, addresses that do not, and one that does not exist
ANYWHERE = (
    "/accounts/login/",
    "/accounts/password/reset/",
    "/language/",
    "/u/abc/one-click/",
    "/invitation/abc/",
    UPLOAD_PATH,
    f"/w/{TRA_SEN}/settings/",
    "/o/abc.gif",
    "/c/abc",
    "/hooks/abc",
    "/live/abc",
    "/nothing/",
)


@pytest.fixture
def upload_folder(environment: dict[str, str], tmp_path: Path) -> Path:
    """The folder in which the web process stores uploaded files while it reads them."""
    folder = tmp_path / "uploads"
    folder.mkdir()
    environment["TMPDIR"] = str(folder)
    return folder


@pytest.fixture
def site(upload_folder: Path, environment: dict[str, str]) -> Iterator[int]:
    with web_process(environment) as (_process, port):
        yield port


class Upload:
    """A request with a long body, and what became of it: its status, the bytes sent, the most that was on disk."""

    def __init__(
        self, port: int, path: str, folder: Path, *, method: str = "POST", cookies: str = ""
    ) -> None:
        self.status, self.sent_bytes, self.disk_bytes = 0, 0, 0
        with socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS) as connection:
            head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {MULTIPART}\r\n"
            head += f"Cookie: {cookies}\r\nContent-Length: {CLAIMED_BYTES}\r\n\r\n"
            connection.sendall(head.encode() + FILE_HEAD)
            try:
                while self.sent_bytes < 4 * BUFFERS_BYTES:
                    self.sent_bytes += connection.send(bytes(256 * 1024))
                    self.disk_bytes = max(self.disk_bytes, bytes_in(folder))
            except (BrokenPipeError, ConnectionResetError):
                pass
            try:
                answer = connection.recv(4096)
                self.status = int(answer.split(b" ")[1]) if answer else 0
            except ConnectionResetError:
                pass


def bytes_in(folder: Path) -> int:
    return sum(file.stat().st_size for file in folder.iterdir())


def session_of(client: Client) -> str:
    return f"sessionid={client.cookies['sessionid'].value}"


def csrf_cookie(port: int) -> str:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    connection.request("GET", "/accounts/login/")
    return str(connection.getresponse().getheader("set-cookie")).partition(";")[0]


class TestAnnouncedLength:
    def test_of_a_stranger_is_refused_unread(self, site: int, upload_folder: Path) -> None:
        cookies = csrf_cookie(site)
        for path in ANYWHERE:
            upload = Upload(site, path, upload_folder, cookies=cookies)
            assert upload.status in (0, 302, 404, 405, 413), path
            assert upload.sent_bytes < BUFFERS_BYTES, path
            assert upload.disk_bytes == 0, path

    def test_of_a_member_without_the_right_is_refused_unread(
        self, site: int, upload_folder: Path, client_of: Callable[[str], Client]
    ) -> None:
        upload = Upload(site, UPLOAD_PATH, upload_folder, cookies=session_of(client_of(BINH)))
        assert upload.status in (0, 403)
        assert (upload.sent_bytes < BUFFERS_BYTES, upload.disk_bytes) == (True, 0)

    def test_beyond_the_limit_of_imports_is_refused_unread(
        self, site: int, upload_folder: Path, client_of: Callable[[str], Client]
    ) -> None:
        upload = Upload(site, UPLOAD_PATH, upload_folder, cookies=session_of(client_of(AN)))
        assert upload.status in (0, 413)
        assert (upload.sent_bytes < BUFFERS_BYTES, upload.disk_bytes) == (True, 0)

    def test_is_answered_in_words(self, site: int, client_of: Callable[[str], Client]) -> None:
        answer = post(site, UPLOAD_PATH, claim=CLAIMED_BYTES, cookie=session_of(client_of(AN)))
        assert answer.status == 413
        assert "Gửi nhiều nhất" in answer.read().decode()
        assert post(site, "/accounts/login/", claim=2_000_000).status == 413

    def test_of_an_import_is_read_for_a_member_with_the_right(
        self, site: int, client_of: Callable[[str], Client], committed_workspace: Any
    ) -> None:
        client = client_of(AN)
        client.get(f"/w/{TRA_SEN}/imports/")
        token = client.cookies["csrftoken"].value
        rows = b"".join(b"Nguyen Van A,09%08d\r\n" % n for n in range(100_000))
        field = b'--b\r\nContent-Disposition: form-data; name="kind"\r\n\r\ncontacts\r\n'
        body = field + FILE_HEAD + b"name,phone\r\n" + rows + FILE_END
        cookie = f"{session_of(client)}; csrftoken={token}"
        answer = post(site, UPLOAD_PATH, body, cookie=cookie, token=token)
        assert answer.status == 302, answer.read().decode()
        with schemas.use(committed_workspace.schema_name):
            assert Import.objects.get().filename == "a.csv"


def post(
    port: int,
    path: str,
    body: Any = b"",
    *,
    claim: int | None = None,
    cookie: str = "",
    token: str = "",
    **more: Any,
) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
    if claim is None:
        headers = {"Content-Type": MULTIPART, "Cookie": cookie, "X-CSRFToken": token}
        connection.request("POST", path, body=body, headers=headers | more.pop("headers", {}), **more)
    else:
        connection.putrequest("POST", path)
        connection.putheader("Cookie", cookie)
        connection.putheader("Content-Length", str(claim))
        connection.endheaders()
    return connection.getresponse()


class TestChunkedBody:
    def test_is_refused_when_it_grows_too_long(self, site: int, upload_folder: Path) -> None:
        chunks = (b"a" * 65_536 for _ in range(200))
        try:
            assert post(site, "/language/", chunks, encode_chunked=True).status == 413
        except (BrokenPipeError, ConnectionResetError):
            pass
        assert bytes_in(upload_folder) == 0

    def test_is_read_when_it_is_short(self, site: int) -> None:
        cookie = csrf_cookie(site)
        form = f"login={AN.replace('@', '%40')}&password={PASSWORD}&csrfmiddlewaretoken={cookie.partition('=')[2]}"
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        answer = post(
            site,
            "/accounts/login/",
            iter([form.encode()]),
            cookie=cookie,
            headers=headers,
            encode_chunked=True,
        )
        assert answer.status == 302


class TestSlowBody:
    @pytest.fixture
    def impatient_site(self, upload_folder: Path, environment: dict[str, str]) -> Iterator[int]:
        with web_process({**environment, "QUEN_BODY_SECONDS": "3"}) as (_process, port):
            yield port

    def test_keeps_no_thread_busy_and_is_ended(self, impatient_site: int) -> None:
        port = impatient_site
        connections = [
            socket.create_connection(("127.0.0.1", port), timeout=TIMEOUT_SECONDS) for _ in range(24)
        ]
        for connection in connections:
            connection.sendall(
                b"POST /accounts/login/ HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000\r\n\r\na"
            )
        # A page is served while all of them are still sending.
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=TIMEOUT_SECONDS)
        client.request("GET", "/accounts/login/")
        assert client.getresponse().status == 200
        for connection in connections:
            assert connection.recv(100).startswith(b"HTTP/1.1 408")
            connection.close()

    def test_of_an_upload_is_ended_too(self, impatient_site: int, client_of: Callable[[str], Client]) -> None:
        cookie = session_of(client_of(AN))
        with socket.create_connection(("127.0.0.1", impatient_site), timeout=TIMEOUT_SECONDS) as connection:
            head = f"POST {UPLOAD_PATH} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n"
            head += f"Content-Type: {MULTIPART}\r\nContent-Length: 2000000\r\n\r\n"
            connection.sendall(head.encode() + FILE_HEAD)
            assert connection.recv(100).startswith(b"HTTP/1.1 4")
