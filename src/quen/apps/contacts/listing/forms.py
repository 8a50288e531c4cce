"""Forms of the list: the period, its columns, and what is done to many people."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, cast

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts import queries
from quen.apps.contacts.listing.paging import SIZES
from quen.apps.contacts.types import ConsentProof, ConsentWay, Status
from quen.core import clock
from quen.ui.widgets import ComboInput, DayField, WordsField

ORDER_WORDS = (
    ("-activity", _("Latest activity first")),
    ("name", _("Name, A to Z")),
    ("-name", _("Name, Z to A")),
    ("-created", _("Newest first")),
    ("created", _("Oldest first")),
    ("-spent", _("Spent most first")),
)


class PeriodForm(forms.Form):
    """Since when people are members; either end may stay open (CON-52)."""

    since = DayField(label=_("From"), required=False)
    until = DayField(label=_("Until"), required=False)


class ViewForm(forms.Form):
    """How the list opens for this member."""

    sort = forms.ChoiceField(label=_("Usual order"), choices=ORDER_WORDS)
    size = forms.TypedChoiceField(
        label=_("Rows a page"), coerce=int, choices=[(size, str(size)) for size in SIZES]
    )


class TagsForm(forms.Form):
    """Tags to put on people; new names make new tags (CON-40…42)."""

    tags = WordsField(label=_("Tags"), widget=ComboInput(options=queries.tag_names))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # The first few hundred come along, the rest is asked for.
        cast("ComboInput", self.fields["tags"].widget).url = reverse("contacts:tag_words")


class TagsRemovalForm(TagsForm):
    """Tags to take off people."""

    tags = WordsField(label=_("Tags"), widget=ComboInput(options=queries.tag_names, create=False))


class StatusForm(forms.Form):
    """A status; Subscribed asks for the ground and the day of consent (R-18)."""

    status = forms.TypedChoiceField(
        label=_("Status"), coerce=int, choices=Status.choices, widget=forms.RadioSelect
    )
    way = forms.ChoiceField(
        label=_("How they agreed"), choices=[("", "–"), *ConsentWay.choices], required=False
    )
    ground = forms.CharField(
        label=_("On what ground"),
        required=False,
        max_length=500,
        help_text=_("For instance: paper form at the counter, spring fair 2026"),
    )
    obtained_on = DayField(label=_("When they agreed"), required=False)

    def __init__(self, data: Any = None, *, moment_now: datetime, zone: Any, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self._today = clock.local_day(moment_now, zone)
        self._zone = zone

    def clean_obtained_on(self) -> date | None:
        """Consent cannot be given tomorrow."""
        day: date | None = self.cleaned_data["obtained_on"]
        if day is not None and day > self._today:
            raise forms.ValidationError(_("This day has not come yet."), code="future")
        return day

    def clean(self) -> dict[str, Any]:
        """Ask for the ground where the law does."""
        given = super().clean() or self.cleaned_data
        if given.get("status") == Status.SUBSCRIBED:
            for name, words in (("ground", _("Say on what ground.")), ("obtained_on", _("Say when."))):
                if not given.get(name) and name not in self.errors:
                    self.add_error(name, forms.ValidationError(words, code="proof_missing"))
        return given

    def proof(self) -> ConsentProof | None:
        """Give the ground of consent, when Subscribed is meant."""
        given = self.cleaned_data
        if given["status"] != Status.SUBSCRIBED:
            return None
        return ConsentProof(
            ground=given["ground"],
            obtained_at=clock.day_start(given["obtained_on"], self._zone),
            **({"way": given["way"]} if given["way"] else {}),
        )
