"""The form of an SMS sender."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.core.text import clean


class SmsSenderForm(forms.Form):
    """The brand name that phones show instead of a number."""

    name = forms.CharField(
        label=_("Brand name"),
        max_length=60,
        help_text=_(
            "The brand name registered with your SMS provider: 3 to 11 letters or digits, such as TRASEN."
        ),
    )

    def clean_name(self) -> str:
        """Return the name without redundant spaces."""
        return clean(self.cleaned_data["name"])
