"""Conditions on the source."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

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
from quen.apps.contacts.models import Source


@dataclass(frozen=True, eq=False)
class SourceConditionType(ConditionType):
    """The first source, the latest, or either."""

    key: str
    label: Any
    group: str
    columns: tuple[str, ...]
    sentences: Mapping[str, LazyText]

    opposites: ClassVar[Mapping[str, str]] = registry.OPPOSITES

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

    def template(self, op: str) -> LazyText:
        """Return “from %(value)s”."""
        return self.sentences[op]

    def format_arguments(self, condition: Condition, context: EvaluationContext) -> dict[str, str]:
        """Return the names of the sources."""
        if condition.get("value") is None:
            return {}
        names = dict(Source.objects.filter(pk__in=condition["value"]).values_list("pk", "name"))
        labels = [names.get(number, str(_("deleted source"))) for number in condition["value"]]
        return {"value": self.choices_text(condition.op, labels)}

    def choices_text(self, op: str, labels: Sequence[str]) -> str:
        """Return “Facebook or Zalo”."""
        return registry.list_text(list(labels))

    def actual_value(self, condition: Condition, context: EvaluationContext) -> SqlFragment | None:
        """Return the names."""
        ids = ", ".join(f"contact.{column}" for column in self.columns)
        return SqlFragment(
            f"(SELECT string_agg(name, ', ' ORDER BY name) FROM contacts_source WHERE id IN ({ids}))"
        )


SOURCE_SENTENCES = {
    "is": _("who came from **%(value)s**"),
    "is_not": _("who did not come from **%(value)s**"),
    "filled": _("with a **known source**"),
    "empty": _("without a **known source**"),
}
FIRST_SOURCE_SENTENCES = SOURCE_SENTENCES | {
    "is": _("who first came from **%(value)s**"),
    "is_not": _("who did not first come from **%(value)s**"),
}
LATEST_SOURCE_SENTENCES = SOURCE_SENTENCES | {
    "is": _("who last came from **%(value)s**"),
    "is_not": _("who did not last come from **%(value)s**"),
}


def _source_choices() -> Sequence[Choice]:
    return [Choice(number, name) for number, name in Source.objects.values_list("pk", "name")]


def _find_source(raw: str) -> int | None:
    return Source.objects.filter(code=raw).values_list("pk", flat=True).first()
