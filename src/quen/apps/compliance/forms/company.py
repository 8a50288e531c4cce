"""Asking for sharing with another shop of the company."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class CompanyCodeForm(forms.Form):
    """The code of another shop."""

    code = forms.CharField(
        label=_("The other shop's code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocapitalize": "characters", "autocomplete": "off", "spellcheck": "false"}
        ),
        help_text=_("The other shop's owner finds it on this page and confirms your request."),
    )
