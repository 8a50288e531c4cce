"""Changes of the options of a choice field: other words, another order, new ones, one taken out.

Contacts store the id of an option, so only taking one out touches them.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction

from quen.apps.contacts import queries, registry
from quen.apps.contacts.models import BulkChange, Field
from quen.apps.contacts.rules.labels import field_key
from quen.apps.contacts.rules.options import FieldOptions, Option
from quen.apps.contacts.services.bulk import run_verb
from quen.apps.contacts.services.bulk_selection import batches_of
from quen.apps.contacts.services.tags import actor_data
from quen.apps.contacts.types import BulkOutcome, FieldChangedSince, OptionGone, OptionTaken
from quen.apps.events import services as events
from quen.apps.team import services as team
from quen.core import sql, text
from quen.core.actors import Actor
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.team.models import Progress

REMOVE_OPTION = "remove_option"


@transaction.atomic
def rename_option(*, field: Field, option_id: str, label: str, actor: Actor, now: datetime) -> Field:
    """Give an option other words: everybody who has it keeps it, and so does what asks for it.

    Raises OptionGone, and OptionTaken when another option reads like that: the two can be merged.
    """
    field, option = _locked(field, option_id)
    cleaned = text.clean(label)
    if field.options.is_taken(cleaned, besides=option.id):
        raise OptionTaken(label=cleaned)
    if not cleaned or cleaned == option.label:
        return field
    _store(field, field.options.changed(option.id, label=cleaned))
    data = {"name": field.name, "from": option.label, "to": cleaned}
    team.audit(actor, "contacts.option_renamed", now=now, target=field, data=data)
    return field


@transaction.atomic
def add_options(*, field: Field, labels: Sequence[str], actor: Actor, now: datetime) -> Field:
    """Add options at the end; those that are there already are left out."""
    field = Field.objects.select_for_update().get(pk=field.pk)
    options = field.options
    for label in map(text.clean, labels):
        if label and not options.is_taken(label):
            options = options.with_new(label)
    if options != field.options:
        _store(field, options)
        team.audit(actor, "contacts.field_changed", now=now, target=field, data={"name": field.name})
        registry.field_changed(field.key, now=now)
    return field


@transaction.atomic
def move_option(*, field: Field, option_id: str, up: bool) -> None:
    """Move an option one place up or down."""
    field, option = _locked(field, option_id)
    _store(field, field.options.moved(option.id, up=up))


@transaction.atomic
def remove_option(
    *, field: Field, option_id: str, into: str | None, actor: Actor, now: datetime
) -> BulkOutcome | Progress:
    """Take an option out; those who have it get another one (into), or none. A job if they are many; can be undone.

    Conditions on it ask for the other one from now on; without another they stay visible and match nobody.
    Raises OptionGone.
    """
    field, option = _locked(field, option_id)
    target = _option(field, into) if into else None
    if target is not None and target.id == option.id:
        raise OptionGone(label=option.label)
    options = field.options
    place = options.each.index(option)
    left = options.without(option.id, into=target.id if target else None)
    field.default = _default(field, option, target, left)
    _store(field, left, "default")
    registry.field_changed(field.key, now=now)
    data: dict[str, Any] = {
        "add": [f"{option.label} → {target.label}" if target else option.label],
        "field": field.pk,
        "option": {"id": option.id, "label": option.label, "former": list(option.former)},
        "place": place,
        "into": target.id if target else None,
    }
    contacts = queries.contacts_with_option(field, option.ids)
    return run_verb(
        key=REMOVE_OPTION,
        contacts=contacts,
        data=data,
        actor=actor,
        now=now,
        path=f"/contacts/fields/{field.pk}/",
    )


def apply_removal(
    change: BulkChange, contacts: Relation, actor: Actor, now: datetime
) -> tuple[int, int, dict[str, int]]:
    """Give contacts the other option instead of the removed one, or none."""
    field = Field.objects.filter(pk=change.data["field"]).first()
    if field is None:
        return 0, 0, {}
    option = change.data["option"]
    target = field.options.canonical(change.data["into"])
    statement = sql.compose(
        sql.text("contacts/replace_option"),
        contacts=contacts,
        key=str(field.pk),
        ids=[option["id"], *option["former"]],
        target=target,
        ordered=[one.id for one in field.options],
        change=change.pk,
        now=now,
    )
    requested, changed = sql.rows(statement)[0]
    _record(field, contacts, actor, now)
    return requested, changed, {}


def undo_removal(change: BulkChange, actor: Actor, now: datetime) -> tuple[int, dict[str, int]]:
    """Bring the option back, and give it to those who had it and whose value nobody changed since."""
    field = Field.objects.select_for_update().filter(pk=change.data["field"]).first()
    if field is None or not field.has_options:
        raise FieldChangedSince(name=field.name if field else "")
    stored = change.data["option"]
    option = Option(stored["id"], stored["label"], tuple(stored["former"]))
    _store(field, field.options.restored(option, place=change.data["place"]))
    registry.field_changed(field.key, now=now)
    restored = 0
    for batch in batches_of(change):
        ids = sql.array(batch)
        sql.rows(Relation(sql.text("contacts/undo_status_lock"), {"batch": ids}))
        params = {"key": str(field.pk), "change": change.pk, "batch": ids, "now": now}
        changed = [pk for (pk,) in sql.rows(Relation(sql.text("contacts/undo_values"), params))]
        _record(field, queries.relation_of_ids(changed), actor, now, undo=True)
        restored += len(changed)
    left = change.count - restored
    return restored, {"changed_since": left} if left > 0 else {}


def _record(field: Field, contacts: Relation, actor: Actor, now: datetime, **data: Any) -> None:
    said = {"fields": [field_key(field.pk)]} | data | actor_data(actor)
    events.record_relation("contact_changed", contacts, at=now, data=said)
    events.notify_changed(contacts, fields=[f"attrs.{field.pk}"], at=now)


def _locked(field: Field, option_id: str) -> tuple[Field, Option]:
    field = Field.objects.select_for_update().get(pk=field.pk)
    return field, _option(field, option_id)


def _option(field: Field, option_id: str) -> Option:
    found = field.options.get(option_id)
    if found is None:
        raise OptionGone(label=option_id)
    return found


def _store(field: Field, options: FieldOptions, *also: str) -> None:
    field.choices = options.stored()
    field.save(update_fields=["choices", *also])


def _default(field: Field, option: Option, target: Option | None, left: FieldOptions) -> Any:
    """Return the default without the removed option."""
    default = field.default
    if isinstance(default, list):
        meant = {target.id if each in option.ids and target else each for each in default}
        return [one.id for one in left if one.id in meant] or None
    if isinstance(default, str) and default in option.ids:
        return target.id if target else None
    return default
