"""Conditions on people that are more than one column: how old, birthday, tags, source, mail domain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models.functions import Upper
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from quen.apps.audience import registry
from quen.apps.audience.types import (
    Argument,
    ArgumentKind,
    Choice,
    Clause,
    Condition,
    ConditionType,
    EvaluationContext,
    MenuGroup,
    Operator,
    Sentence,
    SqlFragment,
    format_sentence,
)
from quen.apps.contacts.models import Source, Tag
from quen.apps.contacts.rules.birthdays import born_by, day_of_year_range, next_days_range
from quen.core.text import clean


@dataclass(frozen=True, eq=False)
class AgeConditionType(registry.NumberConditionType):
    """Full years on today's local day; who was born on 29 February turns older on 28 in common years (R-04)."""

    expression: str = "contact.birth_on"
    reads: frozenset[str] = frozenset({"contact.birth_on"})
    whole: bool = True
    min_value: int | None = 0
    max_value: int | None = 150

    def compare(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Turn ages into a range of days of birth."""
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
        """Say “aged 25 to 34”."""
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
        """Write the age."""
        if not isinstance(value, date):
            return super().format_value(value, condition, context)
        years = context.today.year - value.year
        years -= value > born_by(context.today, years)
        return ngettext("%(count)d year old", "%(count)d years old", years) % {"count": years}

    def format_arguments(self, condition: Condition, context: EvaluationContext) -> dict[str, str]:
        """Ages need no thousands."""
        return {name: str(value) for name, value in condition.arguments}

    def is_time_based(self, condition: Condition) -> bool:
        """People grow older every day."""
        return condition.op not in ("filled", "empty")


_DAYS_AHEAD = Argument(
    "days", ArgumentKind.WHOLE, _("Days"), _("days"), min_value=0, max_value=730, default=7
)
_MONTHS = tuple(Choice(number, str(number)) for number in range(1, 13))


@dataclass(frozen=True, eq=False)
class BirthdayConditionType(ConditionType):
    """The day of the year someone was born on, known also without the year.

    A birthday on 29 February is kept on 28 in common years. The day is taken as recorded; one marked as lunar is
    not converted.
    """

    key: str
    label: Any
    group: MenuGroup
    reads: frozenset[str] = frozenset({"contact.birth_day"})

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # read only
        """Give the coming days, a range of days of the year, months."""
        low = Argument("from", ArgumentKind.DAY_OF_YEAR, _("From day"))
        high = Argument("to", ArgumentKind.DAY_OF_YEAR, _("To day"))
        months = Argument("value", ArgumentKind.CHOICES, _("Months"), choices=lambda: _MONTHS, default=[])
        return (
            Operator("next_days", _("in the next days"), (_DAYS_AHEAD,), time_based=True),
            Operator("between", _("between"), (low, high), time_based=True, may_wrap=True),
            Operator("month", _("in the months"), (months,)),
            Operator("filled", _("has a value")),
            Operator("empty", _("is empty")),
        )

    def clause(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Compare month and day as one number."""
        if condition.op in ("filled", "empty"):
            return Clause(SqlFragment("contact.birth_day IS NOT NULL"), negated=condition.op == "empty")
        if condition.op == "month":
            months = {"months": list(condition["value"])}
            return Clause(SqlFragment("contact.birth_day / 100 = ANY(%(months)s)", months))
        if condition.op == "next_days":
            span = next_days_range(context.today, condition["days"])
        else:
            span = day_of_year_range(
                _number(condition["from"]), _number(condition["to"]), year=context.today.year
            )
        if span is None:
            return Clause(SqlFragment("contact.birth_day IS NOT NULL"))
        word = "OR" if span[0] > span[1] else "AND"
        text = f"(contact.birth_day >= %(low)s {word} contact.birth_day <= %(high)s)"
        return Clause(SqlFragment(text, {"low": span[0], "high": span[1]}))

    def sentence(self, condition: Condition, context: EvaluationContext) -> Sentence:
        """Say “whose birthday is in the next 7 days”."""
        if condition.op == "next_days":
            days = registry.days_text(condition["days"])
            return format_sentence(_("whose birthday is in the next **%(days)s**"), days=days)
        if condition.op == "month":
            return format_sentence(
                _("born in month **%(value)s**"),
                value=registry.list_text([str(month) for month in condition["value"]]),
            )
        if condition.op == "between":
            ends = {name: "/".join(reversed(condition[name].split("-"))) for name in ("from", "to")}
            return format_sentence(_("whose birthday is from **%(from)s to %(to)s**"), **ends)
        return format_sentence(
            _("with a known **birthday**") if condition.op == "filled" else _("without a **birthday**")
        )

    def actual_value(self, condition: Condition, context: EvaluationContext) -> SqlFragment | None:
        """Show the day."""
        return SqlFragment("contact.birth_day")

    def format_value(self, value: Any, condition: Condition, context: EvaluationContext) -> str:
        """Write 20/10."""
        return f"{value % 100:02d}/{value // 100:02d}" if value else ""


@dataclass(frozen=True, eq=False)
class TagsConditionType(ConditionType):
    """Tags, by id in JSON; names are read too."""

    key: str
    label: Any
    group: MenuGroup
    reads: frozenset[str] = frozenset({"contact.tags"})

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # read only
        """Give any, all, none, some at all."""
        values = Argument("value", ArgumentKind.CHOICES, self.label, choices=_tag_choices, default=[])
        return (
            Operator("any", _("any of"), (values,)),
            Operator("all", _("all of"), (values,)),
            Operator("none", _("none of"), (values,)),
            Operator("filled", _("has a value")),
            Operator("empty", _("is empty")),
        )

    def clause(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Select the people of the tags, by the index on tag and contact."""
        text = "SELECT contact_id FROM contacts_contacttag"
        if condition.op in ("filled", "empty"):
            return Clause(SqlFragment(text), selects=True, negated=condition.op == "empty")
        tags = list(condition["value"])
        text += " WHERE tag_id = ANY(%(tags)s)"
        params: dict[str, Any] = {"tags": tags}
        grouped = condition.op == "all" and len(tags) > 1
        if grouped:
            text += " GROUP BY contact_id HAVING count(*) = %(all)s"
            params["all"] = len(tags)
        unique = len(tags) == 1 or condition.op == "all"
        negated = condition.op == "none"
        return Clause(
            SqlFragment(text, params), selects=True, unique=unique, negated=negated, grouped=grouped
        )

    def sentence(self, condition: Condition, context: EvaluationContext) -> Sentence:
        """Say “tagged VIP”."""
        if condition.op in ("filled", "empty"):
            return format_sentence(
                _("with **any tag**") if condition.op == "filled" else _("without **any tag**")
            )
        names = dict(Tag.objects.filter(pk__in=condition["value"]).values_list("pk", "name"))
        labels = [names.get(number, str(_("deleted tag"))) for number in condition["value"]]
        if condition.op == "all":
            return format_sentence(_("tagged **%(value)s**"), value=", ".join(labels))
        value = registry.list_text(labels)
        return format_sentence(
            _("tagged **%(value)s**") if condition.op == "any" else _("not tagged **%(value)s**"), value=value
        )

    def actual_value(self, condition: Condition, context: EvaluationContext) -> SqlFragment | None:
        """Show the person's tags."""
        return SqlFragment(
            "(SELECT string_agg(tag.name, ', ' ORDER BY tag.name) FROM contacts_contacttag tagging"
            " JOIN contacts_tag tag ON tag.id = tagging.tag_id WHERE tagging.contact_id = contact.id)"
        )


@dataclass(frozen=True, eq=False)
class SourceConditionType(ConditionType):
    """The first source, the latest, or either."""

    key: str
    label: Any
    group: MenuGroup
    columns: tuple[str, ...]

    @property
    def reads(self) -> frozenset[str]:  # type: ignore[override]  # follows the columns
        """Name the columns."""
        return frozenset(f"contact.{column.removesuffix('_id')}" for column in self.columns)

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # read only
        """Give any of, none of, known or not."""
        values = Argument(
            "value", ArgumentKind.CHOICES, self.label, choices=_source_choices, find=_find_source, default=[]
        )
        return (
            Operator("is", _("is any of"), (values,)),
            Operator("is_not", _("is none of"), (values,)),
            Operator("filled", _("has a value")),
            Operator("empty", _("is empty")),
        )

    def clause(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Match one of the columns."""
        if condition.op in ("filled", "empty"):
            text = " OR ".join(f"contact.{column} IS NOT NULL" for column in self.columns)
            return Clause(SqlFragment(f"({text})"), negated=condition.op == "empty")
        text = " OR ".join(f"contact.{column} = ANY(%(sources)s)" for column in self.columns)
        return Clause(
            SqlFragment(f"({text})", {"sources": list(condition["value"])}), negated=condition.op == "is_not"
        )

    def sentence(self, condition: Condition, context: EvaluationContext) -> Sentence:
        """Say “from Facebook Mộc Sen”."""
        if condition.op in ("filled", "empty"):
            return format_sentence(
                _("with a known **source**") if condition.op == "filled" else _("without a **source**")
            )
        names = dict(Source.objects.filter(pk__in=condition["value"]).values_list("pk", "name"))
        labels = [names.get(number, str(_("deleted source"))) for number in condition["value"]]
        template = _("from **%(value)s**") if condition.op == "is" else _("not from **%(value)s**")
        return format_sentence(template, value=registry.list_text(labels))

    def actual_value(self, condition: Condition, context: EvaluationContext) -> SqlFragment | None:
        """Show the names."""
        ids = ", ".join(f"contact.{column}" for column in self.columns)
        return SqlFragment(
            f"(SELECT string_agg(name, ', ' ORDER BY name) FROM contacts_source WHERE id IN ({ids}))"
        )


def _domain(raw: str) -> str:
    return clean(raw).lower().removeprefix("@")


@dataclass(frozen=True, eq=False)
class EmailDomainConditionType(registry.TextConditionType):
    """What stands after the @ of the mail address."""

    expression: str = "split_part(contact.email, '@', 2)"
    reads: frozenset[str] = frozenset({"contact.email"})
    nullable: bool = False
    normalise: Callable[[str], str] = _domain

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # a domain is compared whole
        """Give is and is not."""
        return self.base_operators[:2]


def _tag_choices() -> Sequence[Choice]:
    return [
        Choice(number, name)
        for number, name in Tag.objects.order_by(Upper("name"), "id").values_list("pk", "name")
    ]


def _source_choices() -> Sequence[Choice]:
    return [Choice(number, name) for number, name in Source.objects.values_list("pk", "name")]


def _find_source(raw: str) -> int | None:
    return Source.objects.filter(code=raw).values_list("pk", flat=True).first()


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


def _number(day_of_year: str) -> int:
    month, day = day_of_year.split("-")
    return int(month) * 100 + int(day)
