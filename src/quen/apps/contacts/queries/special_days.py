"""Special days and birthdays: whose day it is."""

from __future__ import annotations

from datetime import date, timedelta

from django.utils.translation import gettext as _

from quen.apps.contacts.models import Contact, Field
from quen.apps.contacts.rules.birthdays import Birthday
from quen.apps.contacts.rules.special_days import LUNAR, key_in_sql, key_text, keys_on, stored_special_day
from quen.apps.contacts.types import FieldFormat
from quen.core.sql import Relation
from quen.ui.tags.filters import day as day_text


def special_days() -> list[Field]:
    """Return the special days in use, by position."""
    return list(Field.objects.filter(archived_at=None, format=FieldFormat.SPECIAL_DAY))


def archived_special_days() -> list[Field]:
    """Return the special days that are put out of use."""
    return list(Field.objects.filter(format=FieldFormat.SPECIAL_DAY).exclude(archived_at=None))


def annual_day_text(day: Birthday | None) -> str:
    """Return a day as it is said: without a year when that is unknown, with “lunar” for a lunar one."""
    if day is None:
        return ""
    return _("%(day)s (lunar)") % {"day": day_text(day.day)} if day.lunar else day_text(day.day)


def special_day_text(stored: object) -> str:
    """Return a stored special day as it is said."""
    return annual_day_text(stored_special_day(stored))


def count_birthdays() -> int:
    """Return how many contacts have a birthday."""
    return Contact.objects.filter(birth_day__isnull=False).count()


def people_on(day: date, *, special_day: Field | None, offset_days: int = 0) -> Relation:
    """Return contact_id of everybody for whom something is to happen on a day, so many days from their special day.

    special_day: None for the birthday.  offset_days: -3 is three days before it, 3 three days after.
    """
    keys = keys_on([day - timedelta(days=offset_days)])
    if special_day is None:
        where = (
            "birth_day = ANY(%(solar)s::int[]) AND NOT birth_is_lunar"
            " OR birth_day = ANY(%(lunar)s::int[]) AND birth_is_lunar"
        )
        params: dict[str, object] = {"solar": keys.solar, "lunar": keys.lunar}
    else:
        key = key_in_sql(special_day.pk)
        is_lunar = f"left(attrs ->> '{int(special_day.pk)}', {len(LUNAR)}) = '{LUNAR}'"
        where = (
            f"{key} = ANY(%(solar)s::text[]) AND NOT {is_lunar}"
            f" OR {key} = ANY(%(lunar)s::text[]) AND {is_lunar}"
        )
        params = {"solar": [*map(key_text, keys.solar)], "lunar": [*map(key_text, keys.lunar)]}
    return Relation(
        f"SELECT id AS contact_id FROM contacts_contact WHERE deleted_at IS NULL AND ({where})", params
    )
