"""``quen up``: runs everything under one supervisor."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from quen.cli import assets, translations
from quen.cli.base import Command, CommandError, Output
from quen.cli.i18n import _
from quen.cli.ports import check_port_free, own_hosts
from quen.cli.supervisor import ManagedProcess, Supervisor, client_host, run_and_capture, shutdown_on_signals
from quen.core import postgres
from quen.core.postgres.sharing import supervisor_lock

PORT = 8000
_STATE = "supervisor.json"


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=PORT, help=_("port of the web server (8000)"))
    parser.add_argument("--host", default="127.0.0.1", help=_("address to listen on (127.0.0.1)"))
    parser.add_argument("--no-demo", action="store_true", help=_("start without the demo shop"))


def _run(options: argparse.Namespace, output: Output) -> int:
    home = postgres.home_from_environment()
    try:
        check_port_free(options.host, options.port)
    except CommandError as refusal:
        raise _already_running(home) or refusal from refusal
    postgres.prepare_home(home)
    with supervisor_lock(home) as free:
        if not free:
            raise _already_running(home) or CommandError(_("Quen is already running with this data folder."))
        with shutdown_on_signals():
            translations.compile_stale()
            assets.build_if_stale(output.line)
            with _database(home) as (url, cluster):
                _serve(options, output, home, url, cluster)
    output.line(_("Quen has stopped."))
    return 0


@contextmanager
def _database(home: Path) -> Iterator[tuple[str, postgres.Cluster | None]]:
    external_url = postgres.database_url()
    if external_url is not None:
        postgres.server_version(external_url)
        yield external_url, None
        return
    cluster = postgres.Cluster(home)
    with postgres.running(cluster, as_child=True):
        yield cluster.url(), cluster


def _serve(
    options: argparse.Namespace, output: Output, home: Path, url: str, cluster: postgres.Cluster | None
) -> None:
    address = f"http://{_host_in_url(client_host(options.host))}:{options.port}"
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "QUEN_HOME": str(home),
        "QUEN_BASE_URL": os.environ.get("QUEN_BASE_URL") or address,
        "QUEN_ALLOWED_HOSTS": os.environ.get("QUEN_ALLOWED_HOSTS") or ",".join(own_hosts(options.host)),
        **_open_to_others(options.host),
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "quen.config.settings"),
    }
    prepare = [sys.executable, "-m", "quen.cli", "prepare", "--json"]
    code, printed = run_and_capture([*prepare, *(["--no-demo"] if options.no_demo else [])], environment)
    if code != 0:
        raise CommandError(_("Couldn't prepare the database. See the lines above."), code="not_prepared")
    link = json.loads(printed)["sign_in_link"]
    state = home / _STATE
    state.write_text(
        json.dumps(
            {
                "pid": os.getpid(),
                "address": environment["QUEN_BASE_URL"],
                "host": options.host,
                "port": options.port,
            }
        )
    )
    try:
        Supervisor(
            processes=_processes(options.host, options.port),
            environment=environment,
            cluster=cluster,
            web_address=(options.host, options.port),
            on_ready=_welcome(output, environment["QUEN_BASE_URL"], link),
            report=output.progress,
        ).run()
    finally:
        state.unlink(missing_ok=True)


def _open_to_others(host: str) -> dict[str, str]:
    """Return what changes when other machines reach the server: its users may not probe the private network."""
    if host in ("127.0.0.1", "::1", "localhost") or os.environ.get("QUEN_PRIVATE_MAIL_SERVERS"):
        return {}
    return {"QUEN_PRIVATE_MAIL_SERVERS": "0"}


def _processes(host: str, port: int) -> list[ManagedProcess]:
    web = [sys.executable, "-m", "granian", "--interface", "asgi", "--host", host, "--port", str(port)]
    web += ["--workers", "1", "--no-ws", "--workers-kill-timeout", "5", "--log-level", "warning"]
    web += ["quen.config.asgi:application"]
    worker = [sys.executable, "-m", "quen.cli", "worker", "--queue"]
    # Three workers: interactive jobs never wait for a long import, and neither waits for a slow mail server. A job of
    # sending mostly waits for a server, outside the few slots in which the process works.
    return [
        ManagedProcess("web", web),
        ManagedProcess("worker", [*worker, "interactive", "--concurrency", "4"], start_after_web=True),
        ManagedProcess("bulk worker", [*worker, "bulk", "--concurrency", "2"], start_after_web=True),
        ManagedProcess("sending worker", [*worker, "sending", "--concurrency", "16"], start_after_web=True),
    ]


def _welcome(output: Output, address: str, link: str | None) -> Callable[[], None]:
    def welcome() -> None:
        output.result(
            {"address": address, "sign_in_link": link, "pid": os.getpid()},
            _("Quen is ready at %(address)s. Press Ctrl-C to stop.") % {"address": address},
        )
        if link:
            output.line(
                _("Sign in with the one-time link %(link)s, then choose a password.") % {"link": link}
            )

    return welcome


def read_state(home: Path) -> dict[str, Any] | None:
    """Return what the supervisor of this home wrote (pid, address, host, port); None when none is running."""
    if not postgres.supervisor_is_running(home):
        return None
    try:
        state: dict[str, Any] = json.loads((home / _STATE).read_text())
    except (OSError, ValueError):
        return None
    return state


def _already_running(home: Path) -> CommandError | None:
    state = read_state(home)
    if state is None:
        return None
    text = _("Quen is already running with this data folder at %(address)s (process %(pid)d).")
    return CommandError(text % state, code="already_running")


def _host_in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


COMMAND = Command(
    name="up",
    summary="Start everything: database, web server, workers.",
    run=_run,
    arguments=_arguments,
    database=False,
)
