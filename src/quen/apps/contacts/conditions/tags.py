"""Condition on tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
    format_sentence,
)
from quen.apps.contacts.models import Tag


@dataclass(frozen=True, eq=False)
class TagsConditionType(ConditionType):
    """Tags, by id in JSON; names are accepted too."""

    key: str
    label: Any
    group: str
    reads: frozenset[str] = frozenset({"contact.tags"})

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
        return Clause(
            SqlFragment(text, params), selects=True, unique=unique, negated=negated, grouped=grouped
        )

    def sentence(self, condition: Condition, context: EvaluationContext) -> Sentence:
        """Return “tagged VIP”."""
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
        """Return the contact's tags."""
        return SqlFragment(
            "(SELECT string_agg(tag.name, ', ' ORDER BY tag.name) FROM contacts_contacttag tagging"
            " JOIN contacts_tag tag ON tag.id = tagging.tag_id WHERE tagging.contact_id = contact.id)"
        )


def _tag_choices() -> Sequence[Choice]:
    return [
        Choice(number, name)
        for number, name in Tag.objects.order_by(Upper("name"), "id").values_list("pk", "name")
    ]
