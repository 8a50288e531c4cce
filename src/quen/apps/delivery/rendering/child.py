"""The render subprocess: reads batches from its pipe and writes rendered messages until the pipe closes."""

from __future__ import annotations

import os
import pickle
import sys

from quen.apps.delivery.rendering.render import MessageRenderer


def main() -> None:
    """Render until the parent process closes the pipe or dies."""
    # Results go to the original stdout; redirect it so that anything printed cannot corrupt them.
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    renderers: dict[int, MessageRenderer] = {}
    while True:
        try:
            key, job, recipients = pickle.load(sys.stdin.buffer)  # noqa: S301  # from our parent only
            if job is not None:
                renderers[key] = MessageRenderer(job)
            pickle.dump(renderers[key].render_all(recipients), output, protocol=pickle.HIGHEST_PROTOCOL)
            output.flush()
        except (EOFError, BrokenPipeError, KeyboardInterrupt):
            return


if __name__ == "__main__":
    main()
