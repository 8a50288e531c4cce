"""Conditions on days that come round every year: the birthday, and the special days of the workspace."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, ClassVar

from django.utils.formats import date_format
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from quen.apps.audience import registry
from quen.apps.audience.types import (
    Argument,
    ArgumentKind,
    Choice,
    Clause,
    Condition,
    ConditionType,
    EvaluationContext,
    Operator,
    SqlFragment,
)
from quen.apps.audience.types.condition_types import LazyText
from quen.apps.contacts.rules.birthdays import (
    DayRange,
    day_of_year_range,
    days_in_months,
    days_in_range,
    next_days,
    next_days_range,
)
from quen.apps.contacts.rules.special_days import LUNAR, key_in_sql, key_text, keys_on

_DAYS_AHEAD = Argument(
    "days", ArgumentKind.INTEGER, _("Days"), _("days"), min_value=0, max_value=730, default=7
)
_MONTHS = tuple(
    Choice(number, name)
    for number, name in enumerate(
        (
            pgettext_lazy("month", "January"),
            pgettext_lazy("month", "February"),
            pgettext_lazy("month", "March"),
            pgettext_lazy("month", "April"),
            pgettext_lazy("month", "May"),
            pgettext_lazy("month", "June"),
            pgettext_lazy("month", "July"),
            pgettext_lazy("month", "August"),
            pgettext_lazy("month", "September"),
            pgettext_lazy("month", "October"),
            pgettext_lazy("month", "November"),
            pgettext_lazy("month", "December"),
        ),
        start=1,
    )
)
_EXACTLY = Argument("days", ArgumentKind.INTEGER, _("Days"), _("days"), min_value=1, max_value=365, default=3)
_BIRTHDAY_SENTENCES: Mapping[str, LazyText] = {
    "next_days": _("whose birthday is in the next **%(days)s**"),
    "today": _("whose birthday is **today**"),
    "in_days": _("whose birthday is in exactly **%(days)s**"),
    "days_ago": _("whose birthday was **%(days)s** ago"),
    "between": _("whose birthday is from **%(from)s** to **%(to)s**"),
    "month": _("born in **%(value)s**"),
    "filled": _("whose **birthday is known**"),
    "empty": _("whose **birthday is unknown**"),
}
_SENTENCES: Mapping[str, LazyText] = {
    "next_days": _("whose “%(label)s” is in the next **%(days)s**"),
    "today": _("whose “%(label)s” is **today**"),
    "in_days": _("whose “%(label)s” is in exactly **%(days)s**"),
    "days_ago": _("whose “%(label)s” was **%(days)s** ago"),
    "between": _("whose “%(label)s” is from **%(from)s** to **%(to)s**"),
    "month": _("whose “%(label)s” is in **%(value)s**"),
    "filled": _("whose **“%(label)s” is known**"),
    "empty": _("whose **“%(label)s” is unknown**"),
}


@dataclass(frozen=True, eq=False)
class AnnualDayConditionType(ConditionType):
    """A day that comes round every year, whose year may be unknown.

    29 February is kept on 28 February in common years. A lunar day falls on other days every year: it is looked for on
    the days of the usual calendar that the condition means.
    day: SQL of month and day, in the order of the year, NULL for none.  lunar: SQL of whether it is lunar.
    encode: returns a day, month * 100 + day, as ``day`` is compared with it.
    """

    key: str
    label: Any
    group: str
    day: str
    lunar: str
    reads: frozenset[str]
    encode: Callable[[int], Any] = field(default=int)
    array: str = "int[]"
    sentences: Mapping[str, LazyText] = field(default_factory=lambda: _SENTENCES)

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # read only
        """Return: in the next days, on one day, a range of days of the year, months, known or not."""
        low = Argument("from", ArgumentKind.DAY_OF_YEAR, _("From day"))
        high = Argument("to", ArgumentKind.DAY_OF_YEAR, _("To day"))
        months = Argument("value", ArgumentKind.CHOICES, _("Months"), choices=lambda: _MONTHS, default=[])
        return (
            Operator("next_days", _("in the next days"), (_DAYS_AHEAD,), time_based=True),
            Operator("today", _("is today"), time_based=True),
            Operator("in_days", _("in exactly so many days"), (_EXACTLY,), time_based=True),
            Operator("days_ago", _("so many days ago"), (_EXACTLY,), time_based=True),
            Operator("between", _("between"), (low, high), time_based=True, may_wrap=True),
            Operator("month", _("in the months"), (months,), time_based=True),
            Operator("filled", _("has a value")),
            Operator("empty", _("is empty")),
        )

    def clause(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Return the clause: month and day compared, lunar ones with those of the days in question."""
        if condition.op in ("filled", "empty"):
            return Clause(SqlFragment(f"{self.day} IS NOT NULL"), negated=condition.op == "empty")
        today = context.today
        days: Iterable[date]
        if condition.op == "month":
            months = condition["value"]
            days = list(days_in_months(months, year=today.year))
            solar = self._among([month * 100 + day for month in months for day in range(1, 32)])
        elif condition.op == "next_days":
            solar = self._between(next_days_range(today, condition["days"]))
            days = next_days(today, condition["days"])
        elif condition.op == "between":
            low, high = _number(condition["from"]), _number(condition["to"])
            solar = self._between(day_of_year_range(low, high, year=today.year))
            days = days_in_range(low, high, year=today.year)
        else:
            days = [today + timedelta(days=_offset(condition))]
            solar = self._among(keys_on(days).solar)
        text = f"CASE WHEN {self.lunar} THEN {self.day} = ANY(%(lunar)s::{self.array}) ELSE {solar.text} END"
        lunar = [self.encode(key) for key in keys_on(days).lunar]
        return Clause(SqlFragment(text, {**solar.params, "lunar": lunar}))

    def _among(self, keys: Iterable[int]) -> SqlFragment:
        params = {"solar": [self.encode(key) for key in keys]}
        return SqlFragment(f"{self.day} = ANY(%(solar)s::{self.array})", params)

    def _between(self, days: DayRange | None) -> SqlFragment:
        if days is None:
            return SqlFragment(f"{self.day} IS NOT NULL")
        word = "OR" if days.wraps else "AND"
        text = f"({self.day} >= %(low)s {word} {self.day} <= %(high)s)"
        return SqlFragment(text, {"low": self.encode(days.low), "high": self.encode(days.high)})

    opposites: ClassVar[Mapping[str, str]] = {"filled": "empty", "empty": "filled"}

    def template(self, op: str) -> LazyText:
        """Return “whose birthday is in the next %(days)s”."""
        return self.sentences[op]

    def template_words(self) -> dict[str, str]:
        """Return the name of the day."""
        return {"label": str(self.label)}

    def format_arguments(self, condition: Condition, context: EvaluationContext) -> dict[str, str]:
        """Return days, months and numbers of days as text."""
        if condition.op in ("next_days", "in_days", "days_ago"):
            return {"days": registry.days_text(condition["days"])}
        if condition.op == "month":
            labels = {choice.value: str(choice.label) for choice in _MONTHS}
            return {"value": self.choices_text("month", [labels[month] for month in condition["value"]])}
        return {name: _day_text(value) for name, value in condition.arguments}

    def choices_text(self, op: str, labels: Sequence[str]) -> str:
        """Return “March or April”."""
        return registry.list_text(list(labels))

    def actual_value(self, condition: Condition, context: EvaluationContext) -> SqlFragment | None:
        """Return month and day as text, "08-15", of one of the lunar calendar "lunar 08-15"."""
        return SqlFragment(f"concat(CASE WHEN {self.lunar} THEN '{LUNAR} ' END, {self.day})")

    def format_value(self, value: Any, condition: Condition, context: EvaluationContext) -> str:
        """Return 20/10, or 15/08 (lunar)."""
        key = "".join(letter for letter in str(value or "") if letter.isdigit())
        if not key:
            return ""
        day = f"{key[-2:]}/{int(key[:-2]):02d}"
        return gettext("%(day)s (lunar)") % {"day": day} if str(value).startswith(LUNAR) else day


