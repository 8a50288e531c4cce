"""The text of one language, as the editor posts it."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.content.types import BodyFormat


class VersionForm(forms.Form):
    """Subject, preview text, format and body."""

    subject = forms.CharField(label=_("Subject"), max_length=250, required=False)
    preview = forms.CharField(label=_("Preview text"), max_length=250, required=False)
    format = forms.ChoiceField(label=_("Content format"), choices=BodyFormat.choices)
    body = forms.CharField(label=_("Content"), required=False, strip=False)
