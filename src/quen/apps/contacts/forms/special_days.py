"""Special days in the forms of a contact: the date, and a box beside it for the lunar calendar."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts.models import Field
from quen.apps.contacts.rules.labels import field_key
from quen.apps.contacts.rules.special_days import LUNAR_WORDS, SOLAR_WORDS, stored_special_day
from quen.apps.contacts.types import FieldFormat
from quen.core.dates import calendar_of
from quen.ui.widgets import CalendarInput

_BOX = "_lunar"


def box_key(key: str) -> str:
    """Return the key of the box beside a special day."""
    return f"{key}{_BOX}"


def day_field(label: str, help: str) -> forms.Field:
    """Return the form field of the date."""
    hint = help or _("Day and month are enough if you don't know the year.")
    return forms.CharField(label=label, widget=CalendarInput(), help_text=hint, required=False)


def box_field(label: str) -> forms.Field:
    """Return the form field of the box."""
    return forms.BooleanField(label=_("%(day)s: lunar calendar") % {"day": label}, required=False)


def with_boxes(custom: Mapping[str, Field], keys: Iterable[str]) -> list[str]:
    """Return keys of fields, each special day followed by its box."""
    found = []
    for key in keys:
        found.append(key)
        if key in custom and custom[key].format == FieldFormat.SPECIAL_DAY:
            found.append(box_key(key))
    return found


def initial_days(custom: Iterable[Field], stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return dates and boxes of the special days. stored: values by field id, as text."""
    initial: dict[str, Any] = {}
    for field in custom:
        if field.format == FieldFormat.SPECIAL_DAY:
            day, key = stored_special_day(stored.get(str(field.pk))), field_key(field.pk)
            initial[key] = day.typed() if day is not None else ""
            initial[box_key(key)] = day.lunar if day is not None else field.is_lunar
    return initial


def typed_with_calendar(text: str, is_lunar: bool) -> str:
    """Return a typed date that says its calendar, so that the default of its field doesn't matter."""
    if not text.strip() or calendar_of(text)[1] is not None:
        return text
    return text + (LUNAR_WORDS if is_lunar else SOLAR_WORDS)
