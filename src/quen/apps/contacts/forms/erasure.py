"""The confirmation before a person is erased for good."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts.types import ErasureReason
from quen.core.text import clean, fold


class ErasureForm(forms.Form):
    """The reason, and the name typed again. Accents and capitals do not matter."""

    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[choice for choice in ErasureReason.choices if choice[0] != ErasureReason.DELETED],
        help_text=_("The reason is kept in the activity log, without the customer's name."),
    )
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
