"""``quen doctor``: looks at everything Quen stands on and says what to do about it."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass

from quen.cli import assets, frame
from quen.cli.commands.up import PORT, read_state
from quen.cli.frame import Command, Refused, Say
from quen.cli.ports import refuse_taken
from quen.cli.supervisor import answers
from quen.cli.words import _
from quen.core import postgres

OK, WARN, FAIL = "ok", "warn", "fail"
_GB = 1024**3
_LOW_GB, _NO_GB = 5, 1
#: workers write their heartbeat every 10 s
_QUIET_SECONDS = 60


@dataclass(frozen=True)
class Finding:
    """What one look found. advice: what to do next, empty when all is well."""

    name: str
    state: str
    text: str
    advice: str = ""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=PORT, help=_("the port to look at (8000)"))


def _run(options: argparse.Namespace, say: Say) -> int:
    findings = [_python(), _disk(), _front_end(), _port(options.port), *_database(say), _mail()]
    for finding in findings:
        say.line(f"{finding.state:5} {finding.name:11} {finding.text}")
        if finding.advice:
            say.line(f"{'':17} → {finding.advice}")
    say.answer([asdict(finding) for finding in findings])
    return 1 if any(finding.state == FAIL for finding in findings) else 0


def _python() -> Finding:
    fits = sys.version_info >= (3, 11)  # a command may be run by another Python than bin/up chose
    return Finding(
        "python",
        OK if fits else FAIL,
        f"{platform.python_version()} ({sys.executable})",
        "" if fits else _("Install Python 3.11 or newer and run bin/up again."),
    )


def _disk() -> Finding:
    home = postgres.home_from_environment()
    try:
        postgres.prepare_home(home)
    except postgres.Trouble as trouble:
        return Finding(
            "disk", FAIL, _(trouble.text) % trouble.params, _("Set QUEN_HOME to a folder of yours.")
        )
    free_gb = shutil.disk_usage(home).free / _GB
    state = FAIL if free_gb < _NO_GB else WARN if free_gb < _LOW_GB else OK
    return Finding(
        "disk",
        state,
        _("%(free).1f GB free for %(home)s") % {"free": free_gb, "home": home},
        "" if state == OK else _("Make room: below 1 GB the database may stop."),
    )


def _front_end() -> Finding:
    if assets.is_fresh():
        return Finding("front end", OK, _("built"))
    if assets.MANIFEST.exists():
        return Finding("front end", WARN, _("older than its sources"), _("bin/up builds it again."))
    return Finding("front end", FAIL, _("not built"), _("Run bin/up, which builds it."))


def _port(port: int) -> Finding:
    state = read_state(postgres.home_from_environment())
    if state is not None:
        host, number = state["host"], state["port"]
        if answers(host, number):
            return Finding("port", OK, _("Quen answers at %(address)s") % {"address": state["address"]})
        return Finding(
            "port",
            FAIL,
            _("Quen runs but does not answer at %(address)s") % {"address": state["address"]},
            _("Look at what bin/up printed last."),
        )
    try:
        refuse_taken("127.0.0.1", port)
    except Refused as refusal:
        return Finding("port", FAIL, str(refusal), _("Start with another --port."))
    return Finding("port", OK, _("%(port)d is free; Quen is not running") % {"port": port})


def _database(say: Say) -> list[Finding]:
    where = "DATABASE_URL" if postgres.given_url() else "QUEN_HOME"
    try:
        with frame.database(say, migrate=False):
            version = postgres.server_version(os.environ["DATABASE_URL"])
            found = Finding("database", OK, f"PostgreSQL {version} ({where})")
            return [found, _safely("migrations", _migrations), _safely("worker", _worker)]
    except postgres.Trouble as trouble:
        text = _(trouble.text) % trouble.params
        return [Finding("database", FAIL, text, _("Mend this first; migrations and workers need it."))]


def _safely(name: str, look: Callable[[], Finding]) -> Finding:
    from django.db import Error

    try:
        return look()
    except Error as error:
        return Finding(
            name, FAIL, str(error).splitlines()[0], _("Run bin/up, which brings the database up to date.")
        )


def _migrations() -> Finding:
    from quen.core import schemas

    late = schemas.lagging()
    if not late:
        return Finding("migrations", OK, _("all schemas are up to date"))
    return Finding(
        "migrations",
        WARN,
        _("%(count)d schemas lag: %(names)s") % {"count": len(late), "names": ", ".join(late[:5])},
        _("Run bin/up, which brings the database up to date."),
    )


def _worker() -> Finding:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM public.procrastinate_workers"
        )
        quiet = cursor.fetchone()[0]
    if quiet is not None and quiet < _QUIET_SECONDS:
        return Finding("worker", OK, _("last heard of %(seconds)d s ago") % {"seconds": quiet})
    running = postgres.supervisor_runs(postgres.home_from_environment())
    if running:
        return Finding("worker", FAIL, _("no worker is heard of"), _("Look at what bin/up printed last."))
    return Finding(
        "worker", WARN, _("no worker runs, because Quen is not running"), _("Start it with bin/up.")
    )


def _mail() -> Finding:
    from urllib.parse import urlsplit

    url = os.environ.get("QUEN_SMTP_URL", "")
    if not url:
        return Finding(
            "mail",
            WARN,
            _("system mail goes to the mailbox page"),
            _("Set QUEN_SMTP_URL=smtp+tls://user:password@host:587 to send it."),
        )
    parts = urlsplit(url)
    if parts.scheme in ("smtp", "smtps", "smtp+tls") and parts.hostname:
        return Finding("mail", OK, f"{parts.scheme}://{parts.hostname}")
    return Finding(
        "mail",
        FAIL,
        _("QUEN_SMTP_URL cannot be read"),
        _("Write it as smtp+tls://user:password@host:587 or smtps://user:password@host:465."),
    )


COMMAND = Command(
    name="doctor",
    summary="Look at everything Quen stands on and say what to do.",
    run=_run,
    arguments=_arguments,
    database=False,
)
