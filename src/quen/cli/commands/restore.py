"""``quen restore FILE``: a backup, brought back and proved."""

from __future__ import annotations

import argparse
from pathlib import Path

from quen.cli.backups import archive, secret
from quen.cli.backups.archive import BackupManifest
from quen.cli.base import Command, CommandError, Output, database, restore_marker
from quen.cli.i18n import _
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


def _run(options: argparse.Namespace, output: Output) -> None:
    manifest = archive.read_manifest(options.file)
    passphrase = secret.passphrase_from(options.passphrase_file)
    secret_key = (
        secret.decrypt_secret(manifest.secret, passphrase) if manifest.secret and passphrase else None
    )
    if manifest.scope == "everything":
        answer = _everything(options.file, manifest, secret_key, output)
    else:
        answer = _workspace(options.file, manifest, options.slug, output)
    if manifest.scope == "everything" and secret_key is None:
        output.line(
            _(
                "Put secret.key of the old QUEN_HOME into this one: passwords of channels and links in mails need it."
            )
        )
    output.result(
        {"file": str(options.file), **answer},
        _(
            "Restored %(file)s: every table holds what the backup held. Sending waits until somebody resumes it."
        )
        % {"file": options.file},
    )


def _everything(
    file: Path, manifest: BackupManifest, secret_key: str | None, output: Output
) -> dict[str, object]:
    from quen.cli.backups import full

    home = postgres.home_from_environment()
    with postgres.ensure_running() as url:
        full.check_empty(url)
        if secret_key is not None:
            secret.install_secret(
                secret_key, home
            )  # before the settings are read, which would make a new one
        with database(output, migrate=False):
            restore_marker().touch()
            try:
                full.restore(file, manifest, url)
            except CommandError:
                restore_marker().unlink(missing_ok=True)
                raise
        with database(output):
            output.progress(_("What was being sent when the backup was made is paused."))
    return {"rows": sum(manifest.tables.values()), "secret": secret_key is not None}


def _workspace(file: Path, manifest: BackupManifest, slug: str | None, output: Output) -> dict[str, object]:
    if not manifest.workspace:
        raise CommandError(_("The backup names no workspace."), code="not_a_backup")
    from quen.cli.backups import workspace

    with database(output), postgres.ensure_running() as url:
        return workspace.restore(file, manifest, url, slug=slug, output=output)


COMMAND = Command(
    name="restore",
    summary="Bring a backup back.",
    run=_run,
    arguments=_arguments,
    database=False,
)
