"""``quen restore FILE``: restores a backup and checks that it is complete."""

from __future__ import annotations

import argparse
from pathlib import Path

from quen.cli.backups import archive, secret
from quen.cli.backups.archive import Backup
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

    parser.add_argument(
        "--foreign",
        action="store_true",
        help=_(
            "also restore a file that this installation did not write; you must trust whoever gave it to you"
        ),
    )


def _run(options: argparse.Namespace, output: Output) -> None:
    backup = archive.read(options.file)
    manifest = backup.manifest
    passphrase = secret.passphrase_from(options.passphrase_file)
    sealed = secret.decrypt_secret(manifest.secret, passphrase) if manifest.secret and passphrase else None
    if sealed is not None and not backup.is_signed_with(sealed):
        text = _("%(file)s was changed after the backup was made. Use another copy.")
        raise CommandError(text % {"file": options.file}, code="changed")
    own = backup.is_signed_with(secret.read_secret(postgres.home_from_environment()))
    if manifest.scope == archive.WORKSPACE:
        answer = _workspace(backup, options, own, output)
    else:
        answer = _everything(backup, options, sealed, own, output)
    output.result(
        {"file": str(options.file), **answer},
        _(
            "Restored %(file)s. Every table has the rows of the backup. Sending is paused until"
            " someone resumes it."
        )
        % {"file": options.file},
    )


def _everything(
    backup: Backup, options: argparse.Namespace, sealed: str | None, own: bool, output: Output
) -> dict[str, object]:
    from quen.cli.backups import full

    is_foreign = not own and sealed is None
    if is_foreign and not options.foreign:
        text = _(
            "Nothing shows who wrote %(file)s. Give its passphrase, or first copy secret.key of the old"
            " installation into QUEN_HOME. A file that others could have changed can take over the whole"
            " installation; if you trust it all the same, add --foreign."
        )
        raise CommandError(text % {"file": options.file}, code="foreign")
    home = postgres.home_from_environment()
    with postgres.ensure_running() as url:
        full.check_empty(url)
        if sealed is not None:
            # before the settings are read, which would create a new one
            secret.install_secret(sealed, home)
        with database(output, migrate=False):
            restore_marker().touch()
            try:
                full.restore(backup, url)
            except CommandError:
                restore_marker().unlink(missing_ok=True)
                raise
        with database(output):
            output.progress(_("Sending that was in progress when the backup was made is now paused."))
    if is_foreign:
        output.line(
            _(
                "Copy secret.key from the old QUEN_HOME into this one. Channel passwords and links"
                " in emails need it."
            )
        )
    return {
        "rows": sum(backup.manifest.tables.values()),
        "secret": sealed is not None,
        "foreign": is_foreign,
    }


def _workspace(backup: Backup, options: argparse.Namespace, own: bool, output: Output) -> dict[str, object]:
    if not own and not options.foreign:
        text = _(
            "%(file)s was not written by this installation, or it was changed. Restored with --foreign, its"
            " customers, emails and team become a workspace here, without passwords. Do that only if you trust"
            " whoever gave it to you."
        )
        raise CommandError(text % {"file": options.file}, code="foreign")
    with database(output):
        from quen.cli.backups import workspace

        workspace.check(backup)
        return workspace.restore(backup, slug=options.slug, is_foreign=not own, output=output)


COMMAND = Command(
    name="restore",
    summary="Restore a backup.",
    run=_run,
    arguments=_arguments,
    database=False,
)
