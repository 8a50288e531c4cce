"""Forms to suppress addresses and to unsubscribe a contact who told staff so."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.compliance import registry
from quen.apps.compliance.services.suppressions import parse_address
from quen.apps.compliance.types import AddressNotValid, UnsubscribeMethod
from quen.apps.contacts.types import Channel
from quen.ui.tags.filters import num

MAX_LINES = 20_000
_MAX_SHOWN_ERRORS = 5
ALL_CHANNELS = "all"


def _channels() -> list[tuple[str, str]]:
    return [
        (policy.channel, str(Channel(policy.channel).label))
        for policy in registry.policies()
        if policy.address
    ]


class SuppressForm(forms.Form):
    """Pasted addresses, one per line."""

    channel = forms.ChoiceField(
        label=_("Channel"),
        choices=_channels,
    )
    addresses = forms.CharField(
        label=_("Addresses"),
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("One email address or phone number per line. You can paste a spreadsheet column."),
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=300,
        required=False,
        help_text=_("For example: the do-not-advertise register of 01/11/2026, or a complaint by phone"),
    )

    def clean(self) -> dict[str, Any]:
        """Parse every line; the first invalid ones become errors with their line number."""
        data = super().clean() or self.cleaned_data
        channel, text = data.get("channel"), data.get("addresses")
        if not channel or not text:
            return data
        lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), start=1)]
        filled = [(number, line) for number, line in lines if line]
        if len(filled) > MAX_LINES:
            message = _("At most %(limit)s addresses at once.") % {"limit": num(MAX_LINES)}
            self.add_error("addresses", forms.ValidationError(message, code="too_many"))
            return data
        addresses, errors = [], []
        for number, line in filled:
            try:
                addresses.append(parse_address(channel, line))
            except AddressNotValid as error:
                errors.append(_("Line %(number)s: %(error)s") % {"number": number, "error": error})
        for message in errors[:_MAX_SHOWN_ERRORS]:
            self.add_error("addresses", forms.ValidationError(message, code="address_not_valid"))
        if len(errors) > _MAX_SHOWN_ERRORS:
            more = _("And %(count)s more lines.") % {"count": len(errors) - _MAX_SHOWN_ERRORS}
            self.add_error("addresses", forms.ValidationError(more, code="address_not_valid"))
        return data | {"addresses": addresses}


class UnsubscribeForm(forms.Form):
    """How and from what a contact unsubscribed, as told to staff (CHN-24)."""

    scope = forms.ChoiceField(
        label=_("Unsubscribe from"),
        choices=[(ALL_CHANNELS, _("All advertising from the shop")), *Channel.choices],
        initial=ALL_CHANNELS,
    )
    method = forms.ChoiceField(
        label=_("How they told you"),
        choices=[
            (UnsubscribeMethod.CALL.value, UnsubscribeMethod.CALL.label),
            (UnsubscribeMethod.REPLY.value, UnsubscribeMethod.REPLY.label),
            (UnsubscribeMethod.STAFF.value, UnsubscribeMethod.STAFF.label),
        ],
    )
