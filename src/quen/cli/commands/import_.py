"""``quen import``: bring people in from a file, with the engine that the wizard uses."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quen.cli.base import Command, CommandError, Output
from quen.cli.i18n import _

if TYPE_CHECKING:
    from quen.apps.import_export.models import Import

_STATUSES = {"subscribed": 1, "unsubscribed": 2, "non-subscribed": 3, "saved": 4}


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help=_("csv, tsv, txt, xlsx or xls"))
    parser.add_argument(
        "-w", "--workspace", required=True, metavar="WS", help=_("address name of the workspace")
    )
    parser.add_argument(
        "--map",
        type=Path,
        metavar="FILE",
        help=_(
            'where columns go, as JSON: {"Heading": "phone", "Other": null, "Size": {"new_field": {...}}}'
        ),
    )
    parser.add_argument(
        "--existing",
        choices=["skip", "overwrite", "fill"],
        default="skip",
        help=_("what happens to people already there (skip)"),
    )
    parser.add_argument("--tag", action="append", default=[], metavar="T", help=_("a tag for every row"))
    parser.add_argument("--status", choices=list(_STATUSES), help=_("status of rows that state none"))
    parser.add_argument("--consent-proof", metavar="TEXT", help=_("on what ground and when they agreed"))
    parser.add_argument("--dry-run", action="store_true", help=_("say what would happen, write nothing"))


def _run(options: argparse.Namespace, output: Output) -> None:
    from quen.apps.accounts import queries as accounts
    from quen.apps.import_export import services
    from quen.apps.import_export.types import ImportState
    from quen.core import clock, schemas
    from quen.core.errors import DomainError

    workspace = accounts.get_workspace(options.workspace)
    started = time.perf_counter()
    with schemas.use(workspace.schema_name):
        import_ = _create_import(options)
        try:
            services.set_settings(import_=import_, settings=_settings(options))
            _match(import_, options, output)
            dry_run = services.run_dry_run(import_id=import_.pk, clock=clock.now) if options.dry_run else None
        except (DomainError, CommandError):
            services.delete_import(import_=import_, actor=None, now=clock.now())
            raise
        if dry_run is not None:
            services.delete_import(import_=import_, actor=None, now=clock.now())
            answer = {name: dry_run[name] for name in _COUNTS}
            answer |= {"seconds": round(time.perf_counter() - started, 3), "refused_file": None}
            answer |= {"dry_run": True, "refusals": dry_run["refusals"], "warnings": dry_run["warnings"]}
            output.result(answer, _dry_run_text() % answer)
            return
        finished = _run_import(import_)
        answer = {name: getattr(finished, name) for name in _COUNTS}
        answer |= {
            "seconds": round(time.perf_counter() - started, 3),
            "refused_file": _refused_file(finished, options.file),
            "import": finished.pk,
        }
        if finished.state != ImportState.DONE:
            raise CommandError(
                finished.failure or str(ImportState(finished.state).label), code="import_failed"
            )
        output.result(answer, _done_text(answer))


_COUNTS = ("rows", "created", "updated", "unchanged", "refused", "warned", "repeated")


def _dry_run_text() -> str:
    return _(
        "%(rows)d rows: %(created)d would be new, %(updated)d updated, %(unchanged)d left as they are,"
        " %(refused)d refused, %(warned)d with a warning. Nothing was written."
    )


def _done_text(answer: dict[str, Any]) -> str:
    text = _(
        "%(rows)d rows in %(seconds)s s: %(created)d new, %(updated)d updated, %(unchanged)d left as they were,"
        " %(refused)d refused, %(warned)d with a warning."
    )
    if answer["refused_file"]:
        text += " " + _("Refused rows: %(refused_file)s")
    return text % answer


def _create_import(options: argparse.Namespace) -> Import:
    from quen.apps.import_export import services
    from quen.core import clock

    try:
        with options.file.open("rb") as content:
            return services.create_from_upload(
                content=content, filename=options.file.name, actor=None, now=clock.now()
            )
    except OSError as error:
        text = _("The file %(path)s can't be read: %(why)s.")
        raise CommandError(
            text % {"path": options.file, "why": error.strerror}, code="cannot_read"
        ) from error


def _match(import_: Import, options: argparse.Namespace, output: Output) -> None:
    """Match by itself, then as the map says; what needs an answer and has none is skipped with a note."""
    from quen.apps.import_export import services
    from quen.core import clock

    skipped = services.auto_match(import_=import_)
    wanted = _read_map(options.map) if options.map else {}
    unknown = [heading for heading in wanted if heading not in import_.headers]
    if unknown:
        text = _("The file has no column “%(heading)s”.")
        raise CommandError(text % {"heading": unknown[0]}, code="no_such_column")
    entries: list[dict[str, Any]] = []
    for heading, entry in zip(import_.headers, import_.matching, strict=True):
        chosen = _entry(wanted[heading], entry) if heading in wanted else entry
        # A dry run writes nothing, so the new field's column is left out of it.
        entries.append({"target": None} if options.dry_run and "new_field" in chosen else chosen)
    services.set_matching(import_=import_, entries=entries, actor=None, now=clock.now())
    for heading in skipped:
        if heading not in wanted:
            output.progress(
                _("Skipped the column “%(heading)s”: say in --map where it goes.") % {"heading": heading}
            )


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
    text = _("A column goes into a field's key, null or {“new_field”: {“name”, “format”}}: %(wanted)s")
    raise CommandError(text % {"wanted": json.dumps(wanted, ensure_ascii=False)}, code="bad_map")


def _is_field(wanted: Any) -> bool:
    from quen.apps.contacts.types import FieldFormat

    if not isinstance(wanted, dict) or not isinstance(wanted.get("name"), str) or not wanted["name"].strip():
        return False
    return wanted.get("format") in FieldFormat.values


def _read_map(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        text = _("The file %(path)s can't be read: %(why)s.")
        raise CommandError(text % {"path": path, "why": error.strerror}, code="cannot_read") from error
    except ValueError as error:
        raise CommandError(_("%(path)s is not JSON.") % {"path": path}, code="not_json") from error
    if not isinstance(found, dict):
        raise CommandError(_("%(path)s is not JSON.") % {"path": path}, code="not_json")
    return found


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    from quen.core import clock

    settings: dict[str, Any] = {"conflict_policy": options.existing, "tags": options.tag}
    if options.status:
        settings["status"] = _STATUSES[options.status]
    if options.consent_proof:
        settings["proof"] = {"ground": options.consent_proof, "obtained_at": clock.now().isoformat()}
    return settings


def _run_import(import_: Import) -> Import:
    """Run the import here, with a line of progress on stderr."""
    import threading

    from quen.apps.import_export import queries, services
    from quen.core import clock, schemas

    services.validate_for_run(import_=import_, actor=None, now=clock.now())
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
        # Left running, a server's worker would take it for orphaned and go on.
        services.stop(import_=queries.get_import(import_.pk), actor=None, now=clock.now())
        raise
    finally:
        finished.set()
        if progress.is_alive():
            progress.join()
            print(file=sys.stderr)
    return queries.get_import(import_.pk)


def _refused_file(import_: Import, source: Path) -> str | None:
    """Write the refused rows beside where the command runs; nothing when there are none."""
    from quen.apps.import_export import services

    if not import_.refused:
        return None
    path = Path.cwd() / f"{source.stem}-refused-{import_.pk}.csv"
    try:
        with path.open("wb") as target:
            for chunk in services.refused_rows_csv(import_):
                target.write(chunk)
    except OSError as error:
        text = _("The file %(path)s can't be written: %(why)s.")
        raise CommandError(text % {"path": path, "why": error.strerror}, code="cannot_write") from error
    return str(path)


COMMAND = Command(name="import", summary="Bring people in from a file.", run=_run, arguments=_arguments)
