"""``quen doctor``: checks everything Quen needs and suggests what to do."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta

from quen.cli import assets, base
from quen.cli.base import Command, CommandError, Output
from quen.cli.commands.up import PORT, read_state
from quen.cli.i18n import _
from quen.cli.ports import check_port_free
from quen.cli.supervisor import responds
from quen.core import postgres

OK, WARN, FAIL = "ok", "warn", "fail"
_GB = 1024**3
_LOW_GB, _MIN_GB = 5, 1
#: workers write their heartbeat every 10 s
_HEARTBEAT_SECONDS = 60
#: failed jobs are shown for so long
_FAILED_DAYS = 7


@dataclass(frozen=True)
class DoctorCheck:
    """The result of one check. advice: what to do next; empty without a problem."""

    name: str
    state: str
    text: str
    advice: str = ""


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--port", type=int, default=PORT, help=_("port to check (8000)"))


def _run(options: argparse.Namespace, output: Output) -> int:
    checks = [_python(), _disk(), _front_end(), _port(options.port), *_database(output), _mail()]
    print_checks(checks, output)
    output.result([asdict(check) for check in checks])
    return 1 if any(check.state == FAIL for check in checks) else 0


def print_checks(checks: Iterable[DoctorCheck], output: Output) -> None:
    """Print checks for people, each with its advice below."""
    for check in checks:
        output.line(f"{check.state:5} {check.name:11} {check.text}")
        if check.advice:
            output.line(f"{'':17} → {check.advice}")


def _python() -> DoctorCheck:
    fits = sys.version_info >= (3, 11)  # the command may run with another Python than bin/up chose
    return DoctorCheck(
        "python",
        OK if fits else FAIL,
        f"{platform.python_version()} ({sys.executable})",
        "" if fits else _("Install Python 3.11 or newer, then run bin/up again."),
    )


def _disk() -> DoctorCheck:
    home = postgres.home_from_environment()
    try:
        postgres.prepare_home(home)
    except postgres.SetupError as error:
        return DoctorCheck(
            "disk", FAIL, _(error.text) % error.params, _("Set QUEN_HOME to one of your own folders.")
        )
    free_gb = shutil.disk_usage(home).free / _GB
    state = FAIL if free_gb < _MIN_GB else WARN if free_gb < _LOW_GB else OK
    return DoctorCheck(
        "disk",
        state,
        _("%(free).1f GB free for %(home)s") % {"free": free_gb, "home": home},
        "" if state == OK else _("Free some space: below 1 GB the database may stop."),
    )


def _front_end() -> DoctorCheck:
    if assets.is_up_to_date():
        return DoctorCheck("front end", OK, _("built"))
    if assets.MANIFEST.exists():
        return DoctorCheck("front end", WARN, _("older than its sources"), _("Run bin/up to rebuild it."))
    return DoctorCheck("front end", FAIL, _("not built"), _("Run bin/up to build it."))


def _port(port: int) -> DoctorCheck:
    state = read_state(postgres.home_from_environment())
    if state is not None:
        host, number = state["host"], state["port"]
        if responds(host, number):
            return DoctorCheck(
                "port", OK, _("Quen is running at %(address)s") % {"address": state["address"]}
            )
        return DoctorCheck(
            "port",
            FAIL,
            _("Quen is running but doesn't respond at %(address)s") % {"address": state["address"]},
            _("Check the last lines printed by bin/up."),
        )
    try:
        check_port_free("127.0.0.1", port)
    except CommandError as refusal:
        return DoctorCheck("port", FAIL, str(refusal), _("Choose another --port."))
    return DoctorCheck("port", OK, _("%(port)d is free; Quen is not running") % {"port": port})


def _database(output: Output) -> list[DoctorCheck]:
    where = "DATABASE_URL" if postgres.database_url() else "QUEN_HOME"
    try:
        with base.database(output, migrate=False):
            version = postgres.server_version(os.environ["DATABASE_URL"])
            found = DoctorCheck("database", OK, f"PostgreSQL {version} ({where})")
            return [
                found,
                *_run_check("migrations", _migrations),
                *_run_check("worker", lambda: [_worker()]),
                *_run_check("jobs", _failed_jobs),
                *_run_check("pauses", _paused_workspaces),
            ]
    except postgres.SetupError as error:
        text = _(error.text) % error.params
        return [DoctorCheck("database", FAIL, text, _("Fix this first: migrations and workers need it."))]


def _run_check(name: str, check: Callable[[], list[DoctorCheck]]) -> list[DoctorCheck]:
    from django.db import Error

    try:
        return check()
    except Error as error:
        return [DoctorCheck(name, FAIL, str(error).splitlines()[0], _("Run bin/up to update the database."))]


def _migrations() -> list[DoctorCheck]:
    from quen.core import schemas

    state = schemas.migration_state()
    found = [
        DoctorCheck(
            "workspaces",
            FAIL,
            _("out of reach: %(what)s") % {"what": line},
            _("Start that server again. Until then these workspaces stand still; the others go on."),
        )
        for line in state.away
    ]
    if not state.behind:
        return [DoctorCheck("migrations", OK, _("all schemas are up to date")), *found]
    return [
        DoctorCheck(
            "migrations",
            WARN,
            _("%(count)d schemas are behind: %(names)s")
            % {"count": len(state.behind), "names": ", ".join(state.behind[:5])},
            _("Run bin/up to update the database."),
        ),
        *found,
    ]


def _worker() -> DoctorCheck:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM public.procrastinate_workers"
        )
        silent_seconds = cursor.fetchone()[0]
    if silent_seconds is not None and silent_seconds < _HEARTBEAT_SECONDS:
        return DoctorCheck("worker", OK, _("last heartbeat %(seconds)d s ago") % {"seconds": silent_seconds})
    running = postgres.supervisor_is_running(postgres.home_from_environment())
    if running:
        return DoctorCheck(
            "worker", FAIL, _("no heartbeat from any worker"), _("Check the last lines printed by bin/up.")
        )
    return DoctorCheck(
        "worker", WARN, _("no worker is running because Quen is not running"), _("Start it with bin/up.")
    )


def _failed_jobs() -> list[DoctorCheck]:
    """Return a check for each kind of job and workspace that failed within a week."""
    from quen.core import clock, job_outcomes

    failed = job_outcomes.failed_jobs(since=clock.now() - timedelta(days=_FAILED_DAYS))
    if not failed:
        return [DoctorCheck("jobs", OK, _("none failed within %(days)d days") % {"days": _FAILED_DAYS})]
    text = _("%(name)s failed %(count)d × in %(schema)s, last at %(at)s UTC")
    advice = _(
        "Its page says so, with a number that is also in the log. Without a page, look for its name there."
    )
    return [
        DoctorCheck(
            "jobs",
            WARN,
            text
            % {
                "name": each.name,
                "count": each.count,
                "schema": each.schema,
                "at": f"{each.last_at:%Y-%m-%d %H:%M}",
            },
            advice,
        )
        for each in failed
    ]


def _paused_workspaces() -> list[DoctorCheck]:
    from quen.apps.accounts import queries

    return [
        DoctorCheck(
            "workspace",
            WARN,
            _("“%(name)s” is paused since %(since)s UTC by %(who)s")
            % {"name": each.name, "since": f"{each.paused_at:%Y-%m-%d %H:%M}", "who": each.paused_by},
            _("Once that is done: quen workspace resume %(slug)s") % {"slug": each.slug},
        )
        for each in queries.all_workspaces()
        if each.paused_at
    ]


def _mail() -> DoctorCheck:
    from urllib.parse import urlsplit

    url = os.environ.get("QUEN_SMTP_URL", "")
    if not url:
        return DoctorCheck(
            "mail",
            WARN,
            _("system email goes to the mailbox page"),
            _("Set QUEN_SMTP_URL=smtp+tls://user:password@host:587 to send it."),
        )
    parts = urlsplit(url)
    if parts.scheme in ("smtp", "smtps", "smtp+tls") and parts.hostname:
        return DoctorCheck("mail", OK, f"{parts.scheme}://{parts.hostname}")
    return DoctorCheck(
        "mail",
        FAIL,
        _("QUEN_SMTP_URL is not valid"),
        _("Write it as smtp+tls://user:password@host:587 or smtps://user:password@host:465."),
    )


COMMAND = Command(
    name="doctor",
    summary="Check everything Quen needs and suggest what to do.",
    run=_run,
    arguments=_arguments,
    database=False,
)
