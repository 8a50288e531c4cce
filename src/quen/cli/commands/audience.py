"""``quen audience``: counts the contacts that match conditions and explains why a contact matches or not."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quen.cli.base import Command, CommandError, Output, in_workspace
from quen.cli.commands.export import read_rules
from quen.cli.i18n import _

if TYPE_CHECKING:
    from quen.apps.audience.types import Explanation

#: the command line waits for the exact number; a page would not
_TIMEOUT_MS = 600_000


def _arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("COMMAND"))
    for name, text in (
        ("count", _("number of contacts that match the conditions")),
        ("explain", _("explain why a contact matches or not")),
    ):
        verb = verbs.add_parser(name, help=text, description=text, allow_abbrev=False)
        verb.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=_("print JSON"))
        verb.add_argument("-w", "--workspace", required=True, metavar="WS", help=_("slug of the workspace"))
        verb.add_argument(
            "--rules", type=Path, required=True, metavar="FILE", help=_("a condition tree as JSON")
        )
        if name == "explain":
            verb.add_argument("--contact", type=int, required=True, metavar="ID", help=_("ID of the contact"))


def _run(options: argparse.Namespace, output: Output) -> int:
    from quen.apps.audience import queries as audience
    from quen.core import clock

    with in_workspace(options.workspace) as workspace:
        now, zone = clock.now(), workspace.zone
        tree = audience.parse(read_rules(options.rules))
        if options.verb == "count":
            counted = audience.count(tree, now=now, zone=zone, timeout_ms=_TIMEOUT_MS)
            answer = {"count": counted.value, "exact": counted.exact, "rules": audience.as_json(tree)}
            output.result(answer, _("%(count)d contacts.") % answer)
            return 0
        found = audience.explain(tree, options.contact, now=now, zone=zone, currency=workspace.currency)
        if found is None:
            raise CommandError(_("No contact has the ID %(id)d.") % {"id": options.contact}, code="not_found")
        output.line(_("This contact matches.") if found.holds else _("This contact doesn't match."))
        for line in _lines(found):
            output.line(line)
        if output.json:
            output.result({"contact": options.contact, **_as_json(found)})
        return 0


def _lines(node: Explanation, depth: int = 0) -> list[str]:
    mark = "✓" if node.holds else "✗"
    actual = f" ({node.actual_value})" if node.actual_value else ""
    lines = [f"{'  ' * depth}{mark} {node.sentence}{actual}"]
    for child in node.children:
        lines += _lines(child, depth + 1)
    return lines


def _as_json(node: Explanation) -> dict[str, Any]:
    return {
        "path": node.path,
        "sentence": str(node.sentence),
        "holds": node.holds,
        "actual": node.actual_value,
        "children": [_as_json(child) for child in node.children],
    }


COMMAND = Command(
    name="audience",
    summary="Count the contacts that match conditions, and explain why.",
    run=_run,
    arguments=_arguments,
)
