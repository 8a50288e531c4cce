"""The loop of the process beside: a batch in, its mails out, until the pipe ends."""

from __future__ import annotations

import os
import pickle
import sys

from quen.apps.delivery.rendering.render import MailRenderer


def main() -> None:
    """Work until whoever started us closes the pipe or dies."""
    # Our output go out by the pipe; whatever else is printed must not get among them.
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    renderers: dict[int, MailRenderer] = {}
    while True:
        try:
            key, job, recipients = pickle.load(sys.stdin.buffer)  # noqa: S301  # from our parent only
            if job is not None:
                renderers[key] = MailRenderer(job)
            pickle.dump(renderers[key].render_all(recipients), output, protocol=pickle.HIGHEST_PROTOCOL)
            output.flush()
        except (EOFError, BrokenPipeError, KeyboardInterrupt):
            return


if __name__ == "__main__":
    main()
