"""``quen cluster check | adopt | leave``: workspaces on the nodes of a Citus cluster."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from quen.cli.base import Command, CommandError, Output, database
from quen.cli.commands.doctor import print_checks
from quen.cli.i18n import _


def _arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("COMMAND"))
    verbs.add_parser("check", help=_("check the nodes, their settings and every workspace"))
    adopt = verbs.add_parser("adopt", help=_("place workspaces of this database on the nodes"))
    leave = verbs.add_parser("leave", help=_("bring workspaces back from the nodes to this database"))
    for verb in (adopt, leave):
        verb.add_argument("slugs", nargs="*", metavar="WORKSPACE", help=_("only these; all when omitted"))
    for verb in verbs.choices.values():
        verb.add_argument("--json", action="store_true", default=argparse.SUPPRESS)


def _run(options: argparse.Namespace, output: Output) -> int:
    # A cluster with a dead node, or a database restored a moment ago, is checked as it is.
    with database(output, migrate=options.verb != "check"):
        from quen.core import citus

        if not citus.is_citus():
            text = _("This server does not speak Citus; there is nothing to do.")
            output.result({"citus": False, "well": True, "text": text}, text)
            return 0
        return _check(output) if options.verb == "check" else _convert(options, output)


def _check(output: Output) -> int:
    from quen.cli.cluster import checks

    report = checks.check()
    print_checks(report.checks, output)
    output.line(
        _("All is well.") if report.is_well else _("Something is missing: see the lines with an arrow.")
    )
    output.result(report.as_json())
    return 0 if report.is_well else 1


def _convert(options: argparse.Namespace, output: Output) -> int:
    from quen.apps.accounts import queries
    from quen.cli.cluster import conversion
    from quen.core.errors import DomainError

    convert = conversion.adopt if options.verb == "adopt" else conversion.leave
    done, failed = [], []
    with conversion.only_one():
        named = [queries.get_workspace(slug) for slug in options.slugs]
        for workspace in named or queries.all_workspaces():
            try:
                converted = convert(workspace, output.progress)
            except (CommandError, DomainError) as refusal:
                failed.append({"slug": workspace.slug, "code": refusal.code, "text": str(refusal)})
                output.progress(str(refusal))
                continue
            done.append(asdict(converted))
            output.line(conversion.in_words(converted))
    output.result({"citus": True, "done": done, "failed": failed})
    return 1 if failed else 0


COMMAND = Command(
    name="cluster",
    summary="Check a Citus cluster, place workspaces on its nodes and bring them back.",
    run=_run,
    arguments=_arguments,
    database=False,
)
