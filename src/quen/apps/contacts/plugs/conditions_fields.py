"""Conditions on the custom fields of the present workspace, with the operators of each format (SEG-02)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from quen.apps.audience import registry
from quen.apps.audience.types import Choice, Criterion, FieldArchived, Grouping
from quen.apps.contacts.models import Field
from quen.apps.contacts.types import FieldFormat

PREFIX = "custom."
#: guards the cast: a value that is no instant is as good as none
_INSTANT = r"^\d{4}-\d\d-\d\dT\d\d:\d\d"


class CustomFields:
    """A field stands in JSON as ``custom.<key>``."""

    families = frozenset({"field"})

    def all(self) -> Sequence[Criterion]:
        """Give the conditions of all fields that are not archived."""
        return [criterion_of(field) for field in Field.objects.filter(archived_at=None)]

    def find(self, family: str, key: str) -> Criterion | None:
        """Give a field's condition. Raises FieldArchived."""
        if family != "field" or not key.startswith(PREFIX):
            return None
        field = Field.objects.filter(key=key.removeprefix(PREFIX)).first()
        if field is not None and field.archived_at is not None:
            raise FieldArchived(label=field.name, key=key)
        return criterion_of(field) if field else None


def criterion_of(field: Field) -> Criterion:
    """Give the condition of a field. Only its number becomes SQL; an index on the expression serves it."""
    number = int(field.pk)
    value, text = f"(person.attrs -> '{number}')", f"(person.attrs ->> '{number}')"
    key, group = f"{PREFIX}{field.key}", Grouping.CUSTOM
    reads = frozenset({f"contact.attrs.{number}"})
    match FieldFormat(field.format):
        case FieldFormat.NUMBER:
            guarded = f"CASE WHEN jsonb_typeof{value} = 'number' THEN {value}::numeric END"
            return registry.NumberCriterion(key, field.name, group, f"({guarded})", reads)
        case FieldFormat.DATE:
            return registry.DayCriterion(key, field.name, group, f'({text} COLLATE "C")', reads, as_text=True)
        case FieldFormat.DATE_TIME:
            guarded = f"CASE WHEN {text} ~ '{_INSTANT}' THEN {text}::timestamptz END"
            return registry.InstantCriterion(key, field.name, group, f"({guarded})", reads, ahead=True)
        case FieldFormat.YES_NO:
            guarded = f"CASE WHEN jsonb_typeof{value} = 'boolean' THEN {value}::boolean END"
            return registry.YesNoCriterion(key, field.name, group, f"({guarded})", reads)
        case FieldFormat.SINGLE:
            return registry.ChoiceCriterion(key, field.name, group, text, reads, choices=_choices(field))
        case FieldFormat.MULTIPLE:
            return registry.SetCriterion(key, field.name, group, value, reads, choices=_choices(field))
        case _:
            return registry.TextCriterion(key, field.name, group, text, reads)


def _choices(field: Field) -> Callable[[], Sequence[Choice]]:
    values = [str(choice) for choice in field.choices]
    return lambda: [Choice(value, value) for value in values]
