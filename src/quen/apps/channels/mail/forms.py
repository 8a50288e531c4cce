"""The form of an email sender."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.core import emails
from quen.core.text import clean


class EmailSenderForm(forms.Form):
    """The name and address customers see."""

    name = forms.CharField(
        label=_("Sender name"),
        max_length=60,
        help_text=_(
            "A name your customers recognize. Up to 25 characters: longer names are cut off on phones."
        ),
    )
    address = forms.CharField(
        label=_("Sender address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"placeholder": "chao@example.vn"}),
        help_text=_(
            "Use your own domain and avoid no-reply: customers can reply, and mailbox providers trust it more."
        ),
    )
    reply_to = forms.CharField(
        label=_("Reply-to address"), max_length=254, required=False, widget=forms.EmailInput()
    )

    def clean_name(self) -> str:
        """Return the name without redundant spaces."""
        return clean(self.cleaned_data["name"])

    def clean_address(self) -> str:
        """Return the normalized address."""
        return _parse(self.cleaned_data["address"])

    def clean_reply_to(self) -> str:
        """Return the normalized address, "" without one."""
        raw = str(self.cleaned_data["reply_to"]).strip()
        return _parse(raw) if raw else ""


def _parse(raw: str) -> str:
    try:
        return emails.read(raw)
    except emails.BadEmail as error:
        raise forms.ValidationError(_("This isn't a valid email address."), code="bad_email") from error
