"""``quen import``: imports contacts from a file, with the engine of the import wizard."""

from __future__ import annotations

import argparse
import getpass
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quen.cli.base import Command, CommandError, Output, in_workspace
from quen.cli.i18n import _
from quen.core.actors import Actor, ActorKind

if TYPE_CHECKING:
    from quen.apps.import_export.models import Import

_STATUSES = {"subscribed": 1, "unsubscribed": 2, "non-subscribed": 3, "saved": 4}


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help=_("csv, tsv, txt, xlsx or xls"))
    parser.add_argument("-w", "--workspace", required=True, metavar="WS", help=_("slug of the workspace"))
    parser.add_argument(
        "--kind", default="contacts", metavar="KIND", help=_("what the rows are: contacts or tags (contacts)")
    )
    parser.add_argument(
        "--map",
        type=Path,
        metavar="FILE",
        help=_('column mapping as JSON: {"Heading": "phone", "Other": null, "Size": {"new_field": {...}}}'),
    )
    parser.add_argument(
        "--existing",
        choices=["skip", "overwrite", "fill"],
        default="skip",
        help=_("what happens to rows that exist already (skip)"),
    )
    parser.add_argument("--tag", action="append", default=[], metavar="T", help=_("a tag for every row"))
    parser.add_argument("--status", choices=list(_STATUSES), help=_("status for rows without one"))
    parser.add_argument("--consent-proof", metavar="TEXT", help=_("how and when they consented"))
    parser.add_argument(
        "--as",
        dest="actor",
        metavar="EMAIL",
        help=_("the member recorded as the author (default: the system user who runs the command)"),
    )
    parser.add_argument(
        "--dry-run", action="store_true", help=_("show what would happen without writing anything")
    )


def _run(options: argparse.Namespace, output: Output) -> None:
    from quen.apps.import_export import registry, services
    from quen.apps.import_export.types import ImportState
    from quen.core import clock
    from quen.core.errors import DomainError

    kinds = [kind.key for kind in registry.all_kinds()]
    if options.kind not in kinds:
        text = _("There is no kind “%(kind)s”. Choose one of: %(kinds)s")
        raise CommandError(text % {"kind": options.kind, "kinds": ", ".join(kinds)}, code="unknown_kind")
    started = time.perf_counter()
    with in_workspace(options.workspace):
        actor = _find_actor(options.actor)
        import_ = _create_import(options, actor)
        try:
            services.set_settings(import_=import_, settings=_settings(options))
            skipped = _match(import_, options, actor, output)
            services.ensure_runnable(import_=import_)
            dry_run = services.run_dry_run(import_id=import_.pk, clock=clock.now) if options.dry_run else None
        except (DomainError, CommandError):
            services.delete_import(import_=import_, actor=actor, now=clock.now())
            raise
        if dry_run is not None:
            services.delete_import(import_=import_, actor=actor, now=clock.now())
            answer = {name: dry_run[name] for name in _COUNTS}
            answer |= {"seconds": round(time.perf_counter() - started, 3), "refused_file": None}
            answer |= {"skipped_columns": skipped}
            answer |= {"dry_run": True, "refusals": dry_run["refusals"], "warnings": dry_run["warnings"]}
            output.result(answer, _dry_run_text() % answer)
            return
        finished = _run_import(import_, actor)
        answer = {name: getattr(finished, name) for name in _COUNTS}
        answer |= {
            "seconds": round(time.perf_counter() - started, 3),
            "refused_file": _refused_file(finished, options.file),
            "import": finished.pk,
            "skipped_columns": skipped,
        }
        if finished.state != ImportState.DONE:
            raise CommandError(
                finished.failure or str(ImportState(finished.state).label), code="import_failed"
            )
        output.result(answer, _done_text(answer))


_COUNTS = ("rows", "created", "updated", "unchanged", "refused", "warned", "repeated")


def _dry_run_text() -> str:
    return _(
        "%(rows)d rows: %(created)d would be created, %(updated)d updated, %(unchanged)d unchanged,"
        " %(refused)d rejected, %(warned)d with a warning. Nothing was written."
    )


def _done_text(answer: dict[str, Any]) -> str:
    text = _(
        "%(rows)d rows in %(seconds)s s: %(created)d created, %(updated)d updated, %(unchanged)d"
        " unchanged, %(refused)d rejected, %(warned)d with a warning."
    )
    if answer["refused_file"]:
        text += " " + _("Rejected rows: %(refused_file)s")
    return text % answer


def _find_actor(email: str | None) -> Actor:
    """Return the author of the import: the given member, otherwise the system user who runs the command."""
    from quen.apps.import_export.types import ImportExportRight
    from quen.apps.team import queries as team

    if email is None:
        return Actor(ActorKind.SYSTEM, None, f"{getpass.getuser()} (quen import)")
    member = team.members().filter(email__iexact=email).first()
    if member is None or not member.can(ImportExportRight.IMPORT):
        text = _("%s is no member who may import.")
        raise CommandError(text % email, code="no_such_member")
    return member.actor


def _create_import(options: argparse.Namespace, actor: Actor) -> Import:
    from quen.apps.import_export import services
    from quen.core import clock

    try:
        with options.file.open("rb") as content:
            return services.create_from_upload(
                content=content,
                filename=options.file.name,
                actor=actor,
                now=clock.now(),
                kind=options.kind,
            )
    except OSError as error:
        text = _("Can't read the file %(path)s: %(why)s.")
        raise CommandError(
            text % {"path": options.file, "why": error.strerror}, code="cannot_read"
        ) from error


