"""Forms of customer codes and forms of address."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts.models import ContactSettings
from quen.apps.contacts.services.settings import PEOPLE_SETTINGS
from quen.apps.contacts.types import YoungForm

_MOST_YEARS = 120


class PeopleSettingsForm(forms.Form):
    """Which customers get a code, and how the shop addresses people."""

    codes_given = forms.BooleanField(
        label=_("Give every new customer a code"),
        required=False,
        help_text=_(
            "Also those who come by a file or a connected shop. A code that a customer brings is kept."
        ),
    )
    code_prefix = forms.CharField(label=_("Begins with"), max_length=10, required=False)
    code_digits = forms.IntegerField(label=_("Digits"), min_value=3, max_value=12)
    young_form = forms.ChoiceField(label=_("Young people"), choices=YoungForm.choices, required=False)
    young_below = forms.IntegerField(label=_("Young is below the age of"), min_value=1, max_value=_MOST_YEARS)
    aunt_from = forms.IntegerField(
        label=_("“cô”, “chú” from the age of"),
        min_value=1,
        max_value=_MOST_YEARS,
        required=False,
        help_text=_("Empty: at no age."),
    )
    elder_from = forms.IntegerField(
        label=_("“bà”, “ông” from the age of"),
        min_value=1,
        max_value=_MOST_YEARS,
        required=False,
        help_text=_("Empty: at no age."),
    )

    def __init__(self, data: Any = None, *, settings: ContactSettings) -> None:
        super().__init__(data, initial={name: getattr(settings, name) for name in PEOPLE_SETTINGS})

    def clean_code_prefix(self) -> str:
        """Refuse what separates codes in a cell."""
        prefix: str = self.cleaned_data["code_prefix"]
        if any(separator in prefix for separator in ",;"):
            raise forms.ValidationError(_("A code can't contain a comma or a semicolon."), code="separator")
        return prefix

    @property
    def code_fields(self) -> list[forms.BoundField]:
        """The fields of customer codes."""
        return [self[name] for name in PEOPLE_SETTINGS if name.startswith("code")]

    @property
    def style_fields(self) -> list[forms.BoundField]:
        """The fields of the style of address."""
        return [self[name] for name in PEOPLE_SETTINGS if not name.startswith("code")]
