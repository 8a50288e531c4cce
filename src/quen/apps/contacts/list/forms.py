"""Forms of the list: the period, the columns, and the actions on many contacts."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, cast

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts import queries
from quen.apps.contacts.list.paging import SIZES
from quen.apps.contacts.types import ConsentMethod, ConsentProof, Status
from quen.core import clock
from quen.ui.widgets import ComboboxInput, DayField, StringListField

SORT_CHOICES = (
    ("-activity", _("Latest activity first")),
    ("name", _("Name, A to Z")),
    ("-name", _("Name, Z to A")),
    ("-created", _("Newest first")),
    ("created", _("Oldest first")),
    ("-spent", _("Highest spend first")),
)


class PeriodForm(forms.Form):
    """The days on which contacts became members; either end may be open (CON-52)."""

    since = DayField(label=_("From"), required=False)
    until = DayField(label=_("Until"), required=False)


class ListSettingsForm(forms.Form):
    """How the list opens for this member."""

    sort = forms.ChoiceField(label=_("Default order"), choices=SORT_CHOICES)
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


class BulkStatusForm(forms.Form):
    """A status; Subscribed requires the ground and the day of consent (R-18)."""

    status = forms.TypedChoiceField(
        label=_("Status"), coerce=int, choices=Status.choices, widget=forms.RadioSelect
    )
    method = forms.ChoiceField(
        label=_("How they agreed"), choices=[("", "–"), *ConsentMethod.choices], required=False
    )
    ground = forms.CharField(
        label=_("Proof"),
        required=False,
        max_length=500,
        help_text=_("For example: paper form at the counter, spring fair 2026"),
    )
    obtained_on = DayField(label=_("Date of consent"), required=False)

    def __init__(self, data: Any = None, *, now: datetime, zone: Any, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self._today = clock.local_day(now, zone)
        self._zone = zone

    def clean_obtained_on(self) -> date | None:
        """Refuse a day in the future."""
        day: date | None = self.cleaned_data["obtained_on"]
        if day is not None and day > self._today:
            raise forms.ValidationError(_("This date is in the future."), code="future")
        return day

    def clean(self) -> dict[str, Any]:
        """Require the proof where the law does."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("status") == Status.SUBSCRIBED:
            for name, message in (("ground", _("Enter the proof.")), ("obtained_on", _("Enter the date."))):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, forms.ValidationError(message, code="proof_missing"))
        return cleaned

    def proof(self) -> ConsentProof | None:
        """Return the proof of consent for Subscribed, None for any other status."""
        cleaned = self.cleaned_data
        if cleaned["status"] != Status.SUBSCRIBED:
            return None
        return ConsentProof(
            ground=cleaned["ground"],
            obtained_at=clock.day_start(cleaned["obtained_on"], self._zone),
            **({"method": cleaned["method"]} if cleaned["method"] else {}),
        )
