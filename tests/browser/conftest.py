"""A real site for Chromium: web process, worker and database, on a copy of the test template."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from quen.core.postgres.processes import die_with_parent
from tests.cast import AN, PASSWORD, TRA_SEN

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

    def path(self, inside: str = "") -> str:
        """Return the URL of a page of Trà Sen."""
        return f"{self.url}/w/{TRA_SEN}/{inside}"


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_type_launch_args, "executable_path": _CHROMIUM, "args": _FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "viewport": WIDE, "locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh"}


@pytest.fixture(scope="module")
def site(django_db_setup: None, test_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """Start web and worker on a fresh copy of the template; stop them at the end of the module."""
    database = f"quen_site_{os.getpid()}"
    with psycopg.connect(test_server, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")
        admin.execute(f"CREATE DATABASE {database} TEMPLATE quen_template STRATEGY FILE_COPY")
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    database_url = test_server.replace("/postgres?", f"/{database}?")
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
        with psycopg.connect(test_server, autocommit=True) as admin:
            admin.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)")


@pytest.fixture
def clean_page(page: Any, site: Site) -> Iterator[Any]:
    """A page that fails the test on console errors and on requests to other hosts."""
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
    """An's browser, signed in through the form."""
    sign_in(clean_page, site)
    return clean_page


def sign_in(page: Any, site: Site, email: str = AN) -> None:
    """Sign in through the form."""
    page.goto(site.path())
    page.get_by_label("Email").fill(email)
    page.locator("input[type=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "/accounts/" not in url)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(url: str, log: Any) -> None:
    for _attempt in range(200):
        try:
            urllib.request.urlopen(f"{url}/accounts/login/", timeout=2)  # noqa: S310  # our own server
        except OSError:
            time.sleep(0.1)
        else:
            return
    log.seek(0)
    raise AssertionError(f"the site did not start:\n{log.read()[-3000:]}")
