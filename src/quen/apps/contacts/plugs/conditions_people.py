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
    Criterion,
    Grouping,
    Moment,
    Operator,
    Sentence,
    Snippet,
    say,
)
from quen.apps.contacts.models import Source, Tag
from quen.apps.contacts.rules.birthdays import born_by, next_days_range, within
from quen.core.text import clean


@dataclass(frozen=True, eq=False)
class AgeCriterion(registry.NumberCriterion):
    """Full years on today's local day; who was born on 29 February turns older on 28 in common years (R-04)."""

    expression: str = "person.birth_on"
    reads: frozenset[str] = frozenset({"contact.birth_on"})
    whole: bool = True
    least: int | None = 0
    most: int | None = 150

    def compare(self, asked: Condition, moment: Moment) -> Clause:
        """Turn ages into a range of days of birth."""
        low, high = _age_bounds(asked)
        parts, params = [], {}
        if low is not None:
            parts.append("person.birth_on <= %(born_by)s")
            params["born_by"] = born_by(moment.today, low)
        if high is not None:
            parts.append("person.birth_on > %(born_after)s")
            params["born_after"] = born_by(moment.today, high + 1)
        return Clause(Snippet(f"({' AND '.join(parts)})", params), negated=asked.op == "is_not")

    def sentence(self, asked: Condition, moment: Moment) -> Sentence:
        """Say “aged 25 to 34”."""
        if asked.op in ("filled", "empty"):
            return super().sentence(asked, moment)
        low, high = _age_bounds(asked)
        if asked.op == "is_not":
            return say(_("not aged **%(low)s**"), low=low)
        if high is None:
            return say(_("aged **%(low)s** or more"), low=low)
        if low is None:
            return say(_("aged **%(high)s** or less"), high=high)
        return (
            say(_("aged **%(low)s**"), low=low)
            if low == high
            else say(_("aged **%(low)s–%(high)s**"), low=low, high=high)
        )

    def show(self, value: Any, asked: Condition, moment: Moment) -> str:
        """Write the age."""
        if not isinstance(value, date):
            return super().show(value, asked, moment)
        years = moment.today.year - value.year
        years -= value > born_by(moment.today, years)
        return ngettext("%(count)d year old", "%(count)d years old", years) % {"count": years}

    def words(self, asked: Condition, moment: Moment) -> dict[str, str]:
        """Ages need no thousands."""
        return {name: str(value) for name, value in asked.arguments}

    def moves(self, asked: Condition) -> bool:
        """People grow older every day."""
        return asked.op not in ("filled", "empty")


_DAYS_AHEAD = Argument("days", ArgumentKind.WHOLE, _("Days"), _("days"), low=0, high=730, default=7)
_MONTHS = tuple(Choice(number, str(number)) for number in range(1, 13))


@dataclass(frozen=True, eq=False)
class BirthdayCriterion(Criterion):
    """The day of the year someone was born on, known also without the year.

    A birthday on 29 February is kept on 28 in common years. The day is taken as recorded; one marked as lunar is
    not converted.
    """

    key: str
    label: Any
    group: Grouping
    reads: frozenset[str] = frozenset({"contact.birth_day"})

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # read only
        """Give the coming days, a range of days of the year, months."""
        low = Argument("from", ArgumentKind.DAY_OF_YEAR, _("From day"))
        high = Argument("to", ArgumentKind.DAY_OF_YEAR, _("To day"))
        months = Argument("value", ArgumentKind.CHOICES, _("Months"), choices=lambda: _MONTHS, default=[])
        return (
            Operator("next_days", _("in the next days"), (_DAYS_AHEAD,), moves=True),
            Operator("between", _("between"), (low, high), moves=True, wraps=True),
            Operator("month", _("in the months"), (months,)),
            Operator("filled", _("has a value")),
            Operator("empty", _("is empty")),
        )

    def clause(self, asked: Condition, moment: Moment) -> Clause:
        """Compare month and day as one number."""
        if asked.op in ("filled", "empty"):
            return Clause(Snippet("person.birth_day IS NOT NULL"), negated=asked.op == "empty")
        if asked.op == "month":
            months = {"months": list(asked["value"])}
            return Clause(Snippet("person.birth_day / 100 = ANY(%(months)s)", months))
        if asked.op == "next_days":
            span = next_days_range(moment.today, asked["days"])
        else:
            span = within(_number(asked["from"]), _number(asked["to"]), year=moment.today.year)
        if span is None:
            return Clause(Snippet("person.birth_day IS NOT NULL"))
        word = "OR" if span[0] > span[1] else "AND"
        text = f"(person.birth_day >= %(low)s {word} person.birth_day <= %(high)s)"
        return Clause(Snippet(text, {"low": span[0], "high": span[1]}))

    def sentence(self, asked: Condition, moment: Moment) -> Sentence:
        """Say “whose birthday is in the next 7 days”."""
        if asked.op == "next_days":
            days = registry.days_text(asked["days"])
            return say(_("whose birthday is in the next **%(days)s**"), days=days)
        if asked.op == "month":
            return say(
                _("born in month **%(value)s**"),
                value=registry.list_text([str(month) for month in asked["value"]]),
            )
        if asked.op == "between":
            ends = {name: "/".join(reversed(asked[name].split("-"))) for name in ("from", "to")}
            return say(_("whose birthday is from **%(from)s to %(to)s**"), **ends)
        return say(_("with a known **birthday**") if asked.op == "filled" else _("without a **birthday**"))

    def actual(self, asked: Condition, moment: Moment) -> Snippet | None:
        """Show the day."""
        return Snippet("person.birth_day")

    def show(self, value: Any, asked: Condition, moment: Moment) -> str:
        """Write 20/10."""
        return f"{value % 100:02d}/{value // 100:02d}" if value else ""


