"""The loop of the process beside: a batch in, its mails out, until the pipe ends."""

from __future__ import annotations

import os
import pickle
import sys

from quen.apps.delivery.press.writing import Writer


def main() -> None:
    """Work until whoever started us closes the pipe or dies."""
    # Our answers go out by the pipe; whatever else is printed must not get among them.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    writers: dict[int, Writer] = {}
    while True:
        try:
            key, order, items = pickle.load(sys.stdin.buffer)  # noqa: S301  # from our parent only
            if order is not None:
                writers[key] = Writer(order)
            pickle.dump(writers[key].write_all(items), answers, protocol=pickle.HIGHEST_PROTOCOL)
            answers.flush()
        except (EOFError, BrokenPipeError, KeyboardInterrupt):
            return


if __name__ == "__main__":
    main()
