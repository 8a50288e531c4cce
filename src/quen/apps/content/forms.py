"""The text of one language, as the editor posts it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.channels.types import ContentPart, ContentSpec
from quen.apps.content.types import BodyFormat

_PARTS = {"subject": ContentPart.SUBJECT, "preview": ContentPart.PREVIEW, "format": ContentPart.HTML}


class VersionForm(forms.Form):
    """The parts that the channel has of subject, preview text, format and body."""

    subject = forms.CharField(label=_("Subject"), max_length=250, required=False)
    preview = forms.CharField(label=_("Preview text"), max_length=250, required=False)
    format = forms.ChoiceField(label=_("Content format"), choices=BodyFormat.choices)
    body = forms.CharField(label=_("Content"), required=False, strip=False)

    def __init__(self, *args: Any, spec: ContentSpec, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, part in _PARTS.items():
            if part not in spec.parts:
                del self.fields[name]
