"""Condition on tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db.models.functions import Upper
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
)
from quen.apps.audience.types.condition_types import LazyText
from quen.apps.contacts.models import Tag


@dataclass(frozen=True, eq=False)
class TagsConditionType(ConditionType):
    """Tags, by id in JSON; names are accepted too."""

    key: str
    label: Any
    group: str
    reads: frozenset[str] = frozenset({"contact.tags"})

    opposites: ClassVar[Mapping[str, str]] = registry.OPPOSITES

    @property
    def operators(self) -> tuple[Operator, ...]:  # type: ignore[override]  # read only
        """Return any, all, none, with or without any tag."""
        values = Argument("value", ArgumentKind.CHOICES, self.label, choices=_tag_choices, default=[])
        return (
            Operator("any", _("any of"), (values,)),
            Operator("all", _("all of"), (values,)),
            Operator("none", _("none of"), (values,)),
            Operator("filled", _("has a value")),
            Operator("empty", _("is empty")),
        )

    def clause(self, condition: Condition, context: EvaluationContext) -> Clause:
        """Return the clause: the contacts of the tags, by the index on tag and contact."""
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
        clause = Clause(
            SqlFragment(text, params), selects=True, unique=unique, negated=negated, grouped=grouped
        )
        gone = len(tags) - Tag.objects.filter(pk__in=tags).count()
        return clause.without(gone, of=len(tags), every=condition.op == "all")

    def template(self, op: str) -> LazyText:
        """Return “tagged %(value)s”."""
        return _SENTENCES[op]

    def sentence(self, condition: Condition, context: EvaluationContext) -> Sentence:
        """Return the sentence; all of one tag reads like any of it."""
        if condition.op == "all" and len(condition["value"]) == 1:
            arguments = {"value": condition["value"]}
            condition = Condition.of(condition.family, condition.key, "any", arguments)
        return ConditionType.sentence(self, condition, context)

    def format_arguments(self, condition: Condition, context: EvaluationContext) -> dict[str, str]:
        """Return the names of the tags."""
        if condition.get("value") is None:
            return {}
        names = dict(Tag.objects.filter(pk__in=condition["value"]).values_list("pk", "name"))
        labels = [names.get(number, str(_("deleted tag"))) for number in condition["value"]]
        return {"value": self.choices_text(condition.op, labels)}

    def choices_text(self, op: str, labels: Sequence[str]) -> str:
        """Return “VIP and new” for all of them, else “VIP or new”."""
        return registry.all_of_text(list(labels)) if op == "all" else registry.list_text(list(labels))

    def actual_value(self, condition: Condition, context: EvaluationContext) -> SqlFragment | None:
        """Return the contact's tags."""
        return SqlFragment(
            "(SELECT string_agg(tag.name, ', ' ORDER BY tag.name) FROM contacts_contacttag tagging"
            " JOIN contacts_tag tag ON tag.id = tagging.tag_id WHERE tagging.contact_id = contact.id)"
        )


_SENTENCES = {
    "any": _("tagged **%(value)s**"),
    "all": _("tagged with all of **%(value)s**"),
    "none": _("not tagged **%(value)s**"),
    "filled": _("with **at least one tag**"),
    "empty": _("without **any tag**"),
}


def _tag_choices() -> Sequence[Choice]:
    return [
        Choice(number, name)
        for number, name in Tag.objects.order_by(Upper("name"), "id").values_list("pk", "name")
    ]
