"""``quen backup -o FILE``: writes everything, or one workspace, to one file, whether Quen is running or not."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

from quen.cli.backups import archive, secret
from quen.cli.backups.archive import BackupManifest
from quen.cli.base import Command, Output, database
from quen.cli.i18n import _
from quen.core import postgres


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        metavar="FILE",
        help=_("file to write; must not exist"),
    )
    parser.add_argument("-w", "--workspace", metavar="WS", help=_("only this workspace, by its slug"))
    parser.add_argument(
        "--passphrase-file",
        type=Path,
        metavar="FILE",
        help=_(
            "include the secret key, encrypted with the first line of this file (or QUEN_BACKUP_PASSPHRASE)"
        ),
    )


def _run(options: argparse.Namespace, output: Output) -> None:
    target: Path = options.output.absolute()
    passphrase = secret.passphrase_from(options.passphrase_file)
    manifest = BackupManifest(
        scope=archive.WORKSPACE if options.workspace else archive.EVERYTHING,
        created_at=datetime.now(UTC).isoformat(),
    )
    secret_key = secret.read_secret(postgres.home_from_environment())
    if passphrase and secret_key:
        manifest.secret = secret.encrypt_secret(secret_key, passphrase)
    with (
        archive.new_file(target) as partial,
        database(output, migrate=False),
        postgres.ensure_running() as url,
    ):
        from quen.cli.backups import full, workspace

        if options.workspace:
            workspace.write(partial, manifest, url, secret_key, slug=options.workspace)
        else:
            full.write(partial, manifest, url, secret_key)
    size, rows = target.stat().st_size, sum(manifest.tables.values())
    output.result(
        {"file": str(target), "bytes": size, "rows": rows, "secret": bool(manifest.secret)},
        _("Wrote %(file)s: %(rows)d rows, %(size).1f MB.")
        % {"file": target, "rows": rows, "size": size / 1024**2},
    )
    if not manifest.secret:
        output.line(
            _(
                "The backup doesn't include the secret key. Keep secret.key of QUEN_HOME separately,"
                " or use a passphrase."
            )
        )


COMMAND = Command(
    name="backup",
    summary="Back up everything, or one workspace, to a file.",
    run=_run,
    arguments=_arguments,
    database=False,
)
