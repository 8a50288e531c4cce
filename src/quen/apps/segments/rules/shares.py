"""Shares of a whole."""

from __future__ import annotations

from decimal import Decimal


def share(part: int, total: int) -> Decimal:
    """Return a part of a total in percent with one decimal; 0 of 0 is 0."""
    return Decimal(part * 1000 // total) / 10 if total else Decimal(0)
