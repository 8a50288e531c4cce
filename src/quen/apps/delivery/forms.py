"""The filter of the message log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts import queries as contacts
from quen.apps.delivery.models import Dispatch
from quen.apps.delivery.types import MessageState
from quen.core import clock
from quen.ui.widgets import DayField

#: the contact_id of messages to nobody we know
_NO_CONTACT_ID = 0


class MessageLogForm(forms.Form):
    """The filter of the message log."""

    q = forms.CharField(label=_("Customer"), required=False, max_length=254)
    state = forms.TypedChoiceField(label=_("State"), required=False, coerce=int, empty_value=None)
    dispatch = forms.TypedChoiceField(label=_("Campaign"), required=False, coerce=int, empty_value=None)
    since = DayField(label=_("From day"), required=False)
    until = DayField(label=_("To day"), required=False)

    def __init__(self, data: Any, *, dispatches: Sequence[Dispatch]) -> None:
        super().__init__(data)
        every = ("", _("All"))
        states = [(state.value, state.label) for state in MessageState if state != MessageState.IN_FLIGHT]
        self.fields["state"].choices = [every, *states]  # type: ignore[attr-defined]  # a choice field
        self.fields["dispatch"].choices = [  # type: ignore[attr-defined]  # a choice field
            every,
            *((each.pk, each.name) for each in dispatches),
        ]

    def filters(self, zone: ZoneInfo) -> dict[str, Any]:
        """Return the arguments of queries.message_log. Fields with errors filter nothing."""
        data = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        since, until = data.get("since"), data.get("until")
        return {
            "state": data.get("state"),
            "dispatch_id": data.get("dispatch"),
            "since": clock.day_start(since, zone) if since else None,
            "until": clock.day_end(until, zone) if until else None,
            **_contact_filter(data.get("q", "").strip()),
        }


def _contact_filter(text: str) -> dict[str, Any]:
    """Find the contact with a phone, email or code; otherwise match the email address as it was typed."""
    if not text:
        return {}
    contact = contacts.find_by_identifier(text)
    if contact is not None:
        return {"contact_id": contact.pk}
    return {"address": text.lower()} if "@" in text else {"contact_id": _NO_CONTACT_ID - 1}
