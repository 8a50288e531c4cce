"""Named advisory locks of PostgreSQL: one key scheme for transaction locks and session locks.

A lock belongs to the schema in which it is acquired, so two workspaces never wait for each other. Declare each lock
once, at module level; names are unique in the product.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from django.db import connection

from quen.core import schemas
from quen.core.database.base import PUBLIC

#: Django's connection parameters that a separate session needs
_PARAMETERS = ("dbname", "user", "password", "host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey")
_POLL_SECONDS = 0.05
_names: set[str] = set()


class AdvisoryLock:
    """A lock called ``name`` ("app.thing"), separate for each combination of parts given when it is acquired.

    in_public: it is one lock for all schemas, wherever it is acquired.
    """

    def __init__(self, name: str, *, in_public: bool = False) -> None:
        if name in _names:
            raise ValueError(f"Two advisory locks are called {name!r}.")
        _names.add(name)
        self.name, self._in_public = name, in_public

    def key(self, *parts: object) -> int:
        """Return the lock's key in its schema: a signed 64-bit integer."""
        schema = PUBLIC if self._in_public else schemas.current()
        text = ":".join((schema, self.name, *map(str, parts)))
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

    @contextmanager
    def shared(self, *parts: object, asking: str) -> Iterator[Any]:
        """Share the lock for the length of the block, on Django's connection; inside a transaction until that ends.

        asking: a statement without parameters, run in the same round trip once the lock is there. Yields its one value,
        None without a row.
        """
        in_transaction, key = connection.in_atomic_block, self.key(*parts)
        lock = "pg_advisory_xact_lock_shared" if in_transaction else "pg_advisory_lock_shared"
        connection.ensure_connection()
        held: Any = connection.connection  # the block may end with another one
        with connection.wrap_database_errors:
            # Two statements: the second sees what was committed before the lock was there.
            cursor = held.execute(f"SELECT {lock}({key}); {asking}", prepare=False)
            cursor.nextset()
            row = cursor.fetchone()
        try:
            yield row[0] if row else None
        finally:
            if not in_transaction:
                # A connection that is gone has released its locks.
                with suppress(psycopg.Error):
                    held.execute(f"SELECT pg_advisory_unlock_shared({key})", prepare=False)

    @contextmanager
    def exclusive(self, *parts: object, seconds: float) -> Iterator[bool]:
        """Hold the lock alone for the length of the block, on Django's connection, outside of transactions as well.

        Yields False when others still share it after so many seconds. Waiting keeps nobody from sharing it: those who
        come later would else wait for the slowest of those who were there.
        """
        key, deadline = self.key(*parts), time.monotonic() + seconds
        acquired = _ask(f"SELECT pg_try_advisory_lock({key})")
        while not acquired and time.monotonic() < deadline:
            time.sleep(_POLL_SECONDS)
            acquired = _ask(f"SELECT pg_try_advisory_lock({key})")
        try:
            yield acquired
        finally:
            if acquired:
                _ask(f"SELECT pg_advisory_unlock({key})")

    def is_held(self, *parts: object) -> bool:
        """Return whether a session holds the lock."""
        with self.session(*parts) as acquired:
            return not acquired


def _ask(statement: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return bool(cursor.fetchone()[0])


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
