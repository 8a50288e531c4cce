"""Forms of the channels room."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.core import emails
from quen.core.text import clean

NAME_SHOWN_WHOLE = 25


def parse_address(raw: str) -> str:
    """Read an address; a wrong one is said beside its field."""
    try:
        return emails.read(raw)
    except emails.BadEmail as error:
        raise forms.ValidationError(_("This is not an email address."), code="bad_email") from error


class SenderForm(forms.Form):
    """The name and address customers see."""

    name = forms.CharField(
        label=_("Sender name"),
        max_length=60,
        help_text=_("A name customers know at once, at most 25 characters: longer ones are cut on phones."),
    )
    address = forms.CharField(
        label=_("Sender address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"placeholder": "chao@example.vn"}),
        help_text=_("Of your own domain, and no no-reply: people answer, and mailboxes trust it more."),
    )
    reply_to = forms.CharField(
        label=_("Answers go to"), max_length=254, required=False, widget=forms.EmailInput()
    )

    def clean_name(self) -> str:
        """Tidy the name."""
        return clean(self.cleaned_data["name"])

    def clean_address(self) -> str:
        """Read the address."""
        return parse_address(self.cleaned_data["address"])

    def clean_reply_to(self) -> str:
        """Read the address, if there is one."""
        raw = str(self.cleaned_data["reply_to"]).strip()
        return parse_address(raw) if raw else ""


class TestMessageForm(forms.Form):
    """Where a test message goes."""

    #: no test of pytest's
    __test__ = False

    to = forms.CharField(label=_("Send a test to"), max_length=254, widget=forms.EmailInput())

    def clean_to(self) -> str:
        """Read the address."""
        return parse_address(self.cleaned_data["to"])
