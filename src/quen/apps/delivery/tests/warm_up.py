"""Starts the process that renders and sends, so that the next turn finds it ready."""

from __future__ import annotations

from tests.patience import PATIENCE_SECONDS

from quen.apps.delivery.rendering import RenderProcess
from quen.core.postgres.processes import wait_until


def warm_up() -> None:
    """Return when a process rests that the next turn takes over."""
    process = RenderProcess(in_subprocess=True)
    process.start()
    assert wait_until(lambda: process.is_ready, PATIENCE_SECONDS)
    process.close()
