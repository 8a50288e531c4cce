"""Forms of the website app."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from quen.apps.website import queries
from quen.apps.website.models import WebsiteSettings
from quen.apps.website.types import LANGUAGES, RETENTION_DAYS, BannerText, WebsiteValues
from quen.ui.widgets import SwitchInput

_COLOUR = RegexValidator(r"^#[0-9a-fA-F]{6}$", _("Write a colour as #0f5c4a."))


class ColourField(forms.CharField):
    """A colour as browsers' colour pickers give it."""

    widget = forms.TextInput(attrs={"type": "color"})
    default_validators = [_COLOUR]  # as Django declares it


class WebsiteSettingsForm(forms.Form):
    """How visits are recorded, and what the banner looks like."""

    enabled = forms.BooleanField(label=_("Record visits to the website"), required=False, widget=SwitchInput)
    origins = forms.CharField(
        label=_("Addresses of your website"),
        help_text=_("One a line, such as trasen.vn. Events from other pages are refused."),
        max_length=4000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "off"}),
    )
    banner = forms.BooleanField(
        label=_("Ask for consent with Quen's banner"),
        help_text=_("Switch it off only if your website has a banner of its own that calls quen.consent()."),
        required=False,
        widget=SwitchInput,
    )
    text_vi = forms.CharField(
        label=_("Text in Vietnamese"), max_length=600, widget=forms.Textarea(attrs={"rows": 3})
    )
    yes_vi = forms.CharField(label=_("Yes in Vietnamese"), max_length=40)
    no_vi = forms.CharField(label=_("No in Vietnamese"), max_length=40)
    text_en = forms.CharField(
        label=_("Text in English"), max_length=600, widget=forms.Textarea(attrs={"rows": 3})
    )
    yes_en = forms.CharField(label=_("Yes in English"), max_length=40)
    no_en = forms.CharField(label=_("No in English"), max_length=40)
    privacy_url = forms.URLField(
        label=_("Privacy policy"),
        help_text=_("The banner links to it."),
        max_length=300,
        required=False,
        assume_scheme="https",
    )
    background = ColourField(label=_("Background"))
    text_colour = ColourField(label=_("Text"))
    button = ColourField(label=_("Buttons"))
    retention_days = forms.TypedChoiceField(
        label=_("Keep visits for"),
        help_text=_(
            "Then they are deleted. What a customer did stays in their history until the customer is erased."
        ),
        coerce=int,
        choices=[
            (days, ngettext_lazy("%(n)s day", "%(n)s days", days) % {"n": days}) for days in RETENTION_DAYS
        ],
    )

    def __init__(self, data: Any, *, settings: WebsiteSettings, website: str) -> None:
        texts = queries.banner_texts(settings)
        initial: dict[str, Any] = {
            name: getattr(settings, name)
            for name in ("banner", "privacy_url", "background", "text_colour", "button", "retention_days")
        }
        initial["enabled"] = settings.enabled or settings.pk is None
        initial["origins"] = "\n".join(settings.origins) if settings.pk else website
        for language in LANGUAGES:
            for name, text in zip(BannerText._fields, texts[language], strict=True):
                initial[f"{name}_{language}"] = text
        super().__init__(data, initial=initial)

    def values(self) -> WebsiteValues:
        """Return what was typed."""
        cleaned = dict(self.cleaned_data)
        texts = {
            language: BannerText(*(cleaned.pop(f"{name}_{language}") for name in BannerText._fields))
            for language in LANGUAGES
        }
        origins = tuple(cleaned.pop("origins").splitlines())
        return WebsiteValues(texts=texts, origins=origins, **cleaned)
