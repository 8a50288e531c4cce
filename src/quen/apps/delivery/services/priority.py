"""Who hands over on a connection: a session lock, gone at once with the process that held it.

Two lanes side by side: what one person asked for just now never waits behind a million others.
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
    """Tests and confirmations travel promptly, everything else in bulk."""
    return TRANSACTIONAL if dispatch.source in EXEMPT_SOURCES else BULK


def wake(dispatch: Dispatch) -> None:
    """Let a worker look at what a dispatch has to send, once the transaction is through."""
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
    """Hold a lane of a connection for the length of a block; False when somebody else does."""
    with _lock_session() as session:
        locked = _try_lock(session, connection_id, priority)
        try:
            yield locked
        finally:
            if locked:
                # Closing alone frees the lock a moment later, when the server has noticed.
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
