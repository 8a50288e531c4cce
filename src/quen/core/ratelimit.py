"""Rate limits shared by all processes: the ``limits`` library over one small table in ``public``.

A limit is declared once at module level, ``UNSUBSCRIBE = RateLimit("compliance.unsubscribe", "30/minute")``, and asked
with ``UNSUBSCRIBE.hit(key)``. Windows are fixed and use the database's clock, so processes on several machines agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import Error, connection
from limits import parse
from limits.storage import Storage
from limits.strategies import FixedWindowRateLimiter

from quen.core import schemas
from quen.core.database.base import PUBLIC

_TABLE = "accounts_ratelimitcounter"
_KEY_MAX_CHARS = 200


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether one more is allowed, and how many remain until ``resets_at``."""

    allowed: bool
    limit: int
    remaining: int
    resets_at: datetime


class RateLimit:
    """A named limit. rule: in the notation of the limits library, such as "30/minute" or "5 per hour"."""

    def __init__(self, name: str, rule: str) -> None:
        self._name, self._item = name, parse(rule)

    def hit(self, *who: str) -> Verdict:
        """Count one more for ``who``. Return whether it was within the limit.

        Call it outside a transaction that may be rolled back: the count would be lost with it.
        """
        allowed = _limiter.hit(self._item, self._name, *who)
        stats = _limiter.get_window_stats(self._item, self._name, *who)
        return Verdict(
            allowed, self._item.amount, stats.remaining, datetime.fromtimestamp(stats.reset_time, UTC)
        )

    def allows(self, *who: str) -> bool:
        """Count one more for ``who`` and return whether it was within the limit, in one statement."""
        return _limiter.hit(self._item, self._name, *who)

    def refund(self, *who: str) -> None:
        """Take back one that was counted, such as a sign-in whose password was right."""
        _storage.incr(self._item.key_for(self._name, *who), self._item.get_expiry(), amount=-1)

    def clear(self, *who: str) -> None:
        """Delete the counter of ``who``."""
        _storage.clear(self._item.key_for(self._name, *who))


def delete_expired() -> int:
    """Delete counters whose window has ended. Return their number."""
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {_TABLE} WHERE expires_at < now()")
        return int(cursor.rowcount)


class PostgresStorage(Storage):
    """Counters of the limits library as rows: one statement a hit, safe between processes."""

    STORAGE_SCHEME = None

    @property
    def base_exceptions(self) -> type[Exception]:
        return Error

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        statement = (
            f"INSERT INTO {_TABLE} AS c (key, count, expires_at)"
            " VALUES (%(key)s, greatest(%(amount)s, 0), now() + make_interval(secs => %(expiry)s))"
            " ON CONFLICT (key) DO UPDATE SET"
            " count = greatest(0, CASE WHEN c.expires_at <= now() THEN %(amount)s ELSE c.count + %(amount)s END),"
            " expires_at = CASE WHEN c.expires_at <= now() THEN excluded.expires_at ELSE c.expires_at END"
            " RETURNING count"
        )
        row = self._row(statement, key, amount=amount, expiry=expiry)
        return int(row[0]) if row else 0

    def get(self, key: str) -> int:
        row = self._row(f"SELECT count FROM {_TABLE} WHERE key = %(key)s AND expires_at > now()", key)
        return int(row[0]) if row else 0

    def get_expiry(self, key: str) -> float:
        row = self._row(
            "SELECT extract(epoch FROM coalesce((SELECT greatest(expires_at, now())"
            f" FROM {_TABLE} WHERE key = %(key)s), now()))",
            key,
        )
        return float(row[0]) if row else 0.0

    def check(self) -> bool:
        return True

    def reset(self) -> int | None:
        with schemas.use(PUBLIC), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {_TABLE}")
            return int(cursor.rowcount)

    def clear(self, key: str) -> None:
        with schemas.use(PUBLIC), connection.cursor() as cursor:
            cursor.execute(f"DELETE FROM {_TABLE} WHERE key = %s", [key[:_KEY_MAX_CHARS]])

    def _row(self, statement: str, key: str, **params: float) -> tuple[float, ...] | None:
        with schemas.use(PUBLIC), connection.cursor() as cursor:
            cursor.execute(statement, {"key": key[:_KEY_MAX_CHARS], **params})
            row: tuple[float, ...] | None = cursor.fetchone()
            return row


_storage = PostgresStorage()
_limiter = FixedWindowRateLimiter(_storage)
