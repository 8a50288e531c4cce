"""Forms of the channels app."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.channels.registry import MessageChannel


class TestMessageForm(forms.Form):
    """The recipient of a test message."""

    #: not a pytest class
    __test__ = False

    to = forms.CharField(label=_("Send test to"), max_length=254)

    def __init__(self, *args: Any, channel: MessageChannel, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._channel = channel

    def clean_to(self) -> str:
        """Return the address as the channel stores it."""
        try:
            return self._channel.parse_address(str(self.cleaned_data["to"]))
        except ValueError as error:
            message = _("This isn't a valid address for %(channel)s.") % {"channel": self._channel.label}
            raise forms.ValidationError(message, code="bad_address") from error
