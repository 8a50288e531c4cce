"""The sending settings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.compliance.models import SendingSettings
from quen.apps.compliance.rules.reminders import DEFAULT_PERMISSION_REMINDERS

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

#: legal maximum of Decree 91/2020 Art. 13.5; a shop may set fewer
MAX_EMAILS_PER_DAY = 3
MAX_BOT_OPEN_SECONDS = 600


class SendingSettingsForm(forms.Form):
    """The sending settings of a workspace."""

    permission_reminder_vi = forms.CharField(
        label=_("In Vietnamese"), max_length=300, widget=forms.Textarea(attrs={"rows": 2, "lang": "vi"})
    )
    permission_reminder_en = forms.CharField(
        label=_("In English"), max_length=300, widget=forms.Textarea(attrs={"rows": 2, "lang": "en"})
    )
    email_label = forms.ChoiceField(
        label=_("Label of advertising emails"),
        choices=[("[QC]", "[QC]"), ("[AD]", "[AD]"), ("", _("No label"))],
        required=False,
        widget=forms.RadioSelect,
        help_text=_("Placed at the start of the subject, as Decree 91/2020 Art. 18 requires."),
    )
    email_cap = forms.IntegerField(
        label=_("Advertising emails per recipient in 24 hours"),
        min_value=1,
        max_value=MAX_EMAILS_PER_DAY,
        help_text=_("The law allows up to 3, across all campaigns."),
    )
    bot_open_seconds = forms.IntegerField(
        label=_("Treat opens this soon after sending as bots"),
        min_value=0,
        max_value=MAX_BOT_OPEN_SECONDS,
        help_text=_(
            "Security scanners open messages as soon as they arrive. Their opens are counted separately."
        ),
    )

    def values(self) -> dict[str, Any]:
        """Return the arguments of services.update_sending_settings."""
        data = self.cleaned_data
        return {
            "permission_reminders": {
                "vi": data["permission_reminder_vi"],
                "en": data["permission_reminder_en"],
            },
            "email_label": data["email_label"],
            "email_cap": data["email_cap"],
            "bot_open_seconds": data["bot_open_seconds"],
        }


def initial_values(settings: SendingSettings, workspace: Workspace) -> dict[str, Any]:
    """Return the settings as initial form values, with a suggestion for an empty permission reminder."""
    shop = workspace.brand or workspace.name
    permission_reminders = {
        f"permission_reminder_{language}": settings.permission_reminders.get(language)
        or text.replace("{shop}", shop)
        for language, text in DEFAULT_PERMISSION_REMINDERS.items()
    }
    return permission_reminders | {
        "email_label": settings.email_label,
        "email_cap": settings.email_cap,
        "bot_open_seconds": settings.bot_open_seconds,
    }
