"""The counters of dispatches, updated in the transaction that changes the messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from quen.apps.compliance.types import ExclusionReason
from quen.apps.delivery.queries import REASON_PREFIX
from quen.apps.delivery.types import MessageState
from quen.core import sql
from quen.core.sql import Relation

_COUNTER_OF = {
    MessageState.QUEUED: "queued",
    MessageState.IN_FLIGHT: "queued",
    MessageState.DEFERRED: "deferred",
    MessageState.ACCEPTED: "sent",
    MessageState.DELIVERED: "sent",
    MessageState.REFUSED: "refused",
    MessageState.UNKNOWN_OUTCOME: "uncertain",
    MessageState.CANCELLED: "cancelled",
    MessageState.FAILED: "failed",
}
StateAndReason = tuple[int, int | None]


def add_counters(deltas: Mapping[int, Mapping[str, int]]) -> None:
    """Add to counters: {dispatch_id: {counter: change}}. Locks the rows in key order."""
    rows = [
        (dispatch_id, name, change)
        for dispatch_id, changes in sorted(deltas.items())
        for name, change in sorted(changes.items())
        if change
    ]
    if not rows:
        return
    dispatches, names, changes = (list(column) for column in zip(*rows, strict=True))
    sql.execute(
        Relation(
            "INSERT INTO delivery_dispatchcounter AS c (dispatch_id, name, value)"
            " SELECT * FROM unnest(%(dispatches)s::bigint[], %(names)s::text[], %(changes)s::bigint[])"
            " ON CONFLICT (dispatch_id, name) DO UPDATE SET value = c.value + excluded.value",
            {"dispatches": dispatches, "names": names, "changes": changes},
        )
    )


def counters_for(state: int, reason: int | None = None) -> tuple[str, ...]:
    """Return the counters that include a message of a state."""
    if state == MessageState.SKIPPED:
        return (f"{REASON_PREFIX}{reason or ExclusionReason.CANCELLED:d}",)
    if state == MessageState.BOUNCED:
        return ("bounced", "sent")
    return (_COUNTER_OF[MessageState(state)],)


def counter_deltas(changes: Iterable[tuple[StateAndReason, StateAndReason]]) -> Counter[str]:
    """Return the counter changes of messages that went from one (state, reason) to another."""
    deltas: Counter[str] = Counter()
    for (before, after), count in Counter(changes).items():
        deltas.subtract(dict.fromkeys(counters_for(*before), count))
        deltas.update(dict.fromkeys(counters_for(*after), count))
    return deltas
