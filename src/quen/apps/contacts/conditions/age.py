"""Condition on age."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.dateparse import parse_date
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from quen.apps.audience import registry
from quen.apps.audience.types import (
    Clause,
    Condition,
    EvaluationContext,
    Sentence,
    SqlFragment,
)
from quen.apps.audience.types.condition_types import LazyText
from quen.apps.contacts.rules.birthdays import born_by


@dataclass(frozen=True, eq=False)
class AgeConditionType(registry.NumberConditionType):
    """Age in full years on today's local date; someone born on 29 February turns older on 28 in common years (R-04).

    field_id: the custom field with the age of contacts whose date of birth is unknown.
    """

    expression: str = "contact.birth_on"
    reads: frozenset[str] = frozenset({"contact.birth_on"})
    field_id: int | None = None
    whole: bool = True
    min_value: int | None = 0
    max_value: int | None = 150

    def compare(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Return the clause: ages as a range of dates of birth, else of the field's numbers."""
        low, high = _age_bounds(condition)
        parts, params = [], {}
        if low is not None:
            parts.append("contact.birth_on <= %(born_by)s")
            params["born_by"] = born_by(context.today, low)
        if high is not None:
            parts.append("contact.birth_on > %(born_after)s")
            params["born_after"] = born_by(context.today, high + 1)
        text = f"({' AND '.join(parts)})"
        if self.field_id is not None:
            numbers = registry.bounds(age_in_field(self.field_id), low, high)
            text = f"CASE WHEN contact.birth_on IS NOT NULL THEN {text} ELSE {numbers.text} END"
            params |= numbers.params
        return Clause(SqlFragment(text, params), negated=condition.op == "is_not")

    def has_value(self) -> SqlFragment:
        """Return that the date of birth or the field has a value."""
        if self.field_id is None:
            return super().has_value()
        return SqlFragment(f"(contact.birth_on IS NOT NULL OR {age_in_field(self.field_id)} IS NOT NULL)")

    def actual_value(self, condition: Condition, context: EvaluationContext) -> SqlFragment | None:
        """Return the date of birth as text, else the age of the field."""
        number = "NULL" if self.field_id is None else f"{age_in_field(self.field_id)}::text"
        return SqlFragment(f"coalesce(contact.birth_on::text, {number})")

    def template(self, op: str) -> LazyText:
        """Return “aged %(from)s to %(to)s”."""
        return _SENTENCES[op]

    def sentence(self, condition: Condition, context: EvaluationContext) -> Sentence:
        """Return “aged 25 to 34”; a range of one age reads “aged 25”."""
        if condition.op == "between" and condition.get("from") == condition.get("to"):
            condition = Condition.of(condition.family, condition.key, "is", {"value": condition["from"]})
        return super().sentence(condition, context)

    def format_value(self, value: Any, condition: Condition, context: EvaluationContext) -> str:
        """Return the age."""
        if not value:
            return ""
        born = parse_date(str(value))
        years = int(value) if born is None else context.today.year - born.year
        if born is not None:
            years -= born > born_by(context.today, years)
        return ngettext("%(count)d year old", "%(count)d years old", years) % {"count": years}

    def format_arguments(self, condition: Condition, context: EvaluationContext) -> dict[str, str]:
        """Return ages without a thousands separator."""
        return {name: str(value) for name, value in condition.arguments}

    def is_time_based(self, condition: Condition) -> bool:
        """Return True for comparisons: ages change every day."""
        return condition.op not in ("filled", "empty")


_SENTENCES = {
    "at_least": _("aged **%(value)s** or older"),
    "at_most": _("aged **%(value)s** or younger"),
    "between": _("aged **%(from)s** to **%(to)s**"),
    "is": _("aged **%(value)s**"),
    "is_not": _("not aged **%(value)s**"),
    "more": _("older than **%(value)s**"),
    "less": _("younger than **%(value)s**"),
    "filled": _("whose **age is known**"),
    "empty": _("whose **age is unknown**"),
}


def age_in_field(field_id: int) -> str:
    """Return SQL of the whole years in a number field, NULL without one."""
    value = f"contact.attrs -> '{int(field_id)}'"
    return f"floor(CASE WHEN jsonb_typeof({value}) = 'number' THEN ({value})::numeric END)"


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
