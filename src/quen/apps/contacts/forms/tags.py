"""The tags of one contact."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts import queries
from quen.ui.widgets import ComboboxInput, StringListField


class ContactTagsForm(forms.Form):
    """Tags, typed or chosen."""

    tags = StringListField(
        label=_("Tags"),
        required=False,
        widget=ComboboxInput(options=queries.tag_names),
        help_text=_("Create a new tag or choose from the list."),
    )
