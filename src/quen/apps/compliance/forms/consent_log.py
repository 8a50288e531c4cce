"""The filter of the consent log."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.compliance.types import UnsubscribeMethod
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import Channel, Consent, ConsentMethod
from quen.core import clock
from quen.ui.widgets import DayField

#: methods that cannot be chosen in a form
_OTHER_METHODS = {"import": _("Import"), "undo": _("Undo")}


def method_labels() -> dict[str, str]:
    """Return the labels of all methods by key, in the active language."""
    own = {method.value: str(method.label) for method in UnsubscribeMethod}
    chosen = {method.value: str(method.label) for method in ConsentMethod}
    return own | chosen | {key: str(name) for key, name in _OTHER_METHODS.items()}


class ConsentLogForm(forms.Form):
    """The filter of the consent log."""

    q = forms.CharField(label=_("Customer"), required=False, max_length=200)
    channel = forms.ChoiceField(label=_("Channel"), required=False)
    purpose = forms.ChoiceField(label=_("Purpose"), required=False)
    consent = forms.TypedChoiceField(label=_("Answer"), required=False, coerce=int, empty_value=None)
    method = forms.ChoiceField(label=_("Method"), required=False)
    since = DayField(label=_("From day"), required=False)
    until = DayField(label=_("To day"), required=False)
    author = forms.CharField(label=_("Recorded by"), required=False, max_length=120)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as data
        all_option = ("", _("All"))
        self.fields["channel"].choices = [all_option, *Channel.choices]  # type: ignore[attr-defined]  # a choice field
        self.fields["purpose"].choices = [all_option, *contacts.purposes().items()]  # type: ignore[attr-defined]  # a choice field
        self.fields["consent"].choices = [all_option, *Consent.choices]  # type: ignore[attr-defined]  # a choice field
        self.fields["method"].choices = [all_option, *method_labels().items()]  # type: ignore[attr-defined]  # a choice field

    def log_filter(self, zone: ZoneInfo) -> contacts.ConsentLogFilter:
        """Return the filter; invalid fields are ignored."""
        data = self.cleaned_data if self.is_valid() else getattr(self, "cleaned_data", {})
        since, until = data.get("since"), data.get("until")
        return contacts.ConsentLogFilter(
            query=data.get("q", ""),
            channel=data.get("channel", ""),
            purpose=data.get("purpose", ""),
            author=data.get("author", "").strip(),
            consent=data.get("consent"),
            method=data.get("method", ""),
            since=clock.day_start(since, zone) if since else None,
            until=clock.day_end(until, zone) if until else None,
        )
