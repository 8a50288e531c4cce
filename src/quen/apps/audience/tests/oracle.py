"""A second implementation of condition trees, from the README: plain Python, one contact at a time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from quen.core import provinces
from quen.core.lunar import from_solar
from quen.core.text import fold

UNKNOWN = "unknown"


@dataclass
class OracleContact:
    """A contact as the oracle knows it. ``custom``: values by field key; ``events``: (kind, at, value)."""

    columns: dict[str, Any]
    custom: dict[str, Any] = field(default_factory=dict)
    tags: set[int] = field(default_factory=set)
    events: list[tuple[str, datetime, int | None]] = field(default_factory=list)


@dataclass
class Oracle:
    """Evaluates trees at one instant. ``formats``: the format of each custom field by key."""

    now: datetime
    zone: ZoneInfo
    formats: dict[str, str]
    #: names of fields, and values, that are gone
    gone: frozenset[Any] = frozenset()

    def holds(self, tree: Any, contact: OracleContact) -> bool:
        answer = self._node(tree, contact)
        return True if answer is None else answer is True

    def _node(self, tree: Any, contact: OracleContact) -> bool | str | None:
        """Return None for an empty group, which has no effect; UNKNOWN for what depends on something gone."""
        for word, decided in (("all", False), ("any", True)):
            if word in tree:
                answers = [a for child in tree[word] if (a := self._node(child, contact)) is not None]
                if decided in answers or not answers:
                    return decided if answers else None
                return UNKNOWN if UNKNOWN in answers else not decided
        if "not" in tree:
            inner = self._node(tree["not"], contact)
            return inner if inner in (None, UNKNOWN) else not inner
        return self._event(tree, contact) if "event" in tree else self._known_field(tree, contact)

    def _known_field(self, condition: dict[str, Any], contact: OracleContact) -> bool | str:
        values = condition.get("value") if isinstance(condition.get("value"), list) else []
        remaining = [value for value in values or [] if value not in self.gone]
        if condition["field"] in self.gone or (values and not remaining):
            return UNKNOWN
        if remaining == (values or []):
            return self._field(condition, contact)
        decided = condition["op"] in ("any", "is", "in")
        answer = self._field({**condition, "value": remaining}, contact)
        return answer if answer is decided and condition["op"] != "all" else UNKNOWN

    def _event(self, condition: dict[str, Any], contact: OracleContact) -> bool:
        matching = 0
        for kind, at, value in contact.events:
            day = self._day(at)
            matches = kind == condition["event"]
            if "last_days" in condition:
                matches &= day >= self._today() - timedelta(days=condition["last_days"]) and at <= self.now
            if "from" in condition:
                matches &= day >= date.fromisoformat(condition["from"])
            if "to" in condition:
                matches &= day <= date.fromisoformat(condition["to"])
            if "value_at_least" in condition:
                matches &= value is not None and value >= condition["value_at_least"]
            if "value_at_most" in condition:
                matches &= value is not None and value <= condition["value_at_most"]
            matching += matches
        expected = condition.get("times", 0)
        answers: dict[str, bool] = {
            "at_least": matching >= expected,
            "at_most": matching <= expected,
            "exactly": matching == expected,
            "never": matching == 0,
        }
        return answers[condition["op"]]

    def _field(self, condition: dict[str, Any], contact: OracleContact) -> bool:
        key, op = condition["field"], condition["op"]
        opposite = {
            "is_not": "is",
            "contains_not": "contains",
            "none": "any",
            "empty": "filled",
        }
        if op in opposite:
            return not self._field({**condition, "op": opposite[op]}, contact)
        if key == "tags":
            return self._set(condition, contact.tags)
        if key == "source":
            both = (contact.columns["first_source_id"], contact.columns["latest_source_id"])
            return any(v is not None and (op == "filled" or v in condition["value"]) for v in both)
        if key == "province":
            return self._province(condition, contact)
        if key == "birthday":
            return self._birthday(condition, contact.columns["birth_day"], contact.columns["birth_is_lunar"])
        if key == "age":
            age = self._age(contact.columns["birth_on"], contact.custom.get("years"))
            return age is not None and (op == "filled" or self._number(condition, age))
        if self.formats.get(key[7:]) == "special_day":
            wedding = contact.custom.get(key[7:]) or ""
            number = int(wedding[-5:].replace("-", "")) if wedding else None
            return self._birthday(condition, number, wedding.startswith("lunar"))
        value = contact.custom.get(key[7:]) if key.startswith("custom.") else contact.columns[key]
        if value is None or value == "" or value == []:
            return False
        if op == "filled":
            return True
        return self._compare(condition, value, self.formats.get(key[7:], ""))

    def _compare(self, condition: dict[str, Any], value: Any, custom_format: str) -> bool:
        if custom_format == "date":
            value = date.fromisoformat(value)
        if custom_format == "date_time":
            value = datetime.fromisoformat(value)
        if isinstance(value, bool):
            return value is (condition["op"] == "yes")
        if isinstance(value, datetime):
            late = condition["op"] == "last_days" and value > self.now
            early = condition["op"] == "next_days" and value < self.now
            return not late and not early and self._days(condition, self._day(value))
        if isinstance(value, date):
            return self._days(condition, value)
        if isinstance(value, list):
            return self._set(condition, set(value))
        if isinstance(condition.get("value"), list):
            return value in condition["value"]
        if isinstance(value, str):
            return self._text(condition, value)
        return self._number(condition, value)

    def _text(self, condition: dict[str, Any], value: str) -> bool:
        expected = condition["value"]
        if condition["op"] == "is":
            return value == str(expected)
        if condition["op"] == "begins":
            return fold(value).startswith(fold(expected))
        return fold(expected) in fold(value)

    def _number(self, condition: dict[str, Any], value: float | None) -> bool:
        if value is None:
            return False
        if condition["op"] == "filled":
            return True
        if condition["op"] == "between":
            return bool(condition.get("from", value) <= value <= condition.get("to", value))
        expected = condition["value"]
        answers: dict[str, bool] = {
            "is": value == expected,
            "less": value < expected,
            "at_most": value <= expected,
            "more": value > expected,
            "at_least": value >= expected,
        }
        return answers[condition["op"]]

    def _days(self, condition: dict[str, Any], day: date) -> bool:
        today, op = self._today(), condition["op"]
        days = timedelta(days=condition.get("days", 0))
        value = date.fromisoformat(condition.get("value", "2000-01-01"))
        if op == "between":
            low = date.fromisoformat(condition.get("from", "0001-01-01"))
            return low <= day <= date.fromisoformat(condition.get("to", "9999-12-31"))
        return {
            "last_days": today - days <= day <= today,
            "next_days": today <= day <= today + days,
            "older": day < today - days,
            "before": day < value,
            "after": day > value,
            "on": day == value,
        }[op]

    def _set(self, condition: dict[str, Any], values: set[Any]) -> bool:
        if condition["op"] == "filled":
            return bool(values)
        expected = set(condition["value"])
        return expected <= values if condition["op"] == "all" else bool(expected & values)

    def _province(self, condition: dict[str, Any], contact: OracleContact) -> bool:
        new, old = contact.columns["province"], contact.columns["province_before"]
        if condition["op"] == "filled":
            return bool(new)
        for code in condition["value"]:
            if code.startswith("before:"):
                if old == code[7:]:
                    return True
            elif new == code or old in provinces.NEW[code].old_codes:
                return True
        return False

    def _birthday(self, condition: dict[str, Any], number: int | None, lunar: bool) -> bool:
        if number is None:
            return False
        if condition["op"] == "filled":
            return True
        if condition["op"] == "month":
            if not lunar:
                return number // 100 in condition["value"]
            days = [day for day in self._year() if day.month in condition["value"]]
        elif condition["op"] == "between":
            return self._between_days(condition, number, lunar)
        elif condition["op"] == "next_days":
            days = [self._today() + timedelta(days=n) for n in range(condition["days"] + 1)]
        else:
            sign = {"today": 0, "in_days": 1, "days_ago": -1}[condition["op"]]
            days = [self._today() + timedelta(days=sign * condition.get("days", 0))]
        return any(self._observed_on(number, day, lunar) for day in days)

    def _year(self) -> list[date]:
        first = date(self._today().year, 1, 1)
        return [first + timedelta(days=n) for n in range(366 if _is_leap(first.year) else 365)]

    def _between_days(self, condition: dict[str, Any], number: int, lunar: bool) -> bool:
        low, high = str(condition["from"]), str(condition["to"])
        for day in self._year():
            name = f"{day:%m-%d}"
            inside = low <= name <= high if low <= high else (name >= low or name <= high)
            if inside and self._observed_on(number, day, lunar):
                return True
        if lunar or number != 229:
            return False
        return bool(low <= "02-29" <= high if low <= high else (low <= "02-29" or high >= "02-29"))

    @staticmethod
    def _observed_on(number: int, day: date, lunar: bool) -> bool:
        """Return whether a birthday is on a day; 29 February is on 28 February in common years."""
        if lunar:
            on = from_solar(day)
            same_day = on.day == number % 100 or (on.is_last and number % 100 == 30)
            return bool(not on.leap and on.month == number // 100 and same_day)
        if number == 229 and not _is_leap(day.year):
            number = 228
        return number == day.month * 100 + day.day

    def _age(self, born: date | None, stated: float | None) -> int | None:
        if born is None:
            return None if stated is None else int(stated)
        today = self._today()
        day = 28 if (born.month, born.day) == (2, 29) and not _is_leap(today.year) else born.day
        return today.year - born.year - ((today.month, today.day) < (born.month, day))

    def _today(self) -> date:
        return self._day(self.now)

    def _day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()


def _is_leap(year: int) -> bool:
    return (year % 4 == 0 and year % 100 != 0) or year % 400 == 0
