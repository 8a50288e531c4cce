"""A file for a contact."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class ContactFileForm(forms.Form):
    """Any file; how long it may be is for the service to say."""

    file = forms.FileField(
        label=_("Add a file"),
        max_length=300,
        allow_empty_file=True,
        widget=forms.FileInput(),
        error_messages={"required": _("Choose a file first.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        limit = settings.CONTACT_FILE_MAX_BYTES >> 20
        self.fields["file"].help_text = _("Up to %(limit)d MB.") % {"limit": limit}
