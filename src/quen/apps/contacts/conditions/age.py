"""Condition on age."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from quen.apps.audience import registry
from quen.apps.audience.types import (
    Clause,
    Condition,
    EvaluationContext,
    Sentence,
    SqlFragment,
    format_sentence,
)
from quen.apps.contacts.rules.birthdays import born_by


@dataclass(frozen=True, eq=False)
class AgeConditionType(registry.NumberConditionType):
    """Age in full years on today's local date; someone born on 29 February turns older on 28 in common years (R-04)."""

    expression: str = "contact.birth_on"
    reads: frozenset[str] = frozenset({"contact.birth_on"})
    whole: bool = True
    min_value: int | None = 0
    max_value: int | None = 150

    def compare(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Return the clause: ages as a range of dates of birth."""
        low, high = _age_bounds(condition)
        parts, params = [], {}
        if low is not None:
            parts.append("contact.birth_on <= %(born_by)s")
            params["born_by"] = born_by(context.today, low)
        if high is not None:
            parts.append("contact.birth_on > %(born_after)s")
            params["born_after"] = born_by(context.today, high + 1)
        return Clause(SqlFragment(f"({' AND '.join(parts)})", params), negated=condition.op == "is_not")

    def sentence(self, condition: Condition, context: EvaluationContext) -> Sentence:
        """Return “aged 25 to 34”."""
        if condition.op in ("filled", "empty"):
            return super().sentence(condition, context)
        low, high = _age_bounds(condition)
        if condition.op == "is_not":
            return format_sentence(_("not aged **%(low)s**"), low=low)
        if high is None:
            return format_sentence(_("aged **%(low)s** or more"), low=low)
        if low is None:
            return format_sentence(_("aged **%(high)s** or less"), high=high)
        return (
            format_sentence(_("aged **%(low)s**"), low=low)
            if low == high
            else format_sentence(_("aged **%(low)s–%(high)s**"), low=low, high=high)
        )

    def format_value(self, value: Any, condition: Condition, context: EvaluationContext) -> str:
        """Return the age."""
        if not isinstance(value, date):
            return super().format_value(value, condition, context)
        years = context.today.year - value.year
        years -= value > born_by(context.today, years)
        return ngettext("%(count)d year old", "%(count)d years old", years) % {"count": years}

    def format_arguments(self, condition: Condition, context: EvaluationContext) -> dict[str, str]:
        """Return ages without a thousands separator."""
        return {name: str(value) for name, value in condition.arguments}

    def is_time_based(self, condition: Condition) -> bool:
        """Return True for comparisons: ages change every day."""
        return condition.op not in ("filled", "empty")


def _age_bounds(condition: Condition) -> tuple[int | None, int | None]:
    value = condition.get("value")
    match condition.op:
        case "at_least":
            return value, None
        case "at_most":
            return None, value
        case "more":
            return value + 1, None
        case "less":
            return None, value - 1
        case "between":
            return condition.get("from"), condition.get("to")
        case _:
            return value, value
