"""The compile process: reads one request after another from its socket until that is closed.

It has no Django set-up and no database: a request is complete in itself, the results are plain values.
"""

from __future__ import annotations

import os
import pickle
import resource
import select
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

from quen.apps.content.compiling.framing import IDLE_SECONDS, receive, send
from quen.apps.content.rules import compiler
from quen.core.errors import DomainError

_MEMORY_BYTES = 1 << 30
_RECURSION = 5_000
_ACTIONS: dict[str, Callable[..., object]] = {
    "compile": compiler.compile_content,
    "validate": compiler.ensure_valid,
}


def main() -> None:
    """Serve until the parent closes the socket or dies, or has asked for nothing for a while."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.setrecursionlimit(_RECURSION)
    # Pages come first.
    os.nice(5)
    with socket.socket(fileno=os.dup(0)) as parent:
        while select.select([parent], [], [], IDLE_SECONDS)[0]:
            try:
                seconds, action, arguments = pickle.loads(receive(parent))  # noqa: S301  # from our parent only
            except EOFError:
                return
            # The signal ends the process even while native code is running, if the parent is gone by then.
            signal.setitimer(signal.ITIMER_REAL, seconds)
            reply = _reply(action, arguments)
            signal.setitimer(signal.ITIMER_REAL, 0)
            send(parent, pickle.dumps(reply, protocol=pickle.HIGHEST_PROTOCOL))


def _reply(action: str, arguments: dict[str, Any]) -> tuple[str, Any]:
    """Return ("done", result), or ("refused", (class, params, field))."""
    try:
        return "done", _ACTIONS[action](**arguments)
    except DomainError as refusal:
        return "refused", (type(refusal), dict(refusal.params), refusal.field)


if __name__ == "__main__":
    main()