def _match(
    import_: Import, options: argparse.Namespace, actor: Actor, output: Output
) -> list[dict[str, str]]:
    """Match columns automatically, then by the map. Return the columns with values that are skipped, and why."""
    from quen.apps.import_export import queries, services
    from quen.core import clock

    services.auto_match(import_=import_)
    wanted = _read_map(options.map) if options.map else {}
    unknown = [heading for heading in wanted if heading not in import_.headers]
    if unknown:
        text = _("The file has no column “%(heading)s”.")
        raise CommandError(text % {"heading": unknown[0]}, code="no_such_column")
    entries: list[dict[str, Any]] = []
    for heading, entry in zip(import_.headers, import_.matching, strict=True):
        chosen = _entry(wanted[heading], entry) | {"answered": True} if heading in wanted else entry
        # A dry run writes nothing, so it leaves out the column of a new field.
        entries.append({"target": None} if options.dry_run and "new_field" in chosen else chosen)
    services.set_matching(import_=import_, entries=entries, actor=actor, now=clock.now())
    skipped = []
    for column in queries.skipped_columns(import_):
        by_map = column.header in wanted
        reason = _("skipped by --map") if by_map else column.reason
        skipped.append({"column": column.name, "reason": reason})
        text = _("Skipped the column “%(heading)s”: %(reason)s.")
        line = text % {"heading": column.name, "reason": reason.rstrip(".")}
        output.progress(line if by_map else line + " " + _("Map it with --map."))
    return skipped


def _entry(wanted: Any, guessed: dict[str, Any]) -> dict[str, Any]:
    if wanted is None:
        return {"target": None}
    if isinstance(wanted, str):
        same = guessed.get("target") == wanted
        return {"target": wanted, "date_order": guessed.get("date_order") if same else None}
    if isinstance(wanted, dict) and (
        isinstance(wanted.get("target"), str) or _is_field(wanted.get("new_field"))
    ):
        return wanted
    text = _("A column maps to a field's key, null or {“new_field”: {“name”, “format”}}: %(wanted)s")
    raise CommandError(text % {"wanted": json.dumps(wanted, ensure_ascii=False)}, code="bad_map")


def _is_field(wanted: Any) -> bool:
    """Return whether it has a name and a format; the kind checks the format."""
    if not isinstance(wanted, dict) or not isinstance(wanted.get("name"), str) or not wanted["name"].strip():
        return False
    return isinstance(wanted.get("format"), str)


def _read_map(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        text = _("Can't read the file %(path)s: %(why)s.")
        raise CommandError(text % {"path": path, "why": error.strerror}, code="cannot_read") from error
    except ValueError as error:
        raise CommandError(_("%(path)s is not JSON.") % {"path": path}, code="not_json") from error
    if not isinstance(found, dict):
        raise CommandError(_("%(path)s is not JSON.") % {"path": path}, code="not_json")
    return found


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    from quen.core import clock

    settings: dict[str, Any] = {"conflict_policy": options.existing}
    if options.tag:
        settings["tags"] = options.tag
    if options.status:
        settings["status"] = _STATUSES[options.status]
    if options.consent_proof:
        settings["proof"] = {"ground": options.consent_proof, "obtained_at": clock.now().isoformat()}
    return settings


def _run_import(import_: Import, actor: Actor) -> Import:
    """Run the import in this process, with a progress line on stderr."""
    import threading

    from quen.apps.import_export import queries, services
    from quen.core import clock, schemas

    services.validate_for_run(import_=import_, actor=actor, now=clock.now())
    schema, finished = schemas.current(), threading.Event()

    def show_progress() -> None:
        from django.db import connection

        with schemas.use(schema):
            while not finished.wait(1.0):
                current = queries.get_import(import_.pk)
                line = _("%(done)d of about %(total)d rows") % {
                    "done": current.position,
                    "total": max(current.total_rows or 0, current.position),
                }
                print(f"\r{line}", end="", file=sys.stderr, flush=True)
        connection.close()

    progress = threading.Thread(target=show_progress, daemon=True)
    if sys.stderr.isatty():
        progress.start()
    try:
        services.run_import(import_id=import_.pk, clock=clock.now)
    except KeyboardInterrupt:
        # Without the stop, a server's worker would take the import for orphaned and resume it.
        services.stop(import_=queries.get_import(import_.pk), actor=actor, now=clock.now())
        raise
    finally:
        finished.set()
        if progress.is_alive():
            progress.join()
            print(file=sys.stderr)
    return queries.get_import(import_.pk)


def _open_private(path: str, flags: int) -> int:
    """Open a file that only this user can read; a file that exists becomes so."""
    descriptor = os.open(path, flags, 0o600)
    os.fchmod(descriptor, 0o600)
    return descriptor


def _refused_file(import_: Import, source: Path) -> str | None:
    """Write the rejected rows to the current folder, for this user only. Return the path, or None without any."""
    from quen.apps.import_export import services

    if not import_.refused:
        return None
    path = Path.cwd() / f"{source.stem}-refused-{import_.pk}.csv"
    try:
        with open(path, "wb", opener=_open_private) as target:
            for chunk in services.refused_rows_csv(import_):
                target.write(chunk)
    except OSError as error:
        text = _("Can't write the file %(path)s: %(why)s.")
        raise CommandError(text % {"path": path, "why": error.strerror}, code="cannot_write") from error
    return str(path)


COMMAND = Command(name="import", summary="Import contacts from a file.", run=_run, arguments=_arguments)
