"""``quen workspace archive | unarchive | delete``: what owners do on the page of the workspace's settings.

``quen workspace pause | resume`` is for operators, while a workspace is converted or its server looked after.
"""

from __future__ import annotations

import argparse
import getpass
from typing import Any

from quen.cli.base import Output, in_workspace
from quen.cli.i18n import _

VERBS = ("archive", "unarchive", "delete", "pause", "resume")
_PAUSE_REASONS = ("moving", "maintenance")


def add_arguments(verbs: Any) -> None:
    """Add the verbs."""
    archive = verbs.add_parser("archive", help=_("archive a workspace: readable, nothing is sent"))
    unarchive = verbs.add_parser(
        "unarchive", help=_("restore a workspace from the archive, or withdraw its deletion")
    )
    delete = verbs.add_parser(
        "delete", help=_("delete a workspace with all its data, after the grace period")
    )
    pause = verbs.add_parser(
        "pause", help=_("pause a workspace: nothing is written to it, what comes from outside is stored")
    )
    resume = verbs.add_parser("resume", help=_("end a workspace's pause"))
    pause.add_argument(
        "--reason",
        choices=_PAUSE_REASONS,
        default="moving",
        help=_("what its members read: it is moved to another server, or the server is maintained"),
    )
    pause.add_argument(
        "--wait",
        type=float,
        default=600.0,
        metavar="SECONDS",
        help=_("how long to wait for what is running (600)"),
    )
    for verb in (archive, unarchive, delete, pause, resume):
        verb.add_argument("slug", metavar="SLUG")
        verb.add_argument("--json", action="store_true", default=argparse.SUPPRESS)
    delete.add_argument("--name", required=True, metavar="NAME", help=_("its name, to confirm"))


def run(options: argparse.Namespace, output: Output) -> None:
    """Run one of the verbs."""
    from quen.apps.team import services
    from quen.core import clock
    from quen.core.actors import SYSTEM

    if options.verb in ("pause", "resume"):
        _pause_or_resume(options, output)
        return
    now = clock.now()
    with in_workspace(options.slug) as workspace:
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


def _pause_or_resume(options: argparse.Namespace, output: Output) -> None:
    from quen.apps.accounts import queries, services
    from quen.apps.accounts.types import PauseReason
    from quen.core import clock

    workspace, by = queries.get_workspace(options.slug), f"{getpass.getuser()} (quen workspace)"
    if options.verb == "pause":
        services.pause_workspace(
            workspace=workspace,
            reason=PauseReason(options.reason),
            by=by,
            now=clock.now(),
            wait_seconds=options.wait,
            report=output.progress,
        )
        text = _(
            "“%(name)s” is paused and nothing writes to it any more. Let it go on with:"
            " quen workspace resume %(slug)s"
        )
    else:
        services.resume_workspace(workspace=workspace, by=by, now=clock.now())
        text = _("“%(name)s” goes on. What came in meanwhile is processed now.")
    answer = {
        "slug": workspace.slug,
        "name": workspace.name,
        "paused_at": str(workspace.paused_at or ""),
        "reason": workspace.pause_reason,
        "by": workspace.paused_by,
    }
    output.result(answer, text % answer)
