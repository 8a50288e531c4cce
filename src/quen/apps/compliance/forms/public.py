"""The details a contact corrects on the page behind an unsubscribe link."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class DetailsForm(forms.Form):
    """Name and language."""

    full_name = forms.CharField(label=_("Your name"), max_length=200, required=False)
    language = forms.ChoiceField(label=_("Language of our messages"), choices=settings.LANGUAGES)
