"""The settings form of an SMTP server."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.channels.adapters.smtp.connection import PLAIN, STARTTLS, TLS

_HOST = re.compile(r"[\w.:-]{1,253}")


@dataclass(frozen=True, slots=True)
class SmtpPreset:
    """A provider's public SMTP address."""

    key: str
    label: str
    host: str
    port: int
    security: str = STARTTLS

    @property
    def href(self) -> str:
        """The URL of the form with this preset filled in."""
        return f"?preset={self.key}"


#: addresses from the providers' own help pages
PRESETS = (
    SmtpPreset("google", "Gmail, Google Workspace", "smtp.gmail.com", 587),
    SmtpPreset("microsoft", "Microsoft 365", "smtp.office365.com", 587),
    SmtpPreset("zoho", "Zoho Mail", "smtp.zoho.com", 587),
    SmtpPreset("ses", "Amazon SES (Singapore)", "email-smtp.ap-southeast-1.amazonaws.com", 587),
    SmtpPreset("sendgrid", "SendGrid", "smtp.sendgrid.net", 587),
    SmtpPreset("mailgun", "Mailgun", "smtp.mailgun.org", 587),
)


class SmtpForm(forms.Form):
    """Server, encryption, account and sending rate."""

    presets = PRESETS

    host = forms.CharField(
        label=_("Mail server"),
        max_length=253,
        widget=forms.TextInput(
            attrs={"placeholder": "smtp.example.vn", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=587)
    security = forms.ChoiceField(
        label=_("Encryption"),
        choices=[(STARTTLS, "STARTTLS (587)"), (TLS, "TLS (465)"), (PLAIN, _("None (25)"))],
        initial=STARTTLS,
        widget=forms.RadioSelect,
    )
    user = forms.CharField(
        label=_("User name"),
        max_length=254,
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    secret = forms.CharField(
        label=_("Password"),
        max_length=500,
        required=False,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    rate_per_second = forms.FloatField(
        label=_("Maximum messages per second"),
        required=False,
        min_value=0.01,
        max_value=100_000,
        help_text=_("Leave empty for no limit. Ask your provider for the right number."),
    )

    def clean_host(self) -> str:
        """Return the host name or IP address in lower case."""
        host = str(self.cleaned_data["host"]).strip().lower()
        if not _HOST.fullmatch(host):
            raise forms.ValidationError(
                _("Enter only the server name, such as smtp.example.vn."), code="bad_host"
            )
        return host

    @classmethod
    def preset_values(cls, key: str) -> dict[str, Any]:
        """Return the values of a preset, empty for an unknown one."""
        found = next((preset for preset in PRESETS if preset.key == key), None)
        return {"host": found.host, "port": found.port, "security": found.security} if found else {}
