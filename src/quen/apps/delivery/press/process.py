"""The other process: spawned fresh, so that it holds no connection of ours, and gone with us."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, cast

from quen.apps.delivery.press.writing import Item, Mail, Order, Writer

_MODULE = "quen.apps.delivery.press.work"


class Press:
    """Makes mails one batch at a time in a process beside; in ours when ``beside`` is false or that one is broken.

    Hand in a batch with ``begin`` and fetch it with ``finish``, in turns. The process ends with ``close``, and by
    itself when its pipe does: it never outlives us.
    """

    def __init__(self, *, beside: bool) -> None:
        self._beside = beside
        self._process: subprocess.Popen[bytes] | None = None
        self._known: set[int] = set()
        self._batch: tuple[Order, Sequence[Item]] | None = None

    def begin(self, order: Order, items: Sequence[Item]) -> None:
        """Hand in a batch."""
        self._batch = (order, items)
        if not self._beside:
            return
        try:
            _put(self._pipe(), (order.key, None if order.key in self._known else order, list(items)))
            self._known.add(order.key)
        except OSError:
            self._give_up()

    def finish(self) -> list[Mail]:
        """Fetch the batch handed in last."""
        assert self._batch is not None
        order, items = self._batch
        self._batch = None
        if self._process is not None:
            try:
                made: list[Mail] = pickle.load(cast("IO[bytes]", self._process.stdout))  # noqa: S301
                return made
            except (OSError, EOFError, pickle.UnpicklingError):
                self._give_up()
        return Writer(order).write_all(items)

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            process, self._process = self._process, None
            self._known.clear()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):
                    cast("IO[bytes]", pipe).close()
            process.kill()
            process.wait()

    def _pipe(self) -> IO[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", _MODULE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # Room for a batch of mails, so that the other side need not wait until we fetch them.
                pipesize=1 << 20,
                env={
                    "PATH": os.environ.get("PATH", ""),
                    "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                },
            )
        return cast("IO[bytes]", self._process.stdin)

    def _give_up(self) -> None:
        self.close()
        self._beside = False


def _put(pipe: IO[bytes], what: object) -> None:
    pickle.dump(what, pipe, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.flush()
