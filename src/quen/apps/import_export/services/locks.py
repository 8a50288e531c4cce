"""Session lock on an import, on a connection of its own: it is released when the process that holds it dies."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from django.db import connection

from quen.core import schemas


@contextmanager
def exclusive_lock(import_id: int) -> Iterator[bool]:
    """Hold the lock of an import for the length of the block; yields False when another process holds it.

    The server releases the lock as soon as the holder dies, so nobody waits for a lease to expire.
    """
    with _own_connection() as session:
        acquired = _acquire(session, import_id)
        try:
            yield acquired
        finally:
            if acquired:
                _release(session, import_id)


def is_locked(import_id: int) -> bool:
    """Return whether a process is working on an import now."""
    with _own_connection() as session:
        if not _acquire(session, import_id):
            return True
        _release(session, import_id)
        return False


def _acquire(session: psycopg.Connection, import_id: int) -> bool:
    row = session.execute("SELECT pg_try_advisory_lock(%s)", [_key(import_id)]).fetchone()
    return bool(row and row[0])


def _release(session: psycopg.Connection, import_id: int) -> None:
    # Closing the connection alone releases the lock only when the server notices, a moment later.
    with suppress(psycopg.OperationalError):
        session.execute("SELECT pg_advisory_unlock(%s)", [_key(import_id)])


@contextmanager
def _own_connection() -> Iterator[psycopg.Connection]:
    params_in_use = connection.get_connection_params()
    keys = ("dbname", "user", "password", "host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey")
    params = {name: params_in_use[name] for name in keys if params_in_use.get(name)}
    session = psycopg.connect(**params, autocommit=True)
    try:
        yield session
    finally:
        session.close()


def _key(import_id: int) -> int:
    digest = hashlib.blake2b(f"import:{schemas.current()}:{import_id}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
