"""``quen workspace archive | unarchive | delete``: what owners do on the page of the workspace's settings."""

from __future__ import annotations

import argparse
from typing import Any

from quen.cli.base import Output
from quen.cli.i18n import _

VERBS = ("archive", "unarchive", "delete")


def add_arguments(verbs: Any) -> None:
    """Add the three verbs."""
    archive = verbs.add_parser("archive", help=_("archive a workspace: readable, nothing is sent"))
    unarchive = verbs.add_parser(
        "unarchive", help=_("restore a workspace from the archive, or withdraw its deletion")
    )
    delete = verbs.add_parser(
        "delete", help=_("delete a workspace with all its data, after the grace period")
    )
    for verb in (archive, unarchive, delete):
        verb.add_argument("slug", metavar="SLUG")
        verb.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    delete.add_argument("--name", required=True, metavar="NAME", help=_("its name, to confirm"))


def run(options: argparse.Namespace, output: Output) -> None:
    """Run one of the verbs."""
    from quen.apps.accounts import queries
    from quen.apps.team import services
    from quen.core import clock, schemas
    from quen.core.actors import SYSTEM

    workspace, now = queries.get_workspace(options.slug), clock.now()
    with schemas.use(workspace.schema_name):
        if options.verb == "archive":
            services.archive_workspace(workspace=workspace, actor=SYSTEM, user=None, now=now)
            text = _("Archived “%(name)s”. Restore it with: quen workspace unarchive %(slug)s")
        elif options.verb == "unarchive":
            services.unarchive_workspace(workspace=workspace, actor=SYSTEM, user=None, now=now)
            text = _("Restored “%(name)s” from the archive.")
        else:
            services.request_deletion(
                workspace=workspace, name=options.name, actor=SYSTEM, user=None, now=now
            )
            text = _(
                "“%(name)s” is archived and will be deleted on %(delete_after)s."
                " Withdraw that with: quen workspace unarchive %(slug)s"
            )
    answer = {
        "slug": workspace.slug,
        "name": workspace.name,
        "archived_at": str(workspace.archived_at or ""),
        "delete_after": str(workspace.delete_after or ""),
    }
    output.result(answer, text % answer)
