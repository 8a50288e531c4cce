"""Values from somebody whose identity is not certain: they fill what is empty and change nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.db import transaction

from quen.apps.contacts import queries
from quen.apps.contacts.models import Contact, Field
from quen.apps.contacts.rules.labels import field_id_of
from quen.apps.contacts.rules.values import parse_values
from quen.apps.contacts.services.consent import lock_contact
from quen.apps.contacts.services.contacts import update_contact
from quen.core import clock
from quen.core.actors import Actor
from quen.core.errors import DomainError
from quen.core.text import fold

if TYPE_CHECKING:
    from datetime import datetime

    from quen.apps.accounts.models import Workspace
    from quen.apps.contacts.models import Source

_EMPTY: tuple[Any, ...] = (None, "", [], ())


@dataclass(slots=True)
class FilledContact:
    """What became of values. filled: keys.  differing: raw values of fields that have another value.

    refused: a reason code for each value that its field cannot hold.
    """

    contact: Contact
    filled: list[str] = field(default_factory=list)
    differing: dict[str, Any] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


@transaction.atomic
def fill_contact(
    *,
    workspace: Workspace,
    contact: Contact,
    values: Mapping[str, Any],
    source: Source | None = None,
    actor: Actor,
    now: datetime,
) -> FilledContact:
    """Write the values whose fields are empty, and return what was written and what differs. Locks the contact.

    values: raw, by the keys of rules.labels.LABELS, custom ones by ``field_<id>``. A value that another contact has for
    itself counts as one that differs. A key that is no field any more is refused as "unknown".
    """
    contact = lock_contact(contact)
    outcome = FilledContact(contact)
    fields = {each.pk: each for each in queries.active_fields()}
    empty: dict[str, Any] = {}
    for key, raw in values.items():
        match _compare(contact, key, raw, fields, workspace, now):
            case "empty":
                empty[key] = raw
            case "differs":
                outcome.differing[key] = raw
            case "same":
                pass
            case reason:
                outcome.refused[key] = reason
    try:
        with transaction.atomic():
            _update(outcome, workspace, empty, source, actor, now)
    except DomainError:
        for key, raw in empty.items():
            try:
                with transaction.atomic():
                    _update(outcome, workspace, {key: raw}, source, actor, now)
            except DomainError:
                outcome.differing[key] = raw
    return outcome


def _update(
    outcome: FilledContact,
    workspace: Workspace,
    values: Mapping[str, Any],
    source: Source | None,
    actor: Actor,
    now: datetime,
) -> None:
    if values:
        outcome.contact = update_contact(
            workspace=workspace, contact=outcome.contact, values=values, source=source, actor=actor, now=now
        )
        outcome.filled += values


def _compare(
    contact: Contact, key: str, raw: Any, fields: Mapping[int, Field], workspace: Workspace, now: datetime
) -> str:
    """Return "empty", "same", "differs", or why the field cannot hold the value."""
    number = field_id_of(key)
    if number is not None and number not in fields:
        return "unknown"
    today = clock.local_day(now, workspace.zone)
    parsed = parse_values({key: raw}, fields=fields, zone=workspace.zone, today=today)
    if parsed.refused:
        return parsed.refused[key]
    before = contact.attrs if parsed.attrs else vars(contact)
    after = parsed.attrs or parsed.columns
    if all(value in _EMPTY or value is False for value in after.values()):
        return "same"
    # What follows from others, as the calendar of a birthday, is empty with them.
    if all(before.get(name) in _EMPTY or before.get(name) is False for name in after):
        return "empty"
    if all(_same(before.get(name), value) for name, value in after.items()):
        return "same"
    owner = queries.find_by_identity(key, str(after[key])) if key in ("phone", "email") else None
    return "same" if owner is not None and owner.pk == contact.pk else "differs"


def _same(before: Any, after: Any) -> bool:
    if isinstance(before, str) and isinstance(after, str):
        return fold(before) == fold(after)
    return before == after or (before in _EMPTY and after in _EMPTY)
