"""Tells an outage of the database, or of one of its nodes, from an error of the program."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import InterfaceError, OperationalError

#: classes of SQLSTATE: no connection, out of disk, memory or connections, shut down by an operator
_OUTAGE_CLASSES = ("08", "53")
_OUTAGE_STATES = ("57P01", "57P02", "57P03", "25006")
_NODE_STATES = ("08000", "08001", "08003", "08004", "08006", "57P01", "57P02", "57P03")
#: what Citus says without a state of its own, when a node is lost in a COPY, or between a statement and its commit
_NODE_TEXTS = (
    "failed to complete COPY on",
    "failure on connection marked as essential",
    "could not commit transaction for shard",
)


def is_outage(error: BaseException | None) -> bool:
    """Return whether an exception says that the database is away or its disk is full, so that trying again may help."""
    if is_node_away(error):
        return True
    for each in _chain(error):
        if isinstance(each, InterfaceError | OperationalError):
            state = getattr(each.__cause__, "sqlstate", None)
            return state is None or state[:2] in _OUTAGE_CLASSES or state in _OUTAGE_STATES
    return False


def is_node_away(error: BaseException | None) -> bool:
    """Return whether the database answers but can't reach the node that has the data: the other workspaces go on."""
    return _node_error(error) is not None


def reason(error: BaseException | None) -> str:
    """Return what the database says about a node that it can't reach, in one line; empty for any other error."""
    return str(_node_error(error) or "").strip().partition("\n")[0]


def is_disk_full(error: BaseException | None) -> bool:
    """Return whether the database has no space left: other writers are not the cause, and trying again is no use."""
    return any(getattr(each, "sqlstate", None) == "53100" for each in _chain(error))


def _node_error(error: BaseException | None) -> BaseException | None:
    for each in _chain(error):
        diagnosis = getattr(each, "diag", None)
        # What ends the connection to the database itself is FATAL, or comes from the driver, without a severity.
        if diagnosis is None or diagnosis.severity_nonlocalized != "ERROR":
            continue
        if getattr(each, "sqlstate", None) in _NODE_STATES or str(each).startswith(_NODE_TEXTS):
            return each
    return None


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
