"""Forms of the list: the period, the columns, and the actions on many contacts."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts import queries
from quen.apps.contacts.forms.proof import ContactStatusForm
from quen.apps.contacts.list import columns
from quen.apps.contacts.list.state import SIZES
from quen.ui.widgets import ComboboxInput, DayField, StringListField


class PeriodForm(forms.Form):
    """The days on which contacts became members; either end may be open (CON-52)."""

    since = DayField(label=_("From"), required=False)
    until = DayField(label=_("Until"), required=False)


class ListSettingsForm(forms.Form):
    """How the list opens for this member."""

    sort = forms.ChoiceField(label=_("Default order"), choices=columns.sort_labels)
    size = forms.TypedChoiceField(
        label=_("Rows per page"), coerce=int, choices=[(size, str(size)) for size in SIZES]
    )


class BulkTagsForm(forms.Form):
    """Tags to add to contacts; new names create tags (CON-40…42)."""

    tags = StringListField(label=_("Tags"), widget=ComboboxInput(options=queries.tag_names))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The first few hundred are part of the page, the rest is requested.
        cast("ComboboxInput", self.fields["tags"].widget).url = reverse("contacts:tag_suggestions")


class BulkUntagForm(BulkTagsForm):
    """Tags to remove from contacts."""

    tags = StringListField(label=_("Tags"), widget=ComboboxInput(options=queries.tag_names, create=False))


class BulkStatusForm(ContactStatusForm):
    """The status of many contacts; the method of their consent may stay unknown."""

    required_parts = ("ground", "obtained_on")
