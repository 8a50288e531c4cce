"""Who works on an import: a session lock on a connection of its own, gone with the process that held it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from django.db import connection

from quen.core import schemas


@contextmanager
def holding(import_id: int) -> Iterator[bool]:
    """Hold an import for the length of a block; False when somebody else does.

    The server frees the lock at once when the holder dies, so nobody waits for a lease to run out.
    """
    with _own_connection() as session:
        mine = _take(session, import_id)
        try:
            yield mine
        finally:
            if mine:
                _free(session, import_id)


def is_held(import_id: int) -> bool:
    """Whether some process works on an import now."""
    with _own_connection() as session:
        if not _take(session, import_id):
            return True
        _free(session, import_id)
        return False


def _take(session: psycopg.Connection, import_id: int) -> bool:
    row = session.execute("SELECT pg_try_advisory_lock(%s)", [_key(import_id)]).fetchone()
    return bool(row and row[0])


def _free(session: psycopg.Connection, import_id: int) -> None:
    # Closing alone frees the lock a moment later, when the server has noticed.
    with suppress(psycopg.OperationalError):
        session.execute("SELECT pg_advisory_unlock(%s)", [_key(import_id)])


@contextmanager
def _own_connection() -> Iterator[psycopg.Connection]:
    given = connection.get_connection_params()
    wanted = ("dbname", "user", "password", "host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey")
    params = {name: given[name] for name in wanted if given.get(name)}
    session = psycopg.connect(**params, autocommit=True)
    try:
        yield session
    finally:
        session.close()


def _key(import_id: int) -> int:
    digest = hashlib.blake2b(f"import:{schemas.current()}:{import_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
