"""Tells an outage of the database from an error of the program."""

from __future__ import annotations

from django.db import InterfaceError, OperationalError

#: classes of SQLSTATE: no connection, out of disk, memory or connections, shut down by an operator
_OUTAGE_CLASSES = ("08", "53")
_OUTAGE_STATES = ("57P01", "57P02", "57P03", "25006")


def is_outage(error: BaseException | None) -> bool:
    """Return whether an exception says that the database is away or its disk is full, so that trying again may help."""
    while error is not None:
        if isinstance(error, InterfaceError | OperationalError):
            state = getattr(error.__cause__, "sqlstate", None)
            return state is None or state[:2] in _OUTAGE_CLASSES or state in _OUTAGE_STATES
        error = error.__cause__ or error.__context__
    return False


def is_disk_full(error: BaseException | None) -> bool:
    """Return whether the database has no space left: other writers are not the cause, and trying again is no use."""
    while error is not None:
        if getattr(error, "sqlstate", None) == "53100":
            return True
        error = error.__cause__ or error.__context__
    return False
