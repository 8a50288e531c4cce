"""Which lines of the ledger are asked for."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.compliance.types import RefusalWay
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import Channel, Consent, ConsentWay
from quen.core import clock
from quen.ui.widgets import DayField

#: how a line came about, beside what people may choose
_OTHERS = {"import": _("An import"), "undo": _("An undo")}


def ways() -> dict[str, str]:
    """Give the names of the ways, in the reader's language."""
    own = {way.value: str(way.label) for way in RefusalWay}
    chosen = {way.value: str(way.label) for way in ConsentWay}
    return own | chosen | {key: str(name) for key, name in _OTHERS.items()}


class LedgerForm(forms.Form):
    """The filter of the ledger."""

    q = forms.CharField(label=_("Customer"), required=False, max_length=200)
    channel = forms.ChoiceField(label=_("Channel"), required=False)
    consent = forms.TypedChoiceField(label=_("Answer"), required=False, coerce=int, empty_value=None)
    way = forms.ChoiceField(label=_("Way"), required=False)
    since = DayField(label=_("From day"), required=False)
    until = DayField(label=_("To day"), required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as given
        every = ("", _("All"))
        self.fields["channel"].choices = [every, *Channel.choices]  # type: ignore[attr-defined]  # a choice field
        self.fields["consent"].choices = [every, *Consent.choices]  # type: ignore[attr-defined]  # a choice field
        self.fields["way"].choices = [every, *ways().items()]  # type: ignore[attr-defined]  # a choice field

    def wanted(self, zone: ZoneInfo) -> contacts.LedgerWanted:
        """Give what is asked for; what can't be read asks for nothing of its own."""
        given = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        since, until = given.get("since"), given.get("until")
        return contacts.LedgerWanted(
            words=given.get("q", ""),
            channel=given.get("channel", ""),
            consent=given.get("consent"),
            way=given.get("way", ""),
            since=clock.day_start(since, zone) if since else None,
            until=clock.day_end(until, zone) if until else None,
        )
