"""Conditions on the custom fields of the current workspace, with the operators of each format (SEG-02)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from quen.apps.audience import registry
from quen.apps.audience.types import Choice, ConditionType, FieldArchived
from quen.apps.contacts.conditions.annual_days import special_day_condition
from quen.apps.contacts.models import Field
from quen.apps.contacts.types import FieldFormat

PREFIX = "custom."
#: guards the cast: a value that is not an instant counts as none
_INSTANT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d"


class CustomFieldConditions:
    """Provides the condition of each custom field; its key in JSON is ``custom.<key>``."""

    families = frozenset({"field"})
    groups = frozenset({"custom"})
    reads = frozenset({"contact.attrs.*"})

    def all(self) -> Sequence[ConditionType]:
        """Return the conditions of all fields that are not archived."""
        return [condition_type_of(field) for field in Field.objects.filter(archived_at=None)]

    def find(self, family: str, key: str) -> ConditionType | None:
        """Return the condition of a field. Raises FieldArchived."""
        if family != "field" or not key.startswith(PREFIX):
            return None
        field = Field.objects.filter(key=key.removeprefix(PREFIX)).first()
        if field is not None and field.archived_at is not None:
            raise FieldArchived(label=field.label, key=key)
        return condition_type_of(field) if field else None


def condition_type_of(field: Field) -> ConditionType:
    """Return the condition of a field. Only the field's id becomes SQL; an index on the expression serves it."""
    number = int(field.pk)
    value, text = f"(contact.attrs -> '{number}')", f"(contact.attrs ->> '{number}')"
    key, group = f"{PREFIX}{field.key}", "custom"
    reads = frozenset({f"contact.attrs.{number}"})
    match FieldFormat(field.format):
        case FieldFormat.NUMBER:
            guarded = f"CASE WHEN jsonb_typeof{value} = 'number' THEN {value}::numeric END"
            return registry.NumberConditionType(key, field.label, group, f"({guarded})", reads)
        case FieldFormat.DATE:
            return registry.DayConditionType(
                key, field.label, group, f'({text} COLLATE "C")', reads, as_text=True
            )
        case FieldFormat.SPECIAL_DAY:
            return special_day_condition(key, field.label, group, number)
        case FieldFormat.DATE_TIME:
            guarded = f"CASE WHEN {text} ~ '{_INSTANT}' THEN {text}::timestamptz END"
            return registry.InstantConditionType(
                key, field.label, group, f"({guarded})", reads, allow_future=True
            )
        case FieldFormat.YES_NO:
            guarded = f"CASE WHEN jsonb_typeof{value} = 'boolean' THEN {value}::boolean END"
            return registry.YesNoConditionType(key, field.label, group, f"({guarded})", reads)
        case FieldFormat.SINGLE:
            return registry.ChoiceConditionType(key, field.label, group, text, reads, **_choices(field))
        case FieldFormat.MULTIPLE:
            return registry.SetConditionType(key, field.label, group, value, reads, **_choices(field))
        case _:
            return registry.TextConditionType(key, field.label, group, text, reads)


def _choices(field: Field) -> dict[str, Any]:
    """Return the options by id; conditions keep it when the words change, or when it was merged into another."""
    options = field.options
    choices = [Choice(one.id, one.label) for one in options]
    return {
        "choices": lambda: choices,
        "closed": True,
        "find": options.find,
        "former": {pk: one.id for one in options for pk in one.former},
    }
