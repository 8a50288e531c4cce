"""Tags of one person."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts import queries
from quen.ui.widgets import ComboInput, WordsField


class TagsForm(forms.Form):
    """Tags typed or chosen."""

    tags = WordsField(
        label=_("Tags"),
        required=False,
        widget=ComboInput(options=queries.tag_names),
        help_text=_("Create a new tag or choose from the list."),
    )
