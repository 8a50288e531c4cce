"""``quen restore FILE``: a dumped database, brought into an empty one."""

from __future__ import annotations

import argparse
import subprocess
from pathlib import Path

from quen.cli.frame import Command, Refused, Say
from quen.cli.words import _
from quen.core import postgres


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help=_("a file that `quen dump` wrote"))


def _run(options: argparse.Namespace, say: Say) -> None:
    if not options.file.is_file():
        raise Refused(_("%(file)s is not there.") % {"file": options.file}, code="no_file")
    with postgres.ensure_running() as url:
        if not _is_empty(url):
            raise Refused(
                _("This database holds data already: restore into an empty QUEN_HOME or database."),
                code="not_empty",
            )
        command = [
            str(postgres.binary("pg_restore")),
            "--no-owner",
            "--no-privileges",
            "--single-transaction",
        ]
        done = subprocess.run([*command, "--dbname", url, str(options.file)], check=False)
    if done.returncode != 0:
        raise Refused(_("The file could not be restored; the lines above say why."), code="not_restored")
    say.answer({"file": str(options.file)}, _("Restored %(file)s.") % {"file": options.file})


def _is_empty(url: str) -> bool:
    import psycopg

    with psycopg.connect(url) as connection:
        statement = (
            "SELECT 1 FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema') LIMIT 1"
        )
        return connection.execute(statement).fetchone() is None


COMMAND = Command(
    name="restore", summary="Bring a dumped database back.", run=_run, arguments=_arguments, database=False
)
