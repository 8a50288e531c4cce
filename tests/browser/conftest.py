"""A real site for Chromium: web process, worker and database, on a copy of the test template."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import pytest
from playwright.sync_api import expect

from quen.core.postgres.processes import die_with_parent, wait_until
from tests.cast import AN, PASSWORD, TRA_SEN
from tests.log_texts import faults_in_database
from tests.patience import PATIENCE_MS, PATIENCE_SECONDS

os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
_CHROMIUM = next(
    (path for path in ("/usr/bin/chromium", "/usr/bin/chromium-browser") if Path(path).exists()), ""
)
_ROOT = Path(__file__).resolve().parents[2]
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}


@dataclass
class Site:
    """A running Quen."""

    url: str
    database_url: str
    environment: dict[str, str]
    #: the cookies of those who have signed in, by address
    sessions: dict[str, list[Any]] = field(default_factory=dict)

    def path(self, inside: str = "") -> str:
        """Return the URL of a page of Trà Sen."""
        return f"{self.url}/w/{TRA_SEN}/{inside}"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": _CHROMIUM, "args": _FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": WIDE, "locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh"}


@pytest.fixture
def context(context: Any) -> Any:
    """A browser that waits as long as a slow machine needs."""
    context.set_default_timeout(PATIENCE_MS)
    expect.set_options(timeout=PATIENCE_MS)
    return context


@pytest.fixture(scope="module")
def site(
    copied_database: Callable[[str], AbstractContextManager[str]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """Start web and worker on a fresh copy of the template; stop them at the end of the module."""
    with copied_database(f"quen_site_{os.getpid()}") as database_url:
        yield from _running_site(database_url, tmp_path_factory)


def _running_site(database_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "DJANGO_SETTINGS_MODULE": "tests.browser.site_settings",
        "QUEN_SECRET_KEY": "only-for-tests-" * 4,
        "QUEN_BASE_URL": url,
        "PYTHONPATH": os.pathsep.join(str(_ROOT / folder) for folder in ("src", ".")),
    }
    log = (tmp_path_factory.mktemp("site") / "log").open("w+")
    web = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "asgi",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    web += ["--workers", "1", "--workers-kill-timeout", "3", "--static-path-route", "/static"]
    web += ["--static-path-mount", str(_ROOT / "src/quen/ui/dist")]
    web += ["quen.config.asgi:application"]
    worker = [sys.executable, "-m", "quen.cli", "worker"]
    children = [
        subprocess.Popen(command, env=environment, stdout=log, stderr=log, preexec_fn=die_with_parent(15))
        for command in (web, worker)
    ]
    try:
        _wait_until_ready(url, log)
        yield Site(url, database_url, environment)
        assert faults_in_database(database_url) == []
    finally:
        for child in children:
            child.terminate()
        for child in children:
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        log.close()


@pytest.fixture
def clean_page(page: Any, site: Site) -> Iterator[Any]:
    """A page that fails the test on console errors and on requests to other hosts."""
    _requests[page] = _Requests(page)
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith((site.url, "data:", "blob:")) else errors.append(request.url)
        ),
    )
    yield page
    # The browser itself reports 4xx responses as errors, which some tests provoke.
    assert [text for text in errors if "Failed to load resource" not in text] == []


@pytest.fixture
def signed_in(clean_page: Any, site: Site) -> Any:
    """An's browser. The first one of a site signs in through the form; the others have its cookies."""
    sign_in(clean_page, site)
    return clean_page


def sign_in(page: Any, site: Site, email: str = AN) -> None:
    """Sign in, and open the workspace."""
    if cookies := site.sessions.get(email):
        page.context.add_cookies(cookies)
    page.goto(site.path())
    if "/accounts/" not in page.url:
        return
    page.get_by_label("Email").fill(email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/accounts/" not in url)
    site.sessions[email] = page.context.cookies()


class _Requests:
    """A page's requests on their way, but for streams, which stay open."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._open: set[Any] = set()
        page.on("request", self._began)
        page.on("requestfinished", self._ended)
        page.on("requestfailed", self._ended)
        page.on("framenavigated", self._left)

    def _began(self, request: Any) -> None:
        if request.resource_type != "eventsource":
            self._open.add(request)

    def _ended(self, request: Any) -> None:
        self._open.discard(request)

    def _left(self, frame: Any) -> None:
        if frame == self._page.main_frame:
            self._open.clear()

    def settle(self) -> None:
        quiet = 0
        for _look in range(PATIENCE_MS // 50):
            self._page.wait_for_timeout(50)
            quiet = 0 if self._open else quiet + 1
            if quiet == 2:
                return
        raise AssertionError(f"still on their way: {[each.url for each in self._open]}")


_requests: WeakKeyDictionary[Any, _Requests] = WeakKeyDictionary()


def settle(page: Any) -> None:
    """Wait until a page has what it loads by itself: nothing was on its way twice in a row."""
    _requests[page].settle()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(url: str, log: Any) -> None:
    def answers() -> bool:
        try:
            urllib.request.urlopen(f"{url}/accounts/login/", timeout=PATIENCE_SECONDS)  # noqa: S310  # our own
        except OSError:
            return False
        return True

    if not wait_until(answers, PATIENCE_SECONDS):
        log.seek(0)
        raise AssertionError(f"the site did not start:\n{log.read()[-3000:]}")
