"""``quen worker``: runs queued jobs until it is stopped."""

from __future__ import annotations

import argparse
import os
import threading
import time

from quen.cli.base import Command, Output
from quen.cli.i18n import _
from quen.cli.supervisor import SUPERVISOR_PID
from quen.core.postgres.processes import wait_for_end

#: the time a worker has to finish its jobs after the supervisor was killed
_GRACE_SECONDS = 5
_POLL_SECONDS = 60


def _arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--queue",
        action="append",
        choices=["interactive", "bulk", "sending"],
        help=_("only this queue (all)"),
    )
    parser.add_argument("--concurrency", type=int, default=4, help=_("jobs at a time (4)"))


def _run(options: argparse.Namespace, _output: Output) -> None:
    from quen.core import jobs

    _end_with_supervisor()
    jobs.run_worker(options.queue or jobs.QUEUES, options.concurrency)


def _end_with_supervisor() -> None:
    """Exit soon after the supervisor was killed, even if a graceful shutdown waits for the ended database."""
    parent = int(os.environ.get(SUPERVISOR_PID, "0"))

    def watch() -> None:
        while os.getppid() == parent:
            wait_for_end([parent], _POLL_SECONDS)
        time.sleep(_GRACE_SECONDS)
        os._exit(1)

    if parent == os.getppid():
        threading.Thread(target=watch, daemon=True, name="supervisor-watch").start()


COMMAND = Command(name="worker", summary="Run queued jobs until stopped.", run=_run, arguments=_arguments)
