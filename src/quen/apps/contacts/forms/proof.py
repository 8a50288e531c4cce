"""Status, and the proof of consent (R-18)."""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts.types import Channel, Consent, ConsentMethod, ConsentProof, Status
from quen.core import clock
from quen.ui.widgets import DayField


class ConsentProofFields(forms.Form):
    """How, on what ground and when someone agreed."""

    #: the parts of the proof that must have a value when it is required
    required_parts: tuple[str, ...] = ("method", "ground", "obtained_on")
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

    def __init__(self, *args: Any, now: datetime, zone: tzinfo, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._today, self._zone = now.astimezone(zone).date(), zone

    def clean_obtained_on(self) -> date | None:
        """Refuse a day in the future."""
        day: date | None = self.cleaned_data["obtained_on"]
        if day is not None and day > self._today:
            raise forms.ValidationError(_("This date is in the future."), code="future")
        return day

    def require_proof(self) -> None:
        """Add an error to each missing part of the proof."""
        messages = {
            "method": _("Choose how they agreed."),
            "ground": _("Enter the proof."),
            "obtained_on": _("Enter the date."),
        }
        for key in self.required_parts:
            if not self.cleaned_data.get(key) and key not in self.errors:
                self.add_error(key, forms.ValidationError(messages[key], code="proof_missing"))

    def proof(self) -> ConsentProof:
        """Return the proof as entered."""
        cleaned = self.cleaned_data
        return ConsentProof(
            ground=cleaned["ground"],
            obtained_at=clock.day_start(cleaned["obtained_on"], self._zone),  # type: ignore[arg-type]  # a ZoneInfo
            **({"method": cleaned["method"]} if cleaned["method"] else {}),
        )


class ContactStatusForm(ConsentProofFields):
    """The status of one contact."""

    status = forms.TypedChoiceField(
        label=_("Status"), coerce=int, choices=Status.choices, widget=forms.RadioSelect
    )
    field_order = ("status", "method", "ground", "obtained_on")

    def clean(self) -> dict[str, Any]:
        """Require the proof where the law does."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("status") == Status.SUBSCRIBED:
            self.require_proof()
        return cleaned

    @property
    def consent_proof(self) -> ConsentProof | None:
        """The proof, for Subscribed only."""
        return self.proof() if self.cleaned_data["status"] == Status.SUBSCRIBED else None


class ConsentForm(ConsentProofFields):
    """A contact's answer for one channel."""

    consent = forms.TypedChoiceField(label=_("Answer"), coerce=int, widget=forms.RadioSelect)
    field_order = ("consent", "method", "ground", "obtained_on")

    def __init__(self, *args: Any, channel: Channel, current: Consent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.channel = channel
        self.fields["consent"].choices = _consent_choices(current)  # type: ignore[attr-defined]  # a choice field

    def clean(self) -> dict[str, Any]:
        """Require the proof of an agreement."""
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("consent") == Consent.GRANTED:
            self.require_proof()
        return cleaned

    @property
    def consent_proof(self) -> ConsentProof | None:
        """The proof, for an agreement only."""
        return self.proof() if self.cleaned_data["consent"] == Consent.GRANTED else None


#: removes a block; never stored
UNBLOCK = -1


def _consent_choices(current: Consent) -> list[tuple[int, Any]]:
    """Return the answers that are possible now: after a refusal only the contact can agree again."""
    if current == Consent.BLOCKED:
        return [(UNBLOCK, _("Unblock: restore the previous answer"))]
    blocked = (Consent.BLOCKED.value, _("Blocked: nothing is sent on this channel"))
    refused = (Consent.WITHDRAWN.value, _("Declines marketing on this channel"))
    agreed = (Consent.GRANTED.value, _("Accepts marketing on this channel"))
    return {
        Consent.NEVER_ASKED: [agreed, refused, blocked],
        Consent.GRANTED: [refused, blocked],
        Consent.WITHDRAWN: [blocked],
    }[current]
