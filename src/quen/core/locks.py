"""Named advisory locks of PostgreSQL: one key scheme for transaction locks and session locks.

A lock belongs to the schema in which it is acquired, so two workspaces never wait for each other. Declare each lock
once, at module level; names are unique in the product.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from django.db import connection

from quen.core import schemas

#: Django's connection parameters that a separate session needs
_PARAMETERS = ("dbname", "user", "password", "host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey")
_names: set[str] = set()


class AdvisoryLock:
    """A lock called ``name`` ("app.thing"), separate for each combination of parts given when it is acquired."""

    def __init__(self, name: str) -> None:
        if name in _names:
            raise ValueError(f"Two advisory locks are called {name!r}.")
        _names.add(name)
        self.name = name

    def key(self, *parts: object) -> int:
        """Return the lock's key in the current schema: a signed 64-bit integer."""
        text = ":".join((schemas.current(), self.name, *map(str, parts)))
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)

    def acquire(self, *parts: object) -> None:
        """Wait for the lock and hold it until the current transaction ends."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [self.key(*parts)])

    def try_acquire(self, *parts: object) -> bool:
        """Acquire the lock until the current transaction ends. Return False at once when another session holds it."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [self.key(*parts)])
            return bool(cursor.fetchone()[0])

    @contextmanager
    def session(self, *parts: object, wait: bool = False) -> Iterator[bool]:
        """Hold the lock for the length of the block, on its own connection. Yields False when another session holds it.

        The server releases it as soon as the holding process dies, so there is no lease to wait for.
        wait: waits for the other session instead, and yields True.
        """
        key = self.key(*parts)
        with _own_connection() as session:
            if wait:
                session.execute("SELECT pg_advisory_lock(%s)", [key])
                acquired = True
            else:
                row = session.execute("SELECT pg_try_advisory_lock(%s)", [key]).fetchone()
                acquired = bool(row and row[0])
            try:
                yield acquired
            finally:
                if acquired:
                    # Closing alone releases the lock a moment later, when the server notices.
                    with suppress(psycopg.OperationalError):
                        session.execute("SELECT pg_advisory_unlock(%s)", [key])

    def is_held(self, *parts: object) -> bool:
        """Return whether a session holds the lock."""
        with self.session(*parts) as acquired:
            return not acquired


@contextmanager
def _own_connection() -> Iterator[psycopg.Connection]:
    given = connection.get_connection_params()
    session = psycopg.connect(
        **{name: given[name] for name in _PARAMETERS if given.get(name)}, autocommit=True
    )
    try:
        yield session
    finally:
        session.close()
