"""Which messages are asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts import queries as contacts
from quen.apps.delivery.models import Launch
from quen.apps.delivery.types import MessageState
from quen.core import clock
from quen.ui.widgets import DayField

#: of nobody
_NOBODY = 0


class LogForm(forms.Form):
    """The filter of the message log."""

    q = forms.CharField(label=_("Customer"), required=False, max_length=254)
    state = forms.TypedChoiceField(label=_("State"), required=False, coerce=int, empty_value=None)
    launch = forms.TypedChoiceField(label=_("Campaign"), required=False, coerce=int, empty_value=None)
    since = DayField(label=_("From day"), required=False)
    until = DayField(label=_("To day"), required=False)

    def __init__(self, data: Any, *, launches: Sequence[Launch]) -> None:
        super().__init__(data)
        every = ("", _("All"))
        states = [(state.value, state.label) for state in MessageState if state != MessageState.HANDING]
        self.fields["state"].choices = [every, *states]  # type: ignore[attr-defined]  # a choice field
        self.fields["launch"].choices = [  # type: ignore[attr-defined]  # a choice field
            every,
            *((each.pk, each.name) for each in launches),
        ]

    def wanted(self, zone: ZoneInfo) -> dict[str, Any]:
        """Give what queries.log takes; what can't be read asks for nothing of its own."""
        given = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        since, until = given.get("since"), given.get("until")
        return {
            "state": given.get("state"),
            "launch_id": given.get("launch"),
            "since": clock.day_start(since, zone) if since else None,
            "until": clock.day_end(until, zone) if until else None,
            **_who(given.get("q", "").strip()),
        }


def _who(words: str) -> dict[str, Any]:
    """A phone, a mail or a code of somebody; an address nobody has any more is looked for as it stands."""
    if not words:
        return {}
    person = contacts.find_by_identifier(words)
    if person is not None:
        return {"contact_id": person.pk}
    return {"address": words.lower()} if "@" in words else {"contact_id": _NOBODY - 1}