def birthday_condition(key: str, label: LazyText, group: str) -> AnnualDayConditionType:
    """Return the condition on the birthday."""
    return AnnualDayConditionType(
        key,
        label,
        group,
        "contact.birth_day",
        "contact.birth_is_lunar",
        frozenset({"contact.birth_day", "contact.birth_is_lunar"}),
        sentences=_BIRTHDAY_SENTENCES,
    )


def special_day_condition(key: str, label: str, group: str, field_id: int) -> AnnualDayConditionType:
    """Return the condition on a special day. Only the field's id becomes SQL."""
    value = f"(contact.attrs ->> '{int(field_id)}')"
    return AnnualDayConditionType(
        key,
        label,
        group,
        key_in_sql(field_id, "contact."),
        f"(left({value}, {len(LUNAR)}) = '{LUNAR}')",
        frozenset({f"contact.attrs.{int(field_id)}"}),
        encode=key_text,
        array="text[]",
    )


def _offset(condition: Condition) -> int:
    """Return how many days from today on the day is."""
    if condition.op == "today":
        return 0
    return int(condition["days"]) * (-1 if condition.op == "days_ago" else 1)


def _day_text(day_of_year: str) -> str:
    """Return 20/10, or 20 October in English."""
    month, day = map(int, day_of_year.split("-"))
    return date_format(date(2000, month, day), "MONTH_DAY_FORMAT")


def _number(day_of_year: str) -> int:
    month, day = day_of_year.split("-")
    return int(month) * 100 + int(day)
