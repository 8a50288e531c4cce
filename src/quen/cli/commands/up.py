"""``quen up``: everything that runs, under one supervisor."""

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
from quen.cli.frame import Command, Refused, Say
from quen.cli.ports import refuse_taken
from quen.cli.supervisor import Part, Supervisor, ended_by_signals, reachable, run_to_end
from quen.cli.words import _
from quen.core import postgres
from quen.core.postgres.sharing import only_supervisor

PORT = 8000
_STATE = "supervisor.json"


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=PORT, help=_("the port of the web pages (8000)"))
    parser.add_argument("--host", default="127.0.0.1", help=_("the address to listen on (127.0.0.1)"))
    parser.add_argument("--no-demo", action="store_true", help=_("start without the demo shop"))


def _run(options: argparse.Namespace, say: Say) -> int:
    home = postgres.home_from_environment()
    try:
        refuse_taken(options.host, options.port)
    except Refused as refusal:
        raise _already_running(home) or refusal from refusal
    postgres.prepare_home(home)
    with only_supervisor(home) as free:
        if not free:
            raise _already_running(home) or Refused(_("Quen is already running on this data folder."))
        with ended_by_signals():
            translations.compile_stale()
            assets.build_when_stale(say.line)
            with _database(home) as (url, cluster):
                _serve(options, say, home, url, cluster)
    say.line(_("Quen has stopped."))
    return 0


@contextmanager
def _database(home: Path) -> Iterator[tuple[str, postgres.Cluster | None]]:
    given = postgres.given_url()
    if given is not None:
        postgres.server_version(given)
        yield given, None
        return
    cluster = postgres.Cluster(home)
    with postgres.hold(cluster, tied=True):
        yield cluster.url(), cluster


def _serve(
    options: argparse.Namespace, say: Say, home: Path, url: str, cluster: postgres.Cluster | None
) -> None:
    address = f"http://{_shown(reachable(options.host))}:{options.port}"
    environment = {
        **os.environ,
        "DATABASE_URL": url,
        "QUEN_HOME": str(home),
        "QUEN_BASE_URL": os.environ.get("QUEN_BASE_URL") or address,
        "DJANGO_SETTINGS_MODULE": os.environ.get("DJANGO_SETTINGS_MODULE", "quen.config.settings"),
    }
    prepare = [sys.executable, "-m", "quen.cli", "prepare", "--json"]
    code, output = run_to_end([*prepare, *(["--no-demo"] if options.no_demo else [])], environment)
    if code != 0:
        raise Refused(_("The database could not be prepared; the lines above say why."), code="not_prepared")
    link = json.loads(output)["sign_in_link"]
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
            parts=_parts(options.host, options.port),
            environment=environment,
            cluster=cluster,
            answers_at=(options.host, options.port),
            on_answer=_welcome(say, environment["QUEN_BASE_URL"], link),
            say=say.note,
        ).run()
    finally:
        state.unlink(missing_ok=True)


def _parts(host: str, port: int) -> list[Part]:
    web = [sys.executable, "-m", "granian", "--interface", "asginl", "--host", host, "--port", str(port)]
    web += ["--workers", "1", "--no-ws", "--workers-kill-timeout", "5", "--log-level", "warning"]
    web += ["--static-path-route", "/static", "--static-path-mount", str(assets.DIST)]
    web += ["--static-path-expires", str(30 * 24 * 3600), "quen.config.asgi:application"]
    worker = [sys.executable, "-m", "quen.cli", "worker", "--queue"]
    # Two workers: a long import in one never keeps a person waiting for the other.
    return [
        Part("web", web),
        Part("worker", [*worker, "interactive", "--concurrency", "4"], after_web=True),
        Part("bulk worker", [*worker, "bulk", "--concurrency", "2"], after_web=True),
    ]


def _welcome(say: Say, address: str, link: str | None) -> Callable[[], None]:
    def welcome() -> None:
        say.answer(
            {"address": address, "sign_in_link": link, "pid": os.getpid()},
            _("Quen is ready at %(address)s. Ctrl-C stops it.") % {"address": address},
        )
        if link:
            say.line(_("Sign in once with %(link)s, then choose a password.") % {"link": link})

    return welcome


def read_state(home: Path) -> dict[str, Any] | None:
    """Give what the supervisor of this home wrote (pid, address, host, port); None when none runs."""
    if not postgres.supervisor_runs(home):
        return None
    try:
        state: dict[str, Any] = json.loads((home / _STATE).read_text())
    except (OSError, ValueError):
        return None
    return state


def _already_running(home: Path) -> Refused | None:
    state = read_state(home)
    if state is None:
        return None
    text = _("Quen is already running on this data folder, at %(address)s (process %(pid)d).")
    return Refused(text % state, code="already_running")


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host


COMMAND = Command(
    name="up",
    summary="Start everything: database, web pages, workers.",
    run=_run,
    arguments=_arguments,
    database=False,
)
