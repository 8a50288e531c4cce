"""``quen prepare``: migrations, the first run's shop and the sign-in link, in one start of Django."""

from __future__ import annotations

import argparse

from quen.cli.frame import Command, Say


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-demo", action="store_true")


def _run(options: argparse.Namespace, say: Say) -> None:
    from quen.apps.accounts.services import make_sign_in_link
    from quen.cli.demo_setup import first_run

    first_run(demo=not options.no_demo)
    link = make_sign_in_link()
    say.answer({"sign_in_link": link}, link)


COMMAND = Command(
    name="prepare",
    summary="Bring the database up to date and make the first user.",
    run=_run,
    arguments=_arguments,
    hidden=True,
)
