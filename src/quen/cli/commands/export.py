"""``quen export contacts``: exports contacts to a workbook or a CSV file."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from quen.cli.base import Command, CommandError, Output, in_workspace
from quen.cli.i18n import _
from quen.core.table_files import TableFormat, table_format


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["contacts"], help=_("what to export"))
    parser.add_argument("-w", "--workspace", required=True, metavar="WS", help=_("slug of the workspace"))
    parser.add_argument(
        "--rules", type=Path, metavar="FILE", help=_("a condition tree as JSON; all contacts without it")
    )
    formats = [each.value for each in TableFormat]
    parser.add_argument(
        "--format", choices=formats, help=_("format of the file; by default what its name ends in, or csv")
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help=_("file to write"))


def _run(options: argparse.Namespace, output: Output) -> None:
    from quen.apps.audience import queries as audience
    from quen.apps.import_export import registry
    from quen.apps.import_export import services as import_export
    from quen.core import clock, sql

    partial = options.output.with_name(options.output.name + ".partial")
    format_ = table_format(options.format or options.output.suffix.removeprefix(".").lower())
    with in_workspace(options.workspace) as workspace:
        tree = audience.parse(read_rules(options.rules)) if options.rules else audience.all_contacts()
        matching = audience.relation(tree, now=clock.now(), zone=workspace.zone)
        rows = sql.compose("SELECT contact_id AS row_id FROM {matching} m", matching=matching)
        writer, chunks = import_export.export_at_once(registry.export_kind("contacts"), rows, format_)
        try:
            # Customers' data: no other user of this machine may read it.
            partial.touch(mode=0o600)
            with partial.open("wb") as file:
                for chunk in chunks:
                    file.write(chunk)
            partial.replace(options.output)
        except OSError as error:
            text = _("Can't write the file %(path)s: %(why)s.")
            raise CommandError(
                text % {"path": options.output, "why": error.strerror}, code="cannot_write"
            ) from error
        finally:
            partial.unlink(missing_ok=True)
    answer = {"contacts": writer.written, "file": str(options.output)}
    output.result(answer, _("Exported %(contacts)d contacts to %(file)s.") % answer)


def read_rules(path: Path) -> Any:
    """Return the condition tree of a JSON file. Raises CommandError."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        text = _("Can't read the file %(path)s: %(why)s.")
        raise CommandError(text % {"path": path, "why": error.strerror}, code="cannot_read") from error
    except ValueError as error:
        raise CommandError(_("%(path)s is not JSON.") % {"path": path}, code="not_json") from error


COMMAND = Command(name="export", summary="Export contacts to a file.", run=_run, arguments=_arguments)
