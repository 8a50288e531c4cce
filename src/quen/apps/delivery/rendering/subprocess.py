"""The render subprocess, spawned fresh so that it inherits no connection, and never outliving its parent."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import IO, cast

from quen.apps.delivery.rendering.render import MessageRenderer
from quen.apps.delivery.rendering.types import Recipient, RenderJob, RenderResult

_CHILD_MODULE = "quen.apps.delivery.rendering.child"


class RenderProcess:
    """Renders one batch at a time in a subprocess, or in this process when ``in_subprocess`` is false or it has failed.

    Call ``submit`` and ``collect`` alternately. The subprocess ends with ``close``, or when its pipe closes.
    """

    def __init__(self, *, in_subprocess: bool) -> None:
        self._in_subprocess = in_subprocess
        self._process: subprocess.Popen[bytes] | None = None
        self._sent_jobs: set[int] = set()
        self._batch: tuple[RenderJob, Sequence[Recipient]] | None = None

    def submit(self, job: RenderJob, recipients: Sequence[Recipient]) -> None:
        """Submit a batch for rendering."""
        self._batch = (job, recipients)
        if not self._in_subprocess:
            return
        try:
            _write_pickle(
                self._stdin(), (job.key, None if job.key in self._sent_jobs else job, list(recipients))
            )
            self._sent_jobs.add(job.key)
        except OSError:
            self._fall_back()

    def collect(self) -> list[RenderResult]:
        """Return the messages of the batch submitted last."""
        assert self._batch is not None
        job, recipients = self._batch
        self._batch = None
        if self._process is not None:
            try:
                results: list[RenderResult] = pickle.load(cast("IO[bytes]", self._process.stdout))  # noqa: S301
                return results
            except (OSError, EOFError, pickle.UnpicklingError):
                self._fall_back()
        return MessageRenderer(job).render_all(recipients)

    def close(self) -> None:
        """End the subprocess."""
        if self._process is not None:
            process, self._process = self._process, None
            self._sent_jobs.clear()
            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):
                    cast("IO[bytes]", pipe).close()
            process.kill()
            process.wait()

    def _stdin(self) -> IO[bytes]:
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", _CHILD_MODULE],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                # Large enough for a batch, so that the child need not wait until it is collected.
                pipesize=1 << 20,
                env={
                    "PATH": os.environ.get("PATH", ""),
                    "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                },
            )
        return cast("IO[bytes]", self._process.stdin)

    def _fall_back(self) -> None:
        self.close()
        self._in_subprocess = False


def _write_pickle(pipe: IO[bytes], value: object) -> None:
    pickle.dump(value, pipe, protocol=pickle.HIGHEST_PROTOCOL)
    pipe.flush()
