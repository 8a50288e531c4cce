"""The details a contact corrects on the page behind an unsubscribe link."""

from __future__ import annotations

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class AskForm(forms.Form):
    """What a person wants to be done with their data, in their own words."""

    words = forms.CharField(
        label=_("What should be changed?"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class NewAddressForm(forms.Form):
    """A new email or phone number."""

    address = forms.CharField(label=_("New"), max_length=254)


class AddressCodeForm(forms.Form):
    """The code that was sent to a new address. sealed: the address with the digest of its code."""

    code = forms.CharField(
        label=_("Code"),
        max_length=6,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}),
    )
    sealed = forms.CharField(widget=forms.HiddenInput)


class DetailsForm(forms.Form):
    """Name and language."""

    full_name = forms.CharField(label=_("Your name"), max_length=200, required=False)
    language = forms.ChoiceField(label=_("Language of our messages"), choices=settings.LANGUAGES)
