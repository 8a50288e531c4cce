"""Advisory locks of PostgreSQL, named: one key scheme for locks of a transaction and locks of a session.

A lock belongs to the schema it is taken in, so two workspaces never wait for each other. Declare each lock once, at
module level; the name is unique in the whole product.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg
from django.db import connection

from quen.core import schemas

#: what a session of our own needs of the parameters Django connects with
_PARAMETERS = ("dbname", "user", "password", "host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey")
_names: set[str] = set()


class AdvisoryLock:
    """A lock called ``name`` ("app.thing"), one for each combination of the parts given when it is taken."""

    def __init__(self, name: str) -> None:
        if name in _names:
            raise ValueError(f"Two advisory locks are called {name!r}.")
        _names.add(name)
        self.name = name

    def key(self, *parts: object) -> int:
        """Return the lock's number in the present schema: a signed 64-bit integer."""
        text = ":".join((schemas.current(), self.name, *map(str, parts)))
        return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)

    def acquire(self, *parts: object) -> None:
        """Wait for the lock and hold it until the present transaction ends."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [self.key(*parts)])

    def try_acquire(self, *parts: object) -> bool:
        """Take the lock until the present transaction ends. Returns False at once when somebody else holds it."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [self.key(*parts)])
            return bool(cursor.fetchone()[0])

    @contextmanager
    def session(self, *parts: object) -> Iterator[bool]:
        """Hold the lock for the length of the block, on a connection of its own; yields False when it is taken.

        The server frees it as soon as the holding process dies, so nobody waits for a lease to run out.
        """
        key = self.key(*parts)
        with _own_connection() as session:
            row = session.execute("SELECT pg_try_advisory_lock(%s)", [key]).fetchone()
            acquired = bool(row and row[0])
            try:
                yield acquired
            finally:
                if acquired:
                    # Closing alone frees the lock a moment later, when the server has noticed.
                    with suppress(psycopg.OperationalError):
                        session.execute("SELECT pg_advisory_unlock(%s)", [key])

    def is_held(self, *parts: object) -> bool:
        """Return whether some session holds the lock now."""
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
