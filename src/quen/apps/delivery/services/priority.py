"""Two send queues per connection and the lock that allows one sender for each.

A test or a confirmation that one person waits for never queues behind a million campaign messages. The lock is a
session lock, released at once when its process dies.
"""

from __future__ import annotations

from typing import Final

from django.db import transaction

from quen.apps.delivery.models import Dispatch
from quen.apps.delivery.types import EXEMPT_SOURCES
from quen.core import jobs, schemas
from quen.core.locks import AdvisoryLock

TRANSACTIONAL, BULK = "transactional", "bulk"
PRIORITIES: Final = (TRANSACTIONAL, BULK)
#: held as a session lock by the sender of a connection and priority
SEND_LOCK: Final = AdvisoryLock("delivery.send")


def priority_of(dispatch: Dispatch) -> str:
    """Tests and confirmations are transactional, everything else is bulk."""
    return TRANSACTIONAL if dispatch.source in EXEMPT_SOURCES else BULK


def wake(dispatch: Dispatch) -> None:
    """Enqueue the send job of a dispatch after the transaction commits."""
    name, connection_id, schema = (
        f"delivery.send_{priority_of(dispatch)}",
        dispatch.connection_id,
        schemas.current(),
    )

    def enqueue() -> None:
        with schemas.use(schema):
            jobs.enqueue_unique(name, connection_id=connection_id)

    transaction.on_commit(enqueue)
