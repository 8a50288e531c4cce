"""Django's PostgreSQL backend with the workspace's schema first in the search path.

``connection.use_schema("ws_7")`` makes every following statement read and write that workspace; ``public`` comes
second, for users, workspaces and the queue. The path is set lazily with the next statement, again after a rollback
(which undoes a SET) and on every connection fresh from the pool.
Foreign keys are immediate, not deferrable: a deferred violation surfaces differently on Citus (docs/decisions).
"""

from __future__ import annotations

import re
from typing import Any

import psycopg
from django.db import IntegrityError, OperationalError
from django.db.backends.postgresql import base
from django.db.backends.postgresql.operations import DatabaseOperations as PostgresOperations
from django.db.utils import DatabaseErrorWrapper
from django.utils.functional import cached_property

from quen.core.database.outage import is_node_away

PUBLIC = "public"
_VIOLATION = re.compile(r" violates (unique|foreign key|check|not-null|exclusion) constraint")
_LOCK_TEXTS = ("deadlock detected", "canceling statement due to lock timeout")
_SCHEMA_NAME = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class DatabaseOperations(PostgresOperations):
    """PostgreSQL operations with immediate foreign keys."""

    def deferrable_sql(self) -> str:
        """Return nothing: keys are checked by the statement that violates them."""
        return ""


class ErrorWrapper(DatabaseErrorWrapper):
    """Django's translation of the driver's errors, with the class that an error has lost on Citus.

    It passes on what a node says to rows it writes by COPY, as for INSERT … SELECT, without the SQLSTATE.
    """

    def __exit__(self, kind: Any, error: Any, traceback: Any) -> None:
        """Raise Django's error for the driver's."""
        if isinstance(error, psycopg.InternalError):
            if is_node_away(error) or str(error).startswith(_LOCK_TEXTS):
                raise OperationalError(*error.args).with_traceback(traceback) from error
            if _VIOLATION.search(str(error).partition("\n")[0]):
                raise IntegrityError(*error.args).with_traceback(traceback) from error
        super().__exit__(kind, error, traceback)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that knows which workspace it uses."""

    ops_class = DatabaseOperations

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.schema_name = PUBLIC
        self._path_set: str | None = None

    @cached_property
    def wrap_database_errors(self) -> ErrorWrapper:
        """Translate the driver's errors of a block."""
        return ErrorWrapper(self)

    def use_schema(self, name: str) -> None:
        """Use the named schema from the next statement on."""
        if not _SCHEMA_NAME.fullmatch(name):
            raise ValueError(f"not a schema name: {name!r}")
        self.schema_name = name

    def connect(self) -> None:
        """Get a connection from the pool; its search path is whatever its last user set."""
        self._path_set = None
        super().connect()

    def set_path(self) -> None:
        """Connect if there is no connection, and set the search path to the schema in use if it is not."""
        self.ensure_connection()
        if self._path_set != self.schema_name:
            path = PUBLIC if self.schema_name == PUBLIC else f"{self.schema_name}, {PUBLIC}"
            with self.wrap_database_errors:
                self.connection.execute(f"SET search_path = {path}")
            self._path_set = self.schema_name

    def _cursor(self, name: str | None = None) -> Any:
        self.set_path()
        return super()._cursor(name)  # type: ignore[misc]  # the stubs leave private methods out

    def _rollback(self) -> None:
        self._path_set = None
        super()._rollback()  # type: ignore[misc]

    def _savepoint_rollback(self, sid: str) -> None:
        # After an error the server accepts nothing but the rollback, so the path must not be set before it.
        self._path_set = self.schema_name
        try:
            super()._savepoint_rollback(sid)  # type: ignore[misc]
        finally:
            self._path_set = None
