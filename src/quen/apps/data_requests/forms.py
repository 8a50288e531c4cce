"""Forms of the data_requests app."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.data_requests.models import RequestSettings
from quen.apps.data_requests.types import RequestKindChoices
from quen.core.text import clean, fold

_DAYS = {
    "acknowledge_days": _("Acknowledge, in working days"),
    "copy_days": _("View or copy, in days"),
    "correct_days": _("Correct, in days"),
    "restrict_days": _("Restrict, in days"),
    "object_days": _("Object, in days"),
    "withdraw_days": _("Withdraw consent, in days"),
    "erase_days": _("Erase, in days"),
    "extension_days": _("One extension, in days"),
    "remind_days": _("Remind before, in days"),
}
_MAX_DAYS = 60


class NewRequestForm(forms.Form):
    """What a person told staff."""

    kind = forms.ChoiceField(
        label=_("What they ask for"), choices=RequestKindChoices.choices, widget=forms.RadioSelect
    )
    words = forms.CharField(
        label=_("In their words"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class AnswerForm(forms.Form):
    """A reason or a note. The pressed button says what for."""

    reason = forms.CharField(
        label=_("Reason or note"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The reason of a refusal or an extension is what you tell the person."),
    )


class ErasePersonForm(forms.Form):
    """The name typed again. Accents and capitals do not matter."""

    confirmation = forms.CharField(
        label=_("Type the customer's name to confirm"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        max_length=300,
    )

    def __init__(self, data: Any = None, *, name: str) -> None:
        super().__init__(data)
        self._name = name
        self.fields["confirmation"].help_text = _("Type “%(name)s”.") % {"name": name}

    def clean_confirmation(self) -> str:
        """Refuse anything but the name."""
        typed = clean(self.cleaned_data["confirmation"])
        if fold(typed) != fold(clean(self._name)):
            raise forms.ValidationError(
                _("This isn't the name. Type “%(name)s”."), code="not_the_name", params={"name": self._name}
            )
        return typed


class RequestSettingsForm(forms.Form):
    """Within how many days requests are answered."""

    def __init__(self, data: Any = None, *, settings: RequestSettings) -> None:
        super().__init__(data, initial={name: getattr(settings, name) for name in _DAYS})
        for name, label in _DAYS.items():
            self.fields[name] = forms.IntegerField(label=label, min_value=1, max_value=_MAX_DAYS)
