"""Conditions on the source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
    Sentence,
    SqlFragment,
    format_sentence,
)
from quen.apps.contacts.models import Source


@dataclass(frozen=True, eq=False)
class SourceConditionType(ConditionType):
    """The first source, the latest, or either."""

    key: str
    label: Any
    group: str
    columns: tuple[str, ...]

    @property
    def reads(self) -> frozenset[str]:  # type: ignore[override]  # follows the columns
        """Return the columns."""
        return frozenset(f"contact.{column.removesuffix('_id')}" for column in self.columns)

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # read only
        """Return any of, none of, known or not."""
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
        """Return the clause: one of the columns matches."""
        if condition.op in ("filled", "empty"):
            text = " OR ".join(f"contact.{column} IS NOT NULL" for column in self.columns)
            return Clause(SqlFragment(f"({text})"), negated=condition.op == "empty")
        text = " OR ".join(f"contact.{column} = ANY(%(sources)s)" for column in self.columns)
        return Clause(
            SqlFragment(f"({text})", {"sources": list(condition["value"])}), negated=condition.op == "is_not"
        )

    def sentence(self, condition: Condition, context: EvaluationContext) -> Sentence:
        """Return “from Facebook Mộc Sen”."""
        if condition.op in ("filled", "empty"):
            return format_sentence(
                _("with a **source**") if condition.op == "filled" else _("without a **source**")
            )
        names = dict(Source.objects.filter(pk__in=condition["value"]).values_list("pk", "name"))
        labels = [names.get(number, str(_("deleted source"))) for number in condition["value"]]
        template = _("from **%(value)s**") if condition.op == "is" else _("not from **%(value)s**")
        return format_sentence(template, value=registry.list_text(labels))

    def actual_value(self, condition: Condition, context: EvaluationContext) -> SqlFragment | None:
        """Return the names."""
        ids = ", ".join(f"contact.{column}" for column in self.columns)
        return SqlFragment(
            f"(SELECT string_agg(name, ', ' ORDER BY name) FROM contacts_source WHERE id IN ({ids}))"
        )


def _source_choices() -> Sequence[Choice]:
    return [Choice(number, name) for number, name in Source.objects.values_list("pk", "name")]


def _find_source(raw: str) -> int | None:
    return Source.objects.filter(code=raw).values_list("pk", flat=True).first()
