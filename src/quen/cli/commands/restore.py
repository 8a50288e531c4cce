"""``quen restore FILE``: a backup, brought back and proved."""

from __future__ import annotations

import argparse
from pathlib import Path

from quen.cli.backups import archive, secret
from quen.cli.backups.archive import Manifest
from quen.cli.frame import Command, Refused, Say, database, restore_mark
from quen.cli.words import _
from quen.core import postgres


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help=_("a file that `quen backup` wrote"))
    parser.add_argument(
        "--as", dest="slug", metavar="WS", help=_("another address name for the workspace of the backup")
    )
    parser.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help=_("the file whose first line seals the secret key"),
    )


def _run(options: argparse.Namespace, say: Say) -> None:
    manifest = archive.read_manifest(options.file)
    passphrase = secret.passphrase_from(options.passphrase_file)
    held = secret.unseal(manifest.secret, passphrase) if manifest.secret and passphrase else None
    if manifest.what == "everything":
        answer = _everything(options.file, manifest, held, say)
    else:
        answer = _workspace(options.file, manifest, options.slug, say)
    if manifest.what == "everything" and held is None:
        say.line(
            _(
                "Put secret.key of the old QUEN_HOME into this one: passwords of channels and links in mails need it."
            )
        )
    say.answer(
        {"file": str(options.file), **answer},
        _(
            "Restored %(file)s: every table holds what the backup held. Sending waits until somebody resumes it."
        )
        % {"file": options.file},
    )


def _everything(file: Path, manifest: Manifest, held: str | None, say: Say) -> dict[str, object]:
    from quen.cli.backups import whole

    home = postgres.home_from_environment()
    with postgres.ensure_running() as url:
        whole.refuse_full(url)
        if held is not None:
            secret.put_back(held, home)  # before the settings are read, which would make a new one
        with database(say, migrate=False):
            restore_mark().touch()
            try:
                whole.restore(file, manifest, url)
            except Refused:
                restore_mark().unlink(missing_ok=True)
                raise
        with database(say):
            say.note(_("What was being sent when the backup was made is paused."))
    return {"rows": sum(manifest.tables.values()), "secret": held is not None}


def _workspace(file: Path, manifest: Manifest, slug: str | None, say: Say) -> dict[str, object]:
    if not manifest.workspace:
        raise Refused(_("The backup names no workspace."), code="not_a_backup")
    from quen.cli.backups import workspace

    with database(say), postgres.ensure_running() as url:
        return workspace.restore(file, manifest, url, slug=slug, say=say)


COMMAND = Command(
    name="restore",
    summary="Bring a backup back.",
    run=_run,
    arguments=_arguments,
    database=False,
)
