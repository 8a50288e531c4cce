"""Days and ranges of days that conditions mean."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from quen.apps.audience.registry.wording import day_text, days_text
from quen.apps.audience.types import Condition, Snippet


def bounds(expression: str, low: Any, high: Any, *, open_end: bool = False) -> Snippet:
    """Give the truth of ``low <= expression <= high``; None leaves a side open."""
    parts, params = [], {}
    if low is not None:
        parts.append(f"{expression} >= %(low)s")
        params["low"] = low
    if high is not None:
        parts.append(f"{expression} {'<' if open_end else '<='} %(high)s")
        params["high"] = high
    return Snippet(f"({' AND '.join(parts)})", params)


def day_range(asked: Condition, today: date) -> tuple[date | None, date | None]:
    """Give the first and the last day a condition means, both included."""
    days = asked.get("days")
    value = date.fromisoformat(asked["value"]) if asked.get("value") else None
    if asked.op == "last_days":
        return today - timedelta(days=days), today
    if asked.op == "next_days":
        return today, today + timedelta(days=days)
    if asked.op == "older":
        return None, today - timedelta(days=days + 1)
    if asked.op == "on":
        return value, value
    if asked.op == "before" and value:
        return None, value - timedelta(days=1)
    if asked.op == "after" and value:
        return value + timedelta(days=1), None
    ends = [date.fromisoformat(asked[name]) if asked.get(name) else None for name in ("from", "to")]
    return ends[0], ends[1]


def closed_range(asked: Condition) -> Condition:
    """Read a range open on one side as "from … on" or "until …"."""
    if asked.op == "between" and asked.get("to") is None:
        return with_value(asked, "since", asked["from"])
    if asked.op == "between" and asked.get("from") is None:
        return with_value(asked, "until", asked["to"])
    return asked


def day_words(asked: Condition) -> dict[str, str]:
    """Write the arguments of day conditions."""
    return {name: days_text(value) if name == "days" else day_text(value) for name, value in asked.arguments}


def with_value(asked: Condition, op: str, value: Any) -> Condition:
    """Give the same criterion under another operator."""
    return Condition.of(asked.family, asked.key, op, {"value": value})
