"""The workspace's settings of contacts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from quen.apps.contacts.models import ContactSettings, Field
from quen.apps.events import services as events
from quen.apps.team import services as team
from quen.core.actors import Actor
from quen.core.sql import Relation

PEOPLE_SETTINGS: Final = (
    "codes_given",
    "code_prefix",
    "code_digits",
    "young_form",
    "young_below",
    "aunt_from",
    "elder_from",
)


@transaction.atomic
def update_contact_settings(
    *, age_field: Field | None, opening_values: bool, actor: Actor, now: datetime
) -> ContactSettings:
    """Set which number field stands in for a date of birth (R-04), and whether opening values are kept (R-07).

    Contacts without a date of birth whose age is another one now are announced as changed.
    """
    settings, _created = ContactSettings.objects.get_or_create(pk=1)
    before = (settings.age_field_id, settings.opening_values)
    settings.age_field, settings.opening_values = age_field, opening_values
    if (settings.age_field_id, opening_values) == before:
        return settings
    settings.save(update_fields=["age_field", "opening_values"])
    if settings.age_field_id != before[0]:
        keys = [str(key) for key in (before[0], settings.age_field_id) if key is not None]
        events.notify_changed(
            Relation(
                "SELECT id AS contact_id FROM contacts_contact"
                " WHERE birth_on IS NULL AND attrs ?| %(keys)s::text[] AND deleted_at IS NULL",
                {"keys": keys},
                ("contact_id",),
            ),
            fields=["birth_on"],
            at=now,
        )
    data = {"age_field": age_field.name if age_field else "", "opening_values": opening_values}
    team.audit(actor, "contacts.settings_changed", now=now, data=data)
    return settings


def start_giving_codes() -> None:
    """Let new contacts of a new workspace have customer codes."""
    ContactSettings.objects.update_or_create(pk=1, defaults={"codes_given": True})


@transaction.atomic
def update_people_settings(*, values: Mapping[str, Any], actor: Actor, now: datetime) -> ContactSettings:
    """Set which new contacts get a customer code (CON-70), and how the shop addresses people (CON-69).

    values: by the names of the columns of ContactSettings, from ``codes_given`` to ``elder_from``.
    """
    ContactSettings.objects.get_or_create(pk=1)
    settings = ContactSettings.objects.select_for_update().get(pk=1)
    changed = [name for name in PEOPLE_SETTINGS if getattr(settings, name) != values[name]]
    if not changed:
        return settings
    for name in changed:
        setattr(settings, name, values[name])
    settings.save(update_fields=changed)
    team.audit(
        actor, "contacts.people_settings_changed", now=now, data={name: values[name] for name in changed}
    )
    return settings
