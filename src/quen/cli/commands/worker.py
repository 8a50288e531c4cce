"""``quen worker``: works the queues off until it is told to end."""

from __future__ import annotations

import argparse

from quen.cli.frame import Command, Say
from quen.cli.words import _


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--queue", action="append", choices=["interactive", "bulk"], help=_("only this queue (both)")
    )
    parser.add_argument("--concurrency", type=int, default=4, help=_("jobs at a time (4)"))


def _run(options: argparse.Namespace, _say: Say) -> None:
    from quen.core import jobs

    jobs.run_worker(options.queue or [jobs.INTERACTIVE, jobs.BULK], options.concurrency)


COMMAND = Command(
    name="worker", summary="Work off queued jobs until stopped.", run=_run, arguments=_arguments
)
