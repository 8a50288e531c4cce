"""What the drawer next to the list shows of one contact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from quen.apps.contacts.list.columns import province_of
from quen.apps.contacts.models import Contact
from quen.apps.contacts.rules.labels import LABELS
from quen.apps.contacts.types import Channel, Consent, Status
from quen.apps.events import queries as events
from quen.apps.events import registry
from quen.ui.tags.filters import money

_LATEST = 4
_MAIN_CHANNELS = (Channel.EMAIL, Channel.ZALO, Channel.SMS)


@dataclass(frozen=True, slots=True)
class DrawerEvent:
    """An event as a line of the drawer."""

    icon: str
    text: str
    at: datetime


def channel_consents(contact: Contact) -> list[tuple[str, bool]]:
    """Return whether the contact may be reached by each main channel, and by any other that was granted."""
    visible = [(channel, contact.consent(channel) == Consent.GRANTED) for channel in Channel]
    return [(str(channel.label), yes) for channel, yes in visible if yes or channel in _MAIN_CHANNELS]


def location(contact: Contact) -> str:
    """Return ward or district, and province."""
    return ", ".join(filter(None, (contact.ward or contact.district, province_of(contact))))


def latest_events(contact_id: int) -> list[DrawerEvent]:
    """Return the latest events of the contact and of their record."""
    lines = []
    for event in events.timeline(contact_id)[:_LATEST]:
        kind = registry.by_code(event.kind)
        if kind is not None:
            text = _sentence(str(kind.sentence), str(kind.label), event.data or {})
            if kind.has_value and event.value is not None:
                text = _("%(what)s, %(amount)s") % {"what": text, "amount": money(event.value)}
            lines.append(DrawerEvent(kind.icon, text, event.at))
    return lines


def _sentence(sentence: str, label: str, data: Mapping[str, Any]) -> str:
    """Return an event's sentence; the label of its kind when the data lacks a value."""
    try:
        return sentence % _EventTexts(data)
    except KeyError:
        return label


class _EventTexts(dict[str, str]):
    """The data of an event as text."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        is_consent = "channel" in data
        super().__init__({key: self._text_for(key, value, is_consent) for key, value in data.items()})

    @staticmethod
    def _text_for(key: str, value: Any, is_consent: bool) -> str:
        if key == "to" and isinstance(value, int):
            return str(Consent(value).label if is_consent else Status(value).label)
        if key == "channel":
            return str(Channel(value).label)
        if key == "fields":
            return ", ".join(str(LABELS[name]).lower() for name in value if name in LABELS) or _(
                "custom fields"
            )
        return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
