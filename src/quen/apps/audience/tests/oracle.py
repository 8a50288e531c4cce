"""A second, plain reading of condition trees: one person at a time, from the README, without SQL."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from quen.core import provinces
from quen.core.text import fold


@dataclass
class Somebody:
    """A person as the oracle knows them. ``custom``: values by field key; ``events``: (kind, at, value)."""

    columns: dict[str, Any]
    custom: dict[str, Any] = field(default_factory=dict)
    tags: set[int] = field(default_factory=set)
    events: list[tuple[str, datetime, int | None]] = field(default_factory=list)


@dataclass
class Oracle:
    """Reads trees at a moment. ``formats``: the format of each custom field by key."""

    now: datetime
    zone: ZoneInfo
    formats: dict[str, str]

    def holds(self, tree: Any, who: Somebody) -> bool:
        answer = self._node(tree, who)
        return True if answer is None else answer

    def _node(self, tree: Any, who: Somebody) -> bool | None:
        """None is an empty group: it says nothing."""
        for word, decide in (("all", all), ("any", any)):
            if word in tree:
                said = [a for child in tree[word] if (a := self._node(child, who)) is not None]
                return decide(said) if said else None
        if "not" in tree:
            inner = self._node(tree["not"], who)
            return None if inner is None else not inner
        return self._event(tree, who) if "event" in tree else self._field(tree, who)

    def _event(self, asked: dict[str, Any], who: Somebody) -> bool:
        happened = 0
        for kind, at, value in who.events:
            day = self._day(at)
            fits = kind == asked["event"]
            if "last_days" in asked:
                fits &= day >= self._today() - timedelta(days=asked["last_days"]) and at <= self.now
            if "from" in asked:
                fits &= day >= date.fromisoformat(asked["from"])
            if "to" in asked:
                fits &= day <= date.fromisoformat(asked["to"])
            if "value_at_least" in asked:
                fits &= value is not None and value >= asked["value_at_least"]
            if "value_at_most" in asked:
                fits &= value is not None and value <= asked["value_at_most"]
            happened += fits
        wanted = asked.get("times", 0)
        answers: dict[str, bool] = {
            "at_least": happened >= wanted,
            "at_most": happened <= wanted,
            "exactly": happened == wanted,
            "never": happened == 0,
        }
        return answers[asked["op"]]

    def _field(self, asked: dict[str, Any], who: Somebody) -> bool:
        key, op = asked["field"], asked["op"]
        opposite = {
            "is_not": "is",
            "contains_not": "contains",
            "none": "any",
            "empty": "filled",
        }
        if op in opposite:
            return not self._field({**asked, "op": opposite[op]}, who)
        if key == "tags":
            return self._set(asked, who.tags)
        if key == "source":
            both = (who.columns["first_source_id"], who.columns["latest_source_id"])
            return any(v is not None and (op == "filled" or v in asked["value"]) for v in both)
        if key == "province":
            return self._province(asked, who)
        if key == "birthday":
            return self._birthday(asked, who.columns["birth_day"])
        if key == "age":
            return self._number(asked, self._age(who.columns["birth_on"]))
        value = who.custom.get(key[7:]) if key.startswith("custom.") else who.columns[key]
        if value is None or value == "" or value == []:
            return False
        if op == "filled":
            return True
        return self._compare(asked, value, self.formats.get(key[7:], ""))

    def _compare(self, asked: dict[str, Any], value: Any, custom_format: str) -> bool:
        if custom_format == "date":
            value = date.fromisoformat(value)
        if custom_format == "date_time":
            value = datetime.fromisoformat(value)
        if isinstance(value, bool):
            return value is (asked["op"] == "yes")
        if isinstance(value, datetime):
            late = asked["op"] == "last_days" and value > self.now
            early = asked["op"] == "next_days" and value < self.now
            return not late and not early and self._days(asked, self._day(value))
        if isinstance(value, date):
            return self._days(asked, value)
        if isinstance(value, list):
            return self._set(asked, set(value))
        if isinstance(asked.get("value"), list):
            return value in asked["value"]
        if isinstance(value, str):
            return self._text(asked, value)
        return self._number(asked, value)

    def _text(self, asked: dict[str, Any], value: str) -> bool:
        wanted = asked["value"]
        if asked["op"] == "is":
            return value == str(wanted)
        if asked["op"] == "begins":
            return fold(value).startswith(fold(wanted))
        return fold(wanted) in fold(value)

    def _number(self, asked: dict[str, Any], value: float | None) -> bool:
        if value is None:
            return False
        if asked["op"] == "filled":
            return True
        if asked["op"] == "between":
            return bool(asked.get("from", value) <= value <= asked.get("to", value))
        wanted = asked["value"]
        answers: dict[str, bool] = {
            "is": value == wanted,
            "less": value < wanted,
            "at_most": value <= wanted,
            "more": value > wanted,
            "at_least": value >= wanted,
        }
        return answers[asked["op"]]

    def _days(self, asked: dict[str, Any], day: date) -> bool:
        today, op = self._today(), asked["op"]
        days = timedelta(days=asked.get("days", 0))
        value = date.fromisoformat(asked.get("value", "2000-01-01"))
        if op == "between":
            low = date.fromisoformat(asked.get("from", "0001-01-01"))
            return low <= day <= date.fromisoformat(asked.get("to", "9999-12-31"))
        return {
            "last_days": today - days <= day <= today,
            "next_days": today <= day <= today + days,
            "older": day < today - days,
            "before": day < value,
            "after": day > value,
            "on": day == value,
        }[op]

    def _set(self, asked: dict[str, Any], values: set[Any]) -> bool:
        if asked["op"] == "filled":
            return bool(values)
        wanted = set(asked["value"])
        return wanted <= values if asked["op"] == "all" else bool(wanted & values)

    def _province(self, asked: dict[str, Any], who: Somebody) -> bool:
        new, old = who.columns["province"], who.columns["province_before"]
        if asked["op"] == "filled":
            return bool(new)
        for code in asked["value"]:
            if code.startswith("before:"):
                if old == code[7:]:
                    return True
            elif new == code or old in provinces.NEW[code].old_codes:
                return True
        return False

    def _birthday(self, asked: dict[str, Any], number: int | None) -> bool:
        if number is None:
            return False
        if asked["op"] == "filled":
            return True
        if asked["op"] == "month":
            return number // 100 in asked["value"]
        if asked["op"] == "between":
            return self._between_days(asked, number)
        kept = (self._kept(number, self._today() + timedelta(days=n)) for n in range(asked["days"] + 1))
        return any(kept)

    def _between_days(self, asked: dict[str, Any], number: int) -> bool:
        first = date(self._today().year, 1, 1)
        year = [first + timedelta(days=n) for n in range(366 if _is_leap(first.year) else 365)]
        low, high = asked["from"], asked["to"]
        for day in year:
            name = f"{day:%m-%d}"
            inside = low <= name <= high if low <= high else (name >= low or name <= high)
            if inside and self._kept(number, day):
                return True
        return number == 229 and (
            low <= "02-29" <= high if low <= high else (low <= "02-29" or high >= "02-29")
        )

    @staticmethod
    def _kept(number: int, day: date) -> bool:
        """A birthday is kept on its day; 29 February on 28 in common years."""
        if number == 229 and not _is_leap(day.year):
            number = 228
        return number == day.month * 100 + day.day

    def _age(self, born: date | None) -> int | None:
        if born is None:
            return None
        today = self._today()
        day = 28 if (born.month, born.day) == (2, 29) and not _is_leap(today.year) else born.day
        return today.year - born.year - ((today.month, today.day) < (born.month, day))

    def _today(self) -> date:
        return self._day(self.now)

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()


def _is_leap(year: int) -> bool:
    return (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
