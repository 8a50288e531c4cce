"""Stands in for the compile process: it dies, hangs or answers as it is told."""

from __future__ import annotations

import os
import pickle
import signal
import socket
import time
from pathlib import Path

from quen.apps.content.compiling.framing import receive, send


def main() -> None:
    """Answer each request with this process's id and the number of requests so far."""
    answered = 0
    with socket.socket(fileno=os.dup(0)) as parent:
        while True:
            try:
                _seconds, action, arguments = pickle.loads(receive(parent))  # noqa: S301  # from the test
            except EOFError:
                return
            command, _space, log = str(arguments.get("body", action)).partition(" ")
            if log:
                with Path(log).open("a") as tries:
                    tries.write("once more\n")
            if command == "die":
                os.kill(os.getpid(), signal.SIGSEGV)
            if action == "hang":
                time.sleep(600)
            if action == "wait":
                Path(arguments["started"]).touch()
                while not Path(arguments["until"]).exists():
                    time.sleep(0.02)
            answered += 1
            send(parent, pickle.dumps(("done", (os.getpid(), answered))))


if __name__ == "__main__":
    main()
