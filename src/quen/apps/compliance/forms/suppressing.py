"""Addresses onto the list, and a refusal somebody told staff."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.compliance.services.suppressing import read_address
from quen.apps.compliance.types import AddressNotValid, RefusalWay
from quen.apps.contacts.types import Channel

MOST_LINES = 20_000
_SHOWN = 5
EVERYTHING = "everything"


class SuppressForm(forms.Form):
    """Addresses by paste, one a line."""

    channel = forms.ChoiceField(
        label=_("Channel"),
        choices=[
            (each.value, each.label) for each in (Channel.EMAIL, Channel.SMS, Channel.ZALO, Channel.CALL)
        ],
    )
    addresses = forms.CharField(
        label=_("Addresses"),
        widget=forms.Textarea(attrs={"rows": 10}),
        help_text=_("One email address or phone number a line. Paste a column from a spreadsheet."),
    )
    note = forms.CharField(
        label=_("Note"),
        max_length=300,
        required=False,
        help_text=_("For instance: the register of 01/11/2026, or a complaint by telephone"),
    )

    def clean(self) -> dict[str, Any]:
        """Read every line; name the first few that are wrong, by their number."""
        given = super().clean() or self.cleaned_data
        channel, typed = given.get("channel"), given.get("addresses")
        if not channel or not typed:
            return given
        lines = [(number, line.strip()) for number, line in enumerate(typed.splitlines(), start=1)]
        filled = [(number, line) for number, line in lines if line]
        if len(filled) > MOST_LINES:
            refusal = _("At most %(most)s addresses at once.") % {"most": f"{MOST_LINES:,}".replace(",", ".")}
            self.add_error("addresses", forms.ValidationError(refusal, code="too_many"))
            return given
        read, wrong = [], []
        for number, line in filled:
            try:
                read.append(read_address(channel, line))
            except AddressNotValid as refused:
                wrong.append(_("Line %(number)s: %(refusal)s") % {"number": number, "refusal": refused})
        for words in wrong[:_SHOWN]:
            self.add_error("addresses", forms.ValidationError(words, code="address_not_valid"))
        if len(wrong) > _SHOWN:
            more = _("And %(count)s more lines.") % {"count": len(wrong) - _SHOWN}
            self.add_error("addresses", forms.ValidationError(more, code="address_not_valid"))
        return given | {"addresses": read}


class RefusalForm(forms.Form):
    """What somebody told staff (CHN-24)."""

    scope = forms.ChoiceField(
        label=_("They refuse"),
        choices=[(EVERYTHING, _("All advertising of the shop")), *Channel.choices],
        initial=EVERYTHING,
    )
    way = forms.ChoiceField(
        label=_("How they said it"),
        choices=[
            (RefusalWay.CALL.value, RefusalWay.CALL.label),
            (RefusalWay.REPLY.value, RefusalWay.REPLY.label),
            (RefusalWay.STAFF.value, RefusalWay.STAFF.label),
        ],
    )
