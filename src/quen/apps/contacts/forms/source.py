"""Where one contact first came from."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts import queries
from quen.apps.contacts.models import Contact, Source


class ContactSourceForm(forms.Form):
    """The first source; one that is out of use can be kept, not chosen anew."""

    source = forms.ChoiceField(label=_("First source"))

    def __init__(self, data: Any = None, *, contact: Contact) -> None:
        super().__init__(data, initial={"source": contact.first_source_id or ""})
        self._sources = {str(each.pk): each for each in queries.active_sources()}
        if (current := contact.first_source) is not None:
            self._sources.setdefault(str(current.pk), current)
        none = [] if contact.first_source_id else [("", "–")]
        self.fields["source"].choices = [  # type: ignore[attr-defined]  # a ChoiceField
            *none,
            *((key, each.name) for key, each in self._sources.items()),
        ]

    def chosen(self) -> Source:
        """Return the source chosen."""
        return self._sources[self.cleaned_data["source"]]
