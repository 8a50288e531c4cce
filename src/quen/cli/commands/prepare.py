"""``quen prepare``: runs migrations, the first-run setup and creates the sign-in link, in one start of Django."""

from __future__ import annotations

import argparse

from quen.cli.base import Command, Output


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-demo", action="store_true")


def _run(options: argparse.Namespace, output: Output) -> None:
    from quen.apps.accounts.services import create_sign_in_link
    from quen.cli.demo_setup import set_up_first_run

    set_up_first_run(demo=not options.no_demo)
    link = create_sign_in_link()
    output.result({"sign_in_link": link}, link)


COMMAND = Command(
    name="prepare",
    summary="Update the database and create the first user.",
    run=_run,
    arguments=_arguments,
    hidden=True,
)
