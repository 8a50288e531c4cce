"""``quen segment``: make segments, count them, say who is in them."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from quen.cli.base import Command, CommandError, Output
from quen.cli.commands.export import read_rules
from quen.cli.i18n import _

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.segments.models import Segment

_BATCH = 1_000


def _arguments(parser: argparse.ArgumentParser) -> None:
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("COMMAND"))
    for name, text in (
        ("create", _("save an audience under a name and count it")),
        ("count", _("how many people are in a segment now")),
        ("members", _("who is in a segment")),
        ("list", _("the segments of a workspace")),
    ):
        verb = verbs.add_parser(name, help=text, description=text, allow_abbrev=False)
        verb.add_argument(
            "--json", action="store_true", default=argparse.SUPPRESS, help=_("answer with JSON")
        )
        verb.add_argument(
            "-w", "--workspace", required=True, metavar="WS", help=_("address name of the workspace")
        )
        if name == "create":
            verb.add_argument("--name", required=True, metavar="NAME", help=_("what the segment is called"))
            verb.add_argument("--description", default="", metavar="TEXT", help=_("what it is for"))
            verb.add_argument(
                "--rules", type=Path, required=True, metavar="FILE", help=_("a condition tree as JSON")
            )
        elif name != "list":
            verb.add_argument("name", metavar="NAME", help=_("what the segment is called"))


def _run(options: argparse.Namespace, output: Output) -> None:
    from quen.apps.accounts import queries as accounts
    from quen.core import schemas

    workspace = accounts.get_workspace(options.workspace)
    with schemas.use(workspace.schema_name):
        _VERBS[options.verb](options, output, workspace)


def _create(options: argparse.Namespace, output: Output, _workspace: Workspace) -> None:
    from quen.apps.segments import services
    from quen.core import clock

    if not options.name.strip():
        raise CommandError(_("A segment needs a name."), code="no_name")
    segment = services.create_segment(
        name=options.name,
        description=options.description,
        tree=read_rules(options.rules),
        actor=None,
        now=clock.now(),
    )
    # The job that was queued finds its work done.
    services.compute_segment(segment.pk, now=clock.now())
    segment.refresh_from_db()
    answer = _as_json(segment)
    output.result(answer, _("The segment “%(name)s” has %(size)d people.") % answer)


def _count(options: argparse.Namespace, output: Output, _workspace: Workspace) -> None:
    from quen.apps.segments import services
    from quen.core import clock

    segment = _get_segment(options.name)
    services.flush(now=clock.now())
    segment.refresh_from_db()
    answer = _as_json(segment)
    output.result(answer, _("The segment “%(name)s” has %(size)d people.") % answer)


def _members(options: argparse.Namespace, output: Output, _workspace: Workspace) -> None:
    from quen.apps.segments import services
    from quen.core import clock, phones

    segment = _get_segment(options.name)
    services.flush(now=clock.now())
    segment.refresh_from_db()
    if output.json:
        output.result(_as_json(segment) | {"members": list(_iter_members(segment))})
        return
    for person in _iter_members(segment):
        address = phones.display(person["phone"]) if person["phone"] else person["email"] or ""
        output.line(f"{person['id']}\t{person['name']}\t{address}")


def _list(_options: argparse.Namespace, output: Output, workspace: Workspace) -> None:
    from quen.apps.audience import queries as audience
    from quen.apps.segments import queries
    from quen.core import clock

    segments = list(queries.segments())
    for segment in segments:
        sentence = audience.describe(
            queries.tree_of(segment), now=clock.now(), zone=workspace.zone, currency=workspace.currency
        )
        size = _("counting") if segment.computing else str(segment.size)
        output.line(f"{size}\t{segment.name}\t{sentence}")
    output.result([_as_json(segment) for segment in segments])


def _get_segment(name: str) -> Segment:
    from quen.apps.segments import queries

    segment = queries.find_segment(name)
    if segment is None:
        raise CommandError(_("There is no segment called “%(name)s”.") % {"name": name}, code="not_found")
    return segment


def _iter_members(segment: Segment) -> Iterator[dict[str, Any]]:
    """Give the members in the order of their numbers, a batch at a time."""
    from quen.apps.contacts import queries as contacts
    from quen.apps.segments import queries

    after = 0
    while entered := queries.members_after(segment.pk, after=after, limit=_BATCH):
        for person in contacts.contacts_as_json(list(entered)):
            yield person | {"entered_at": entered[person["id"]]}
        after = max(entered)


def _as_json(segment: Segment) -> dict[str, Any]:
    return {
        "id": segment.pk,
        "name": segment.name,
        "description": segment.description,
        "size": segment.size,
        "counting": segment.computing,
        "counted_at": segment.computed_at,
        "rules": segment.tree,
    }


_VERBS = {"create": _create, "count": _count, "members": _members, "list": _list}

COMMAND = Command(
    name="segment",
    summary="Make and count segments, and say who is in them.",
    run=_run,
    arguments=_arguments,
    enqueues=True,
)
