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

from quen.apps.delivery.models import Launch
from quen.apps.delivery.types import UNGATED
from quen.core import jobs, schemas

PROMPT, BULK = "prompt", "bulk"
LANES: Final = (PROMPT, BULK)


def lane_of(launch: Launch) -> str:
    """Tests and confirmations travel promptly, everything else in bulk."""
    return PROMPT if launch.source in UNGATED else BULK


def hint(launch: Launch) -> None:
    """Let a worker look at what a launch has to send, once the transaction is through."""
    name, connection_id, schema = (
        f"delivery.hand_over_{lane_of(launch)}",
        launch.connection_id,
        schemas.current(),
    )

    def tell() -> None:
        with schemas.use(schema):
            jobs.hint(name, connection_id=connection_id)

    transaction.on_commit(tell)


@contextmanager
def holding(connection_id: int, lane: str) -> Iterator[bool]:
    """Hold a lane of a connection for the length of a block; False when somebody else does."""
    with _own_session() as session:
        mine = _take(session, connection_id, lane)
        try:
            yield mine
        finally:
            if mine:
                # Closing alone frees the lock a moment later, when the server has noticed.
                with suppress(psycopg.OperationalError):
                    session.execute("SELECT pg_advisory_unlock(%s)", [_key(connection_id, lane)])


def _take(session: psycopg.Connection, connection_id: int, lane: str) -> bool:
    row = session.execute("SELECT pg_try_advisory_lock(%s)", [_key(connection_id, lane)]).fetchone()
    return bool(row and row[0])


@contextmanager
def _own_session() -> Iterator[psycopg.Connection]:
    given = connection.get_connection_params()
    wanted = ("dbname", "user", "password", "host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey")
    session = psycopg.connect(**{name: given[name] for name in wanted if given.get(name)}, autocommit=True)
    try:
        yield session
    finally:
        session.close()


def _key(connection_id: int, lane: str) -> int:
    name = f"hand-over:{schemas.current()}:{connection_id}:{lane}"
    return int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
