"""The form of a segment. Its conditions come from the condition editor."""

from __future__ import annotations

from collections.abc import Mapping

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from quen.apps.audience import queries as audience
from quen.apps.audience.types import ALL_CONTACTS, Tree
from quen.apps.segments.models import Segment
from quen.core.errors import DomainError


class SegmentForm(forms.Form):
    """Name and description. ``tree`` stands for the conditions, so that their errors have a field."""

    name = forms.CharField(label=_("Name"), max_length=120)
    description = forms.CharField(
        label=_("Description"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("What it's for. Your team sees this in the list."),
    )
    tree = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, posted: QueryDict | None, *, initial: Mapping[str, str] | None = None) -> None:
        super().__init__(posted, initial=dict(initial or {}))
        self.posted = posted
        self.conditions: Tree = ALL_CONTACTS

    def clean(self) -> None:
        """Parse the conditions: from the editor on the page, otherwise those the page was opened with."""
        try:
            self.conditions = self._read()
        except DomainError as refusal:
            self.add_error("tree", forms.ValidationError(str(refusal), code=refusal.code))
            return
        if self.conditions == ALL_CONTACTS:
            message = _(
                "Add at least one condition. A segment of all customers is the same as the customer list."
            )
            self.add_error("tree", forms.ValidationError(message, code="no_condition"))

    def _read(self) -> Tree:
        posted = self.posted
        if posted is None:
            return ALL_CONTACTS
        if "tree" in posted:
            return audience.tree_from_editor(values_of(posted))
        return audience.tree_from_query(posted.get("rules", ""))


def values_of(posted: QueryDict) -> dict[str, list[str]]:
    """Return the posted values as lists of text by name."""
    return {name: [str(value) for value in values] for name, values in posted.lists()}


def initial_of(segment: Segment) -> dict[str, str]:
    """Return the initial values for a segment."""
    return {"name": segment.name, "description": segment.description}
