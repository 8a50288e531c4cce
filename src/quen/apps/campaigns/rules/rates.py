"""Percentages of a campaign, in one place: what each count is measured against."""

from __future__ import annotations

from quen.apps.delivery.types import DispatchCounts


def percent(part: int, total: int) -> float | None:
    """Return a part of a total in percent, None of nothing."""
    return part * 100 / total if total > 0 else None


def arrived(counts: DispatchCounts) -> int:
    """Return how many messages were accepted and did not bounce: what opens and clicks are measured against."""
    return max(0, counts.sent - counts.bounced)


def open_percent(counts: DispatchCounts) -> float | None:
    """Return opens in percent of the messages that arrived."""
    return percent(counts.opened, arrived(counts))


def click_percent(counts: DispatchCounts) -> float | None:
    """Return clicks in percent of the messages that arrived."""
    return percent(counts.clicked, arrived(counts))
