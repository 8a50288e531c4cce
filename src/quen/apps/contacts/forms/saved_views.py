"""The form of a saved list."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


class SavedViewForm(forms.Form):
    """Name of a list, and whether everybody sees it."""

    name = forms.CharField(label=_("Name"), max_length=60)
    for_team = forms.BooleanField(
        label=_("Show it to everybody in the team"),
        required=False,
        help_text=_("Otherwise only you see it."),
    )

    def __init__(self, *args: Any, may_share: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not may_share:
            del self.fields["for_team"]
