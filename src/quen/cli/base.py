"""The framework of the sub-commands: how one is declared, how it prints, how its errors are reported.

A command is a module in ``quen.cli.commands`` with ``COMMAND = Command(...)``; ``find_commands`` finds it.
Modules are imported before Django is set up, so they import apps inside the functions that use them.
"""

from __future__ import annotations

import argparse
import errno
import importlib
import json
import os
import pkgutil
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from quen.cli.i18n import _, language
from quen.core import postgres

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

EXIT_REFUSED, EXIT_USAGE, EXIT_UNAVAILABLE, EXIT_INTERRUPTED = 1, 2, 3, 130
#: classes and codes of SQLSTATE: no connection, out of memory or connections, shut down
_AWAY = ("08", "53", "57P01", "57P02", "57P03")


class CommandError(Exception):
    """A refusal of the command line itself: one sentence, already in the user's language."""

    def __init__(self, text: str, *, code: str = "refused", exit_code: int = EXIT_REFUSED) -> None:
        super().__init__(text)
        self.code = code
        self.exit_code = exit_code


@dataclass
class Output:
    """The output of a command: text for people, or one JSON value for programs."""

    json: bool = False

    def line(self, text: str) -> None:
        """Print a line for people; nothing when JSON was asked for."""
        if not self.json:
            print(text, flush=True)

    def progress(self, text: str) -> None:
        """Print progress to stderr, separate from the result."""
        print(text, file=sys.stderr, flush=True)

    def result(self, value: Any, text: str | None = None) -> None:
        """Print the result: as JSON when asked for, otherwise the text."""
        if self.json:
            print(json.dumps(value, ensure_ascii=False, default=str), flush=True)
        elif text is not None:
            print(text, flush=True)


@dataclass(frozen=True)
class Command:
    """One sub-command.

    name: as typed.  summary: one English sentence (a msgid).  arguments: fills the parser.
    run: gets the parsed options and ``Output``; returns an exit code, or None for 0.
    database: needs a migrated database and Django.  enqueues: jobs it leaves in the queue are run before
    it ends, unless a running server will run them.  hidden: for the supervisor, not listed in the help.
    """

    name: str
    summary: str
    run: Callable[[argparse.Namespace, Output], int | None]
    arguments: Callable[[argparse.ArgumentParser], None] = field(default=lambda _parser: None)
    database: bool = True
    enqueues: bool = False
    hidden: bool = False


def find_commands() -> Mapping[str, Command]:
    """Return all sub-commands by name."""
    from quen.cli import commands as package

    names = sorted(info.name for info in pkgutil.iter_modules(package.__path__))
    found = [importlib.import_module(f"{package.__name__}.{name}") for name in names]
    return {module.COMMAND.name: module.COMMAND for module in found if hasattr(module, "COMMAND")}


def build_parser(commands: Mapping[str, Command]) -> argparse.ArgumentParser:
    """Return the parser of the command line."""
    top = argparse.ArgumentParser(
        prog="quen", description=_("Quen turns a merchant's strangers into regulars."), allow_abbrev=False
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", help=_("print JSON"))
    common.add_argument("--home", type=Path, metavar="DIR", help=_("the data folder, instead of QUEN_HOME"))
    subparsers = top.add_subparsers(dest="command", required=True, metavar=_("COMMAND"))
    for command in commands.values():
        text = _(command.summary)
        extra: dict[str, Any] = {} if command.hidden else {"help": text}
        sub = subparsers.add_parser(
            command.name, parents=[common], description=text, allow_abbrev=False, **extra
        )
        command.arguments(sub)
    return top


def execute(command: Command, options: argparse.Namespace) -> int:
    """Run a command and return its exit code. A refusal is printed as one sentence on stderr."""
    from django.core.exceptions import ImproperlyConfigured

    output = Output(json=options.json)
    if options.home is not None:
        os.environ["QUEN_HOME"] = str(options.home.expanduser().absolute())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quen.config.settings")
    try:
        if command.database:
            with database(output):
                code = command.run(options, output)
                if command.enqueues:
                    _run_queued_jobs()
        else:
            code = command.run(options, output)
    except postgres.SetupError as error:
        return _print_error(output, error.code, _(error.text) % error.params, error.params)
    except CommandError as error:
        _print_error(output, error.code, str(error))
        return error.exit_code
    except ImproperlyConfigured as error:
        return _print_error(output, "settings", str(error))
    except Exception as error:
        from quen.core.errors import DomainError

        if isinstance(error, DomainError):
            return _print_error(output, error.code, str(error), dict(error.params))
        outage = _outage(error)
        if outage is None:
            raise
        _print_error(output, *outage)
        return EXIT_UNAVAILABLE
    return code or 0


def _outage(error: BaseException) -> tuple[str, str] | None:
    """Return code and text when a full disk or a database that is gone ended the command; None for anything else."""
    from quen.core.database import outage

    if outage.is_node_away(error):
        text = _(
            "A server of the cluster can't be reached (%(reason)s). Workspaces on it, new workspaces and updates"
            " wait until it is back; other workspaces go on. What was finished before is kept."
        )
        return "node_away", text % {"reason": outage.reason(error)}
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, psycopg.errors.DiskFull) or (
            isinstance(cause, OSError) and cause.errno in (errno.ENOSPC, errno.EDQUOT)
        ):
            return "disk_full", _(
                "The disk is full. Free some space and run the command again; bin/quen doctor shows how much"
                " is left. What was finished before is kept."
            )
        if isinstance(cause, psycopg.OperationalError) and (cause.sqlstate or "08").startswith(_AWAY):
            text = _(
                "The connection to the database was lost (%(reason)s). Check it with bin/quen doctor and run"
                " the command again. What was finished before is kept."
            )
            return "database_away", text % {"reason": str(cause).strip().split("\n")[0]}
        cause = cause.__cause__ or cause.__context__
    return None


