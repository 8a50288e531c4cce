"""``quen restore FILE``: restores a backup and checks that it is complete."""

from __future__ import annotations

import argparse
from pathlib import Path

from quen.cli.backups import archive, secret
from quen.cli.backups.archive import BackupManifest
from quen.cli.base import Command, CommandError, Output, database, restore_marker
from quen.cli.i18n import _
from quen.core import postgres


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help=_("a file written by `quen backup`"))
    parser.add_argument(
        "--as", dest="slug", metavar="WS", help=_("a different slug for the restored workspace")
    )
    parser.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help=_("file whose first line is the passphrase of the secret key"),
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
                "Copy secret.key from the old QUEN_HOME into this one. Channel passwords and links"
                " in emails need it."
            )
        )
    output.result(
        {"file": str(options.file), **answer},
        _(
            "Restored %(file)s. Every table has the rows of the backup. Sending is paused until"
            " someone resumes it."
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
            )  # before the settings are read, which would create a new one
        with database(output, migrate=False):
            restore_marker().touch()
            try:
                full.restore(file, manifest, url)
            except CommandError:
                restore_marker().unlink(missing_ok=True)
                raise
        with database(output):
            output.progress(_("Sending that was in progress when the backup was made is now paused."))
    return {"rows": sum(manifest.tables.values()), "secret": secret_key is not None}


def _workspace(file: Path, manifest: BackupManifest, slug: str | None, output: Output) -> dict[str, object]:
    if not manifest.workspace:
        raise CommandError(_("The backup doesn't contain a workspace."), code="not_a_backup")
    from quen.cli.backups import workspace

    with database(output), postgres.ensure_running() as url:
        return workspace.restore(file, manifest, url, slug=slug, output=output)


COMMAND = Command(
    name="restore",
    summary="Restore a backup.",
    run=_run,
    arguments=_arguments,
    database=False,
)
