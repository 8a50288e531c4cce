"""``quen segment``: creates segments, counts them and lists their members."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quen.cli.base import Command, CommandError, Output, in_workspace
from quen.cli.commands.export import read_rules
from quen.cli.i18n import _
from quen.core.actors import SYSTEM

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.segments.models import Segment

_BATCH = 1_000


def _arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("COMMAND"))
    for name, text in (
        ("create", _("save conditions as a segment and count its members")),
        ("count", _("number of contacts in a segment now")),
        ("members", _("list the members of a segment")),
        ("list", _("the segments of a workspace")),
    ):
        verb = verbs.add_parser(name, help=text, description=text, allow_abbrev=False)
        verb.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=_("print JSON"))
        verb.add_argument("-w", "--workspace", required=True, metavar="WS", help=_("slug of the workspace"))
        if name == "create":
            verb.add_argument("--name", required=True, metavar="NAME", help=_("name of the segment"))
            verb.add_argument("--description", default="", metavar="TEXT", help=_("purpose of the segment"))
            verb.add_argument(
                "--rules", type=Path, required=True, metavar="FILE", help=_("a condition tree as JSON")
            )
        elif name != "list":
            verb.add_argument("name", metavar="NAME", help=_("name of the segment"))


def _run(options: argparse.Namespace, output: Output) -> None:

    with in_workspace(options.workspace) as workspace:
        _VERBS[options.verb](options, output, workspace)


def _create(options: argparse.Namespace, output: Output, _workspace: Workspace) -> None:
    from quen.apps.segments import services
    from quen.core import clock

    if not options.name.strip():
        raise CommandError(_("Enter a name for the segment."), code="no_name")
    segment = services.create_segment(
        name=options.name,
        description=options.description,
        tree=read_rules(options.rules),
        actor=SYSTEM,
        now=clock.now(),
    )
    # The queued job will find its work done.
    services.compute_segment(segment.pk, now=clock.now())
    segment.refresh_from_db()
    answer = _as_json(segment)
    output.result(answer, _("The segment “%(name)s” has %(size)d members.") % answer)
    _print_failure(segment, output)


def _count(options: argparse.Namespace, output: Output, _workspace: Workspace) -> None:
    from quen.apps.segments import services
    from quen.core import clock

    segment = _get_segment(options.name)
    services.flush(now=clock.now())
    segment.refresh_from_db()
    answer = _as_json(segment)
    output.result(answer, _("The segment “%(name)s” has %(size)d members.") % answer)
    _print_failure(segment, output)


def _members(options: argparse.Namespace, output: Output, _workspace: Workspace) -> None:
    from quen.apps.segments import services
    from quen.core import clock, phones

    segment = _get_segment(options.name)
    services.flush(now=clock.now())
    segment.refresh_from_db()
    _print_failure(segment, output)
    if output.json:
        output.result(_as_json(segment) | {"members": list(_iter_members(segment))})
        return
    for contact in _iter_members(segment):
        address = phones.display(contact["phone"]) if contact["phone"] else contact["email"] or ""
        output.line(f"{contact['id']}\t{contact['name']}\t{address}")


def _list(_options: argparse.Namespace, output: Output, workspace: Workspace) -> None:
    from quen.apps.audience import queries as audience
    from quen.apps.segments import queries
    from quen.core import clock

    segments = list(queries.segments())
    for segment in segments:
        sentence = audience.describe_people(
            queries.tree_of(segment), now=clock.now(), zone=workspace.zone, currency=workspace.currency
        )
        size = _("computing") if segment.computing else str(segment.size)
        size += " (" + _("not calculated") + ")" if segment.failure else ""
        output.line(f"{size}\t{segment.name}\t{sentence}")
    output.result([_as_json(segment) for segment in segments])


def _get_segment(name: str) -> Segment:
    from quen.apps.segments import queries

    segment = queries.find_segment(name)
    if segment is None:
        raise CommandError(_("There is no segment called “%(name)s”.") % {"name": name}, code="not_found")
    return segment


def _iter_members(segment: Segment) -> Iterator[dict[str, Any]]:
    """Yield the members by id, read in batches."""
    from quen.apps.contacts import queries as contacts
    from quen.apps.segments import queries

    after = 0
    while entered := queries.members_after(segment.pk, after=after, limit=_BATCH):
        for contact in contacts.contacts_as_json(list(entered)):
            yield contact | {"entered_at": entered[contact["id"]]}
        after = max(entered)


def _print_failure(segment: Segment, output: Output) -> None:
    from quen.apps.segments import queries

    if segment.failure:
        text = _("It could not be calculated, so its members may be out of date. %(failure)s")
        output.progress(text % {"failure": queries.failure_text(segment)})


def _as_json(segment: Segment) -> dict[str, Any]:
    from quen.apps.segments import queries

    return {
        "id": segment.pk,
        "name": segment.name,
        "description": segment.description,
        "size": segment.size,
        "computing": segment.computing,
        "computed_at": segment.computed_at,
        "failure": queries.failure_text(segment),
        "rules": segment.tree,
    }


_VERBS = {"create": _create, "count": _count, "members": _members, "list": _list}

COMMAND = Command(
    name="segment",
    summary="Create and count segments, and list their members.",
    run=_run,
    arguments=_arguments,
    enqueues=True,
)
