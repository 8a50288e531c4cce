"""``quen dump FILE``: the whole database as one file, while Quen runs or not."""

from __future__ import annotations

import argparse
import os
import subprocess
from pathlib import Path

from quen.cli.frame import Command, Refused, Say
from quen.cli.words import _
from quen.core import postgres


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help=_("the file to write; it must not exist"))


def _run(options: argparse.Namespace, say: Say) -> None:
    target: Path = options.file.absolute()
    if target.exists():
        raise Refused(_("%(file)s exists: choose another name.") % {"file": target}, code="file_exists")
    half = target.with_name(f"{target.name}.part")
    try:
        # Customers are in it: nobody else may read it.
        os.close(os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
    except OSError as error:
        text = _("%(file)s cannot be written (%(reason)s).")
        raise Refused(text % {"file": target, "reason": error.strerror}, code="file_unwritable") from error
    with postgres.ensure_running() as url:
        command = [
            str(postgres.binary("pg_dump")),
            "--format=custom",
            "--no-owner",
            "--no-privileges",
            "--file",
            str(half),
        ]
        done = subprocess.run([*command, url], check=False)
    if done.returncode != 0:
        half.unlink()
        raise Refused(_("The database could not be dumped; the lines above say why."), code="not_dumped")
    half.rename(target)
    size = target.stat().st_size
    say.answer(
        {"file": str(target), "bytes": size},
        _("Wrote %(file)s (%(size).1f MB). Keep secret.key of QUEN_HOME apart from it.")
        % {"file": target, "size": size / 1024**2},
    )


COMMAND = Command(
    name="dump", summary="Write the whole database to a file.", run=_run, arguments=_arguments, database=False
)
