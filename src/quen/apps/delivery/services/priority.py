"""Two send queues per connection and the lock that allows one sender for each.

A test or a confirmation that one person waits for never queues behind a million campaign messages. The lock is a
session lock, released at once when its process dies.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

import psycopg
from django.db import connection, transaction

from quen.apps.delivery.models import Dispatch
from quen.apps.delivery.types import EXEMPT_SOURCES
from quen.core import jobs, schemas

TRANSACTIONAL, BULK = "transactional", "bulk"
PRIORITIES: Final = (TRANSACTIONAL, BULK)


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


@contextmanager
def exclusive_lock(connection_id: int, priority: str) -> Iterator[bool]:
    """Hold the lock of a connection and priority; yields False when another process holds it."""
    with _lock_session() as session:
        locked = _try_lock(session, connection_id, priority)
        try:
            yield locked
        finally:
            if locked:
                # Closing alone would release the lock a moment later, when the server notices.
                with suppress(psycopg.OperationalError):
                    session.execute("SELECT pg_advisory_unlock(%s)", [_lock_key(connection_id, priority)])


def _try_lock(session: psycopg.Connection, connection_id: int, priority: str) -> bool:
    row = session.execute("SELECT pg_try_advisory_lock(%s)", [_lock_key(connection_id, priority)]).fetchone()
    return bool(row and row[0])


@contextmanager
def _lock_session() -> Iterator[psycopg.Connection]:
    given = connection.get_connection_params()
    wanted = ("dbname", "user", "password", "host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey")
    session = psycopg.connect(**{name: given[name] for name in wanted if given.get(name)}, autocommit=True)
    try:
        yield session
    finally:
        session.close()


def _lock_key(connection_id: int, priority: str) -> int:
    name = f"deliver:{schemas.current()}:{connection_id}:{priority}"
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
