"""The job that sends: queued after the commit, once for a workspace."""

from __future__ import annotations

from functools import partial

from django.db import transaction

from quen.core import jobs, schemas

SEND_JOB = "webhooks.send"


def wake_sender() -> None:
    """Have due messages of this workspace sent after the commit."""
    transaction.on_commit(partial(_enqueue, schemas.current()), robust=True)


def _enqueue(schema: str) -> None:
    with schemas.use(schema):
        jobs.enqueue_unique(SEND_JOB)
