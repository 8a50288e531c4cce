"""``quen demo``: fills a workspace with the demo shop."""

from __future__ import annotations

import argparse
from dataclasses import asdict

from quen.cli.base import Command, CommandError, Output
from quen.cli.i18n import _
from quen.core.actors import SYSTEM


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-w", "--workspace", required=True, metavar="WS", help=_("slug of the workspace"))
    parser.add_argument("--contacts", type=int, default=2_000, help=_("number of contacts (2000)"))
    parser.add_argument("--events", type=int, default=20_000, help=_("number of events (20000)"))
    parser.add_argument("--seed", type=int, default=1, help=_("the same seed gives the same shop (1)"))


def _run(options: argparse.Namespace, output: Output) -> None:
    from django.db import IntegrityError

    from quen.apps.accounts import queries
    from quen.cli.demo import count_segments, fill_workspace
    from quen.core import clock

    if not 0 <= options.contacts <= 5_000_000 or not 0 <= options.events <= 100_000_000:
        raise CommandError(
            _("A demo shop has at most 5,000,000 contacts and 100,000,000 events."), code="too_many"
        )
    stages = {
        "contacts": _("Contacts: %d"),
        "events": _("Events: %d"),
        "totals": _("Updating totals"),
    }

    def report(stage: str, done: int) -> None:
        text = stages[stage]
        output.progress(text % done if "%d" in text else text)

    workspace = queries.get_workspace(options.workspace)
    try:
        outcome = fill_workspace(
            workspace,
            contacts_count=options.contacts,
            events_count=options.events,
            seed=options.seed,
            actor=SYSTEM,
            now=clock.now(),
            report=report,
        )
    except IntegrityError as error:
        text = _(
            "Some of these contacts already exist in the workspace. Use an empty one. Nothing was written."
        )
        raise CommandError(text, code="contacts_exist") from error
    count_segments(workspace, now=clock.now())
    text = _("Added %(contacts)d contacts and %(events)d events in %(seconds)s s.")
    output.result(asdict(outcome), text % asdict(outcome))


COMMAND = Command(name="demo", summary="Fill a workspace with a demo shop.", run=_run, arguments=_arguments)
