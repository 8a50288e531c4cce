"""Condition on the birthday."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
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
    lunar_birthdays_on,
    next_days,
    next_days_range,
)

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
_SENTENCES = {
    "next_days": _("whose birthday is in the next **%(days)s**"),
    "between": _("whose birthday is from **%(from)s** to **%(to)s**"),
    "month": _("born in **%(value)s**"),
    "filled": _("whose **birthday is known**"),
    "empty": _("whose **birthday is unknown**"),
}


@dataclass(frozen=True, eq=False)
class BirthdayConditionType(ConditionType):
    """The day of the year on which someone was born, which may be known without the year.

    A birthday on 29 February falls on 28 February in common years. A lunar birthday falls on other days every year: it
    is looked for on the days of the usual calendar that the condition means.
    """

    key: str
    label: Any
    group: str
    reads: frozenset[str] = frozenset({"contact.birth_day", "contact.birth_is_lunar"})

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # read only
        """Return: in the next days, a range of days of the year, months, known or not."""
        low = Argument("from", ArgumentKind.DAY_OF_YEAR, _("From day"))
        high = Argument("to", ArgumentKind.DAY_OF_YEAR, _("To day"))
        months = Argument("value", ArgumentKind.CHOICES, _("Months"), choices=lambda: _MONTHS, default=[])
        return (
            Operator("next_days", _("in the next days"), (_DAYS_AHEAD,), time_based=True),
            Operator("between", _("between"), (low, high), time_based=True, may_wrap=True),
            Operator("month", _("in the months"), (months,), time_based=True),
            Operator("filled", _("has a value")),
            Operator("empty", _("is empty")),
        )

    def clause(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Return the clause: month and day compared as one number, lunar ones with those of the days in question."""
        if condition.op in ("filled", "empty"):
            return Clause(SqlFragment("contact.birth_day IS NOT NULL"), negated=condition.op == "empty")
        today = context.today
        days: Iterable[date]
        if condition.op == "month":
            months = list(condition["value"])
            solar = SqlFragment("contact.birth_day / 100 = ANY(%(months)s)", {"months": months})
            days = days_in_months(months, year=today.year)
        elif condition.op == "next_days":
            solar = _between(next_days_range(today, condition["days"]))
            days = next_days(today, condition["days"])
        else:
            low, high = _number(condition["from"]), _number(condition["to"])
            solar = _between(day_of_year_range(low, high, year=today.year))
            days = days_in_range(low, high, year=today.year)
        text = f"CASE WHEN contact.birth_is_lunar THEN contact.birth_day = ANY(%(lunar)s::int[]) ELSE {solar.text} END"
        return Clause(SqlFragment(text, {**solar.params, "lunar": lunar_birthdays_on(days)}))

    opposites: ClassVar[Mapping[str, str]] = {"filled": "empty", "empty": "filled"}

    def template(self, op: str) -> LazyText:
        """Return “whose birthday is in the next %(days)s”."""
        return _SENTENCES[op]

    def format_arguments(self, condition: Condition, context: EvaluationContext) -> dict[str, str]:
        """Return days, months and numbers of days as text."""
        if condition.op == "next_days":
            return {"days": registry.days_text(condition["days"])}
        if condition.op == "month":
            labels = {choice.value: str(choice.label) for choice in _MONTHS}
            return {"value": self.choices_text("month", [labels[month] for month in condition["value"]])}
        return {name: _day_text(value) for name, value in condition.arguments}

    def choices_text(self, op: str, labels: Sequence[str]) -> str:
        """Return “March or April”."""
        return registry.list_text(list(labels))

    def actual_value(self, condition: Condition, context: EvaluationContext) -> SqlFragment | None:
        """Return the day of the year, negative for one of the lunar calendar."""
        return SqlFragment(
            "CASE WHEN contact.birth_is_lunar THEN -contact.birth_day ELSE contact.birth_day END"
        )

    def format_value(self, value: Any, condition: Condition, context: EvaluationContext) -> str:
        """Return 20/10, or 15/08 (lunar)."""
        if not value:
            return ""
        day = f"{abs(value) % 100:02d}/{abs(value) // 100:02d}"
        return gettext("%(day)s (lunar)") % {"day": day} if value < 0 else day


def _day_text(day_of_year: str) -> str:
    """Return 20/10, or 20 October in English."""
    month, day = map(int, day_of_year.split("-"))
    return date_format(date(2000, month, day), "MONTH_DAY_FORMAT")


def _between(days: DayRange | None) -> SqlFragment:
    if days is None:
        return SqlFragment("contact.birth_day IS NOT NULL")
    word = "OR" if days.wraps else "AND"
    text = f"(contact.birth_day >= %(low)s {word} contact.birth_day <= %(high)s)"
    return SqlFragment(text, {"low": days.low, "high": days.high})


def _number(day_of_year: str) -> int:
    month, day = day_of_year.split("-")
    return int(month) * 100 + int(day)
