"""The workspace's settings of contacts."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from quen.apps.contacts.models import ContactSettings, Field
from quen.apps.events import services as events
from quen.apps.team import services as team
from quen.core.actors import Actor
from quen.core.sql import Relation


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
