"""``quen manage``: runs Django's own commands with the database running (for developers)."""

from __future__ import annotations

import argparse

from quen.cli.base import Command, Output
from quen.cli.i18n import _


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help=_("the command and its arguments"))


def _run(options: argparse.Namespace, _output: Output) -> None:
    from django.core.management import execute_from_command_line

    execute_from_command_line(["quen manage", *options.arguments])


COMMAND = Command(name="manage", summary="Run a Django command.", run=_run, arguments=_arguments)