@dataclass(frozen=True, eq=False)
class TagsCriterion(Criterion):
    """Tags, by id in JSON; names are read too."""

    key: str
    label: Any
    group: Grouping
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

    def clause(self, asked: Condition, moment: Moment) -> Clause:
        """Select the people of the tags, by the index on tag and contact."""
        text = "SELECT contact_id FROM contacts_contacttag"
        if asked.op in ("filled", "empty"):
            return Clause(Snippet(text), selects=True, negated=asked.op == "empty")
        tags = list(asked["value"])
        text += " WHERE tag_id = ANY(%(tags)s)"
        params: dict[str, Any] = {"tags": tags}
        grouped = asked.op == "all" and len(tags) > 1
        if grouped:
            text += " GROUP BY contact_id HAVING count(*) = %(all)s"
            params["all"] = len(tags)
        unique = len(tags) == 1 or asked.op == "all"
        negated = asked.op == "none"
        return Clause(Snippet(text, params), selects=True, unique=unique, negated=negated, grouped=grouped)

    def sentence(self, asked: Condition, moment: Moment) -> Sentence:
        """Say “tagged VIP”."""
        if asked.op in ("filled", "empty"):
            return say(_("with **any tag**") if asked.op == "filled" else _("without **any tag**"))
        names = dict(Tag.objects.filter(pk__in=asked["value"]).values_list("pk", "name"))
        labels = [names.get(number, str(_("deleted tag"))) for number in asked["value"]]
        if asked.op == "all":
            return say(_("tagged **%(value)s**"), value=", ".join(labels))
        value = registry.list_text(labels)
        return say(
            _("tagged **%(value)s**") if asked.op == "any" else _("not tagged **%(value)s**"), value=value
        )

    def actual(self, asked: Condition, moment: Moment) -> Snippet | None:
        """Show the person's tags."""
        return Snippet(
            "(SELECT string_agg(tag.name, ', ' ORDER BY tag.name) FROM contacts_contacttag tagging"
            " JOIN contacts_tag tag ON tag.id = tagging.tag_id WHERE tagging.contact_id = person.id)"
        )


@dataclass(frozen=True, eq=False)
class SourceCriterion(Criterion):
    """The first source, the latest, or either."""

    key: str
    label: Any
    group: Grouping
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

    def clause(self, asked: Condition, moment: Moment) -> Clause:
        """Match one of the columns."""
        if asked.op in ("filled", "empty"):
            text = " OR ".join(f"person.{column} IS NOT NULL" for column in self.columns)
            return Clause(Snippet(f"({text})"), negated=asked.op == "empty")
        text = " OR ".join(f"person.{column} = ANY(%(sources)s)" for column in self.columns)
        return Clause(Snippet(f"({text})", {"sources": list(asked["value"])}), negated=asked.op == "is_not")

    def sentence(self, asked: Condition, moment: Moment) -> Sentence:
        """Say “from Facebook Mộc Sen”."""
        if asked.op in ("filled", "empty"):
            return say(_("with a known **source**") if asked.op == "filled" else _("without a **source**"))
        names = dict(Source.objects.filter(pk__in=asked["value"]).values_list("pk", "name"))
        labels = [names.get(number, str(_("deleted source"))) for number in asked["value"]]
        template = _("from **%(value)s**") if asked.op == "is" else _("not from **%(value)s**")
        return say(template, value=registry.list_text(labels))

    def actual(self, asked: Condition, moment: Moment) -> Snippet | None:
        """Show the names."""
        ids = ", ".join(f"person.{column}" for column in self.columns)
        return Snippet(
            f"(SELECT string_agg(name, ', ' ORDER BY name) FROM contacts_source WHERE id IN ({ids}))"
        )


def _domain(raw: str) -> str:
    return clean(raw).lower().removeprefix("@")


@dataclass(frozen=True, eq=False)
class DomainCriterion(registry.TextCriterion):
    """What stands after the @ of the mail address."""

    expression: str = "split_part(person.email, '@', 2)"
    reads: frozenset[str] = frozenset({"contact.email"})
    nullable: bool = False
    normalise: Callable[[str], str] = _domain

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # a domain is compared whole
        """Give is and is not."""
        return self.offered[:2]


def _tag_choices() -> Sequence[Choice]:
    return [
        Choice(number, name)
        for number, name in Tag.objects.order_by(Upper("name"), "id").values_list("pk", "name")
    ]


def _source_choices() -> Sequence[Choice]:
    return [Choice(number, name) for number, name in Source.objects.values_list("pk", "name")]


def _find_source(raw: str) -> int | None:
    return Source.objects.filter(code=raw).values_list("pk", flat=True).first()


def _age_bounds(asked: Condition) -> tuple[int | None, int | None]:
    value = asked.get("value")
    match asked.op:
        case "at_least":
            return value, None
        case "at_most":
            return None, value
        case "more":
            return value + 1, None
        case "less":
            return None, value - 1
        case "between":
            return asked.get("from"), asked.get("to")
        case _:
            return value, value


def _number(day_of_year: str) -> int:
    month, day = day_of_year.split("-")
    return int(month) * 100 + int(day)
