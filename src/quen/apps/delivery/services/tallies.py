"""The numbers of launches, moved in the transaction that moves their messages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

from quen.apps.compliance.types import Reason
from quen.apps.delivery.queries import REASON
from quen.apps.delivery.types import MessageState
from quen.core import sql
from quen.core.sql import Relation

_FIGURE_OF = {
    MessageState.QUEUED: "queued",
    MessageState.HANDING: "queued",
    MessageState.DEFERRED: "deferred",
    MessageState.ACCEPTED: "handed_over",
    MessageState.DELIVERED: "handed_over",
    MessageState.REFUSED: "refused",
    MessageState.UNCERTAIN: "uncertain",
    MessageState.CANCELLED: "cancelled",
    MessageState.FAILED: "failed",
}
Standing = tuple[int, int | None]


def move_tally(moves: Mapping[int, Mapping[str, int]]) -> None:
    """Add to the figures of launches: {launch_id: {figure: change}}. Rows are locked in order of their keys."""
    rows = [
        (launch_id, figure, change)
        for launch_id, changes in sorted(moves.items())
        for figure, change in sorted(changes.items())
        if change
    ]
    if not rows:
        return
    launches, figures, changes = (list(column) for column in zip(*rows, strict=True))
    sql.execute(
        Relation(
            "INSERT INTO delivery_tally AS t (launch_id, figure, people)"
            " SELECT * FROM unnest(%(launches)s::bigint[], %(figures)s::text[], %(changes)s::bigint[])"
            " ON CONFLICT (launch_id, figure) DO UPDATE SET people = t.people + excluded.people",
            {"launches": launches, "figures": figures, "changes": changes},
        )
    )


def figures_at(state: int, reason: int | None = None) -> tuple[str, ...]:
    """Name the figures in which a message of a state counts."""
    if state == MessageState.SKIPPED:
        return (f"{REASON}{reason or Reason.CANCELLED:d}",)
    if state == MessageState.BOUNCED:
        return ("bounced", "handed_over")
    return (_FIGURE_OF[MessageState(state)],)


def moved(changes: Iterable[tuple[Standing, Standing]]) -> Counter[str]:
    """Sum up what messages that went from one (state, reason) to another do to the figures."""
    sums: Counter[str] = Counter()
    for before, after in changes:
        sums.subtract(figures_at(*before))
        sums.update(figures_at(*after))
    return sums
