"""What a customer told staff about another use of their data."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts.types import Consent, ConsentMethod, ConsentProof
from quen.core import clock
from quen.ui.widgets import DayField

_AGREES, _REFUSES = "yes", "no"


class PurposeForm(forms.Form):
    """An answer, and the proof of an agreement (R-18)."""

    answer = forms.ChoiceField(label=_("Answer"), widget=forms.RadioSelect)
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

    def __init__(self, data: Any, *, current: Consent, now: datetime, zone: tzinfo) -> None:
        super().__init__(data)
        self._today, self._zone = now.astimezone(zone).date(), zone
        choices = {
            Consent.NEVER_ASKED: [(_AGREES, _("Agrees")), (_REFUSES, _("Refuses"))],
            Consent.GRANTED: [(_REFUSES, _("Refuses from now on"))],
        }.get(current, [])
        self.fields["answer"].choices = choices  # type: ignore[attr-defined]  # a choice field

    @property
    def agrees(self) -> bool:
        """Whether the customer agreed."""
        return bool(self.cleaned_data["answer"] == _AGREES)

    def clean_obtained_on(self) -> date | None:
        """Refuse a day in the future."""
        day: date | None = self.cleaned_data["obtained_on"]
        if day is not None and day > self._today:
            raise forms.ValidationError(_("This date is in the future."), code="future")
        return day

    def clean(self) -> dict[str, Any]:
        """Require the proof of an agreement."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("answer") == _AGREES:
            for key in ("method", "ground", "obtained_on"):
                if not cleaned.get(key) and key not in self.errors:
                    self.add_error(
                        key, forms.ValidationError(_("This field is required."), code="proof_missing")
                    )
        return cleaned

    def proof(self) -> ConsentProof:
        """Return the proof as entered."""
        cleaned = self.cleaned_data
        day = cleaned["obtained_on"]
        return ConsentProof(
            ground=cleaned["ground"],
            obtained_at=clock.day_start(day, self._zone) if day else None,  # type: ignore[arg-type]  # a ZoneInfo
            **({"method": cleaned["method"]} if cleaned["method"] else {}),
        )
