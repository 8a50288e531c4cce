"""The mark of incomplete contacts, computed again when the workspace requires other fields (R-01)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q

from quen.apps.contacts import queries
from quen.apps.contacts.models import Contact
from quen.apps.events import services as events

#: fields whose value is in another column; a birthday without a year counts as a value
_COLUMN_OF = {"birth_on": "birth_day"}


@transaction.atomic
def recheck_completeness(required: Sequence[str]) -> int:
    """Mark exactly the contacts that lack one of the fields. Returns how many changed.

    Safe to run again: only contacts with a wrong mark are written.
    """
    lacking = _lacking(required)
    for wrong in (
        Contact.objects.filter(lacking, incomplete=False),
        Contact.objects.filter(~lacking, incomplete=True),
    ):
        events.notify_changed(queries.relation_of(wrong), fields=["incomplete"])
    marked = Contact.objects.filter(lacking, incomplete=False).update(incomplete=True)
    cleared = Contact.objects.filter(~lacking, incomplete=True).update(incomplete=False)
    return marked + cleared


def mark_completeness(required: Sequence[str], contact_ids: Sequence[int]) -> None:
    """Mark exactly those of these contacts that lack one of the fields; the caller tells who follows them."""
    lacking, some = _lacking(required), Contact.objects.filter(pk__in=contact_ids)
    some.filter(lacking, incomplete=False).update(incomplete=True)
    some.filter(~lacking, incomplete=True).update(incomplete=False)


def _lacking(required: Sequence[str]) -> Q:
    known = {field.name for field in Contact._meta.concrete_fields}
    lacking = Q(pk__in=[])
    for key in required:
        column = _COLUMN_OF.get(key, key)
        if column in known:
            lacking |= Q(**{f"{column}__isnull": True}) | _blank(column)
    return lacking


def _blank(column: str) -> Q:
    field = Contact._meta.get_field(column)
    return Q(**{column: ""}) if field.get_internal_type() in ("CharField", "TextField") else Q(pk__in=[])
