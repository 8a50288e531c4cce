"""Ranges of values and days in conditions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from quen.apps.audience.registry.formatting import day_text, days_text
from quen.apps.audience.types import Condition, SqlFragment


def bounds(expression: str, low: Any, high: Any, *, open_end: bool = False) -> SqlFragment:
    """Return SQL for ``low <= expression <= high``; None leaves a side open, ``open_end`` excludes ``high``."""
    parts, params = [], {}
    if low is not None:
        parts.append(f"{expression} >= %(low)s")
        params["low"] = low
    if high is not None:
        parts.append(f"{expression} {'<' if open_end else '<='} %(high)s")
        params["high"] = high
    return SqlFragment(f"({' AND '.join(parts)})", params)


def day_range(condition: Condition, today: date) -> tuple[date | None, date | None]:
    """Return the first and the last day of a condition, both included; None leaves a side open."""
    days = condition.get("days")
    value = date.fromisoformat(condition["value"]) if condition.get("value") else None
    if condition.op == "last_days":
        return today - timedelta(days=days), today
    if condition.op == "next_days":
        return today, today + timedelta(days=days)
    if condition.op == "older":
        return None, today - timedelta(days=days + 1)
    if condition.op == "on":
        return value, value
    if condition.op == "before" and value:
        return None, value - timedelta(days=1)
    if condition.op == "after" and value:
        return value + timedelta(days=1), None
    ends = [date.fromisoformat(condition[name]) if condition.get(name) else None for name in ("from", "to")]
    return ends[0], ends[1]


def as_since_or_until(condition: Condition) -> Condition:
    """Return a "between" open on one side as "since" or "until", which have sentences of their own."""
    if condition.op == "between" and condition.get("to") is None:
        return with_operator(condition, "since", condition["from"])
    if condition.op == "between" and condition.get("from") is None:
        return with_operator(condition, "until", condition["to"])
    return condition


def day_arguments_text(condition: Condition) -> dict[str, str]:
    """Return the arguments of a day condition as text."""
    return {
        name: days_text(value) if name == "days" else day_text(value) for name, value in condition.arguments
    }


def with_operator(condition: Condition, op: str, value: Any) -> Condition:
    """Return a condition of the same type with another operator and value."""
    return Condition.of(condition.family, condition.key, op, {"value": value})