@contextmanager
def database(output: Output, *, migrate: bool = True) -> Iterator[None]:
    """Provide a running, migrated database and Django for a block, in the terminal's language."""
    external_url = postgres.database_url()
    with postgres.ensure_running() as url:
        os.environ["DATABASE_URL"] = url
        try:
            set_up_django()
            if migrate:
                from quen.core import schemas

                state = schemas.migration_state()
                for line in state.away:
                    output.progress(_("Out of reach: %(what)s") % {"what": line})
                if state.behind:
                    schemas.migrate_all(output.progress)
                _finish_interrupted_restore()
            yield
        finally:
            _close_connections()
            if external_url is None:
                del os.environ["DATABASE_URL"]


@contextmanager
def in_workspace(slug: str) -> Iterator[Workspace]:
    """Work in a workspace for the length of a block. Raises WorkspaceNotFound, and CommandError while it is paused."""
    from django.utils import formats

    from quen.apps.accounts import queries
    from quen.core import pauses, schemas

    workspace = queries.get_workspace(slug)
    try:
        with pauses.working(workspace.schema_name), schemas.use(workspace.schema_name):
            yield workspace
    except (pauses.WorkspacePaused, pauses.GiveWay) as error:
        paused = queries.get_workspace(slug)
        if paused.paused_at is None:
            since = ""
        else:
            since = formats.date_format(paused.paused_at.astimezone(paused.zone), "DATETIME_FORMAT")
        text = _(
            "“%(name)s” has been paused since %(since)s by %(who)s, so nothing in it can be read or changed."
            " %(reason)s Let it go on with: quen workspace resume %(slug)s"
        )
        values = {
            "name": paused.name,
            "slug": slug,
            "since": since,
            "reason": paused.get_pause_reason_display(),
            "who": paused.paused_by,
        }
        raise CommandError(text % values, code=pauses.WorkspacePaused.code) from error


def restore_marker() -> Path:
    """Return the file that exists while a full restore is not finished."""
    return postgres.home_from_environment() / "restoring"


def _finish_interrupted_restore() -> None:
    """Finish an interrupted full restore: pause everything that was being sent when the backup was made."""
    if restore_marker().exists():
        from quen.cli.backups import full

        full.run_restore_hooks()
        restore_marker().unlink(missing_ok=True)


def set_up_django() -> None:
    """Set Django up in the terminal's language."""
    from quen.core.garbage import no_collection

    with no_collection():
        import django
        from django.utils import translation

        django.setup()
    translation.activate(language())


def _run_queued_jobs() -> None:
    """Run the queued jobs, unless the workers of a supervisor do."""
    from quen.core import jobs

    if jobs.unfinished_count() and not postgres.supervisor_is_running(postgres.home_from_environment()):
        jobs.run_worker(jobs.QUEUES, concurrency=1, wait=False)


def _close_connections() -> None:
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
        if hasattr(connection, "close_pool"):
            connection.close_pool()


def _print_error(output: Output, code: str, text: str, params: Mapping[str, Any] | None = None) -> int:
    print(text, file=sys.stderr)
    output.result({"code": code, "text": text, "params": params or {}})
    return EXIT_REFUSED
