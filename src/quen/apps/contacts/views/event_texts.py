"""Events as text: a kind's sentence filled with labels for the codes in an event's data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quen.apps.contacts import queries
from quen.apps.contacts.rules.identifiers import LABELS as IDENTIFIER_LABELS
from quen.apps.contacts.rules.labels import LABELS, field_id_of
from quen.apps.contacts.types import Channel, Consent, Status
from quen.apps.events.types import EventKind

if TYPE_CHECKING:
    from quen.apps.events.models import Event


#: what is not edited as a value
_OTHER_LABELS = {
    "further_addresses": gettext_lazy("Other addresses"),
    "first_source": gettext_lazy("First source"),
    "restricted_at": gettext_lazy("Data restricted"),
}


def event_text(event: Event, kind: EventKind, field_names: Mapping[int, str]) -> str:
    """Return an event's sentence; the label of its kind when its data lacks a value.

    field_names: names of custom fields by id.
    """
    data: Mapping[str, Any] = event.data or {}
    texts = {key: _text_for(key, value, data, field_names) for key, value in data.items()}
    try:
        return str(kind.sentence) % texts
    except KeyError:
        return str(kind.label)


def event_html(event: Event, kind: EventKind, field_names: Mapping[int, str]) -> SafeString:
    """Return an event's sentence with the values set off from the words around them."""
    data: Mapping[str, Any] = event.data or {}
    texts = {
        key: f'<b class="font-medium text-ink">{escape(_text_for(key, value, data, field_names))}</b>'
        for key, value in data.items()
    }
    try:
        return mark_safe(escape(str(kind.sentence)) % texts)  # noqa: S308  # both sides are escaped
    except KeyError:
        return escape(str(kind.label))


def _text_for(key: str, value: Any, data: Mapping[str, Any], field_names: Mapping[int, str]) -> str:
    if key == "fields":
        return ", ".join(_field_name(name, field_names) for name in value)
    if key == "purpose":
        return queries.purposes().get(value, str(value))
    if key == "channel" and value in Channel.values:
        return str(Channel(value).label)
    if key in {"to", "from"} and isinstance(value, int):
        return str(Consent(value).label if "channel" in data else Status(value).label)
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _field_name(name: str, field_names: Mapping[int, str]) -> str:
    number = field_id_of(name)
    if number is not None:
        return field_names.get(number, _("a deleted field"))
    label = LABELS.get(name) or IDENTIFIER_LABELS.get(name) or _OTHER_LABELS.get(name)
    return str(label).lower() if label else name
