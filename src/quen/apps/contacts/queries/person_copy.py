"""What contacts and events keep about a person, for the copy that they may ask for (CON-67)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from quen.apps.contacts.consent_log import answer_time, channel_label, file_origin, ground_of, purposes
from quen.apps.contacts.models import Contact, Field
from quen.apps.contacts.queries.changes import consent_entries
from quen.apps.contacts.queries.fields import all_fields
from quen.apps.contacts.queries.lookup import find_including_deleted
from quen.apps.contacts.queries.special_days import special_day_text
from quen.apps.contacts.queries.tags import tags_of_many
from quen.apps.contacts.rules.birthdays import stored_birthday
from quen.apps.contacts.rules.labels import LABELS
from quen.apps.contacts.types import Consent, FieldFormat, Gender, Status
from quen.apps.events import queries as events
from quen.apps.events import registry as event_registry
from quen.core import countries, phones, provinces


def profile_copy(contact_id: int) -> list[dict[str, Any]]:
    """Return the contact's values, custom fields, identifiers and tags as one record; nothing once erased."""
    contact = find_including_deleted(contact_id)
    if contact is None:
        return []
    record = {str(label): _plain(getattr(contact, key, "")) for key, label in LABELS.items()}
    # Whether the birthday is lunar is said beside it.
    del record[str(LABELS["birth_is_lunar"])]
    record |= {str(LABELS[key]): value for key, value in _in_words(contact).items()}
    record |= {
        _("Status"): str(Status(contact.status).label),
        _("Tags"): tags_of_many([contact.pk]).get(contact.pk, []),
        _("Accounts and codes"): [
            f"{system}: {value}"
            for system, value in contact.identities.filter(deleted_at=None).values_list(
                "system", "external_id"
            )
        ],
        _("Other addresses"): [
            ", ".join(filter(None, (each.address_line, each.ward, each.district, each.city, each.country)))
            for each in contact.further_addresses.all()
        ],
        _("Total spent"): _plain(contact.spent),
        _("Total orders"): contact.orders_count,
        _("Last activity"): _plain(contact.last_activity_at),
    }
    fields = all_fields()
    record |= {
        fields[int(key)].label: _custom(fields[int(key)], value)
        for key, value in contact.attrs.items()
        if int(key) in fields
    }
    return [record]


def _custom(field: Field, value: Any) -> Any:
    if field.format == FieldFormat.SPECIAL_DAY:
        return special_day_text(value)
    return _plain(field.in_words(value))


def _in_words(contact: Contact) -> dict[str, str]:
    """Return the values that are stored as codes, as a person reads them."""
    language = get_language() or settings.LANGUAGE_CODE
    born = stored_birthday(contact.birth_on, contact.birth_day, is_lunar=contact.birth_is_lunar)
    birthday = born.typed() if born is not None else ""
    province = provinces.NEW.get(contact.province)
    return {
        "phone": phones.display(contact.phone) if contact.phone else "",
        "birth_on": _("%(day)s (lunar)") % {"day": birthday} if contact.birth_is_lunar else birthday,
        "gender": str(Gender(contact.gender).label) if contact.gender else "",
        "language": dict(settings.LANGUAGES).get(contact.language, contact.language),
        "country": countries.name(contact.country, language) if contact.country else "",
        "province": province.name if province is not None else "",
    }


def consent_copy(contact_id: int) -> list[dict[str, Any]]:
    """Return the lines of the consent log about a person, newest first."""
    labels = purposes()
    return [
        {
            _("When"): _plain(entry.at),
            _("Channel"): channel_label(entry),
            _("Purpose"): labels.get(entry.purpose, entry.purpose),
            _("Answer"): str(Consent(entry.consent).label),
            _("Proof"): ground_of(entry) or str(file_origin(entry) or ""),
            _("Wording"): entry.proof.wording,
            _("Obtained on"): _plain(answer_time(entry)),
        }
        for entry in consent_entries(Contact(pk=contact_id))
    ]


def events_copy(contact_id: int) -> list[dict[str, Any]]:
    """Return what is recorded of a person's actions, newest first."""
    found = []
    for event in events.timeline(contact_id):
        kind = event_registry.by_code(event.kind)
        details = {str(key): _plain(value) for key, value in (event.data or {}).items()}
        found.append(
            {
                _("When"): _plain(event.at),
                _("What"): str(kind.label) if kind is not None else "",
                _("Details"): [f"{key}: {value}" for key, value in details.items()],
            }
        )
    return found


def _plain(value: Any) -> Any:
    """Return a value as JSON can hold it: dates and numbers with decimals as text, yes and no as words."""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str | int | float | list | None) else str(value)
