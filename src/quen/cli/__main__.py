"""The command ``quen``."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

from quen.cli import base


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Return its exit code: 0 success, 1 refused, 2 wrong usage, 3 outage, 130 interrupted."""
    # SIGTERM must still stop a database that this command started.
    signal.signal(signal.SIGTERM, _end)
    known = base.find_commands()
    options = base.build_parser(known).parse_args(arguments)
    try:
        return base.execute(known[options.command], options)
    except KeyboardInterrupt:
        return base.EXIT_INTERRUPTED
    except BrokenPipeError:
        # The reader of our output is gone; nothing more can be printed, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return base.EXIT_REFUSED


def _end(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)


if __name__ == "__main__":
    # Whatever a command writes, and its child processes, holds customers' data: for nobody else to read.
    os.umask(0o077)
    sys.exit(main())
