"""What the shop says and keeps to whenever it sends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.compliance.models import SendingRules
from quen.apps.compliance.rules.wording import REMINDERS

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

#: the most that Decree 91/2020 Art. 13.5 permits; a shop may keep to less
MOST_IN_A_DAY = 3
LONGEST_SECONDS = 600


class RulesForm(forms.Form):
    """The rules of sending."""

    reminder_vi = forms.CharField(
        label=_("In Vietnamese"), max_length=300, widget=forms.Textarea(attrs={"rows": 2, "lang": "vi"})
    )
    reminder_en = forms.CharField(
        label=_("In English"), max_length=300, widget=forms.Textarea(attrs={"rows": 2, "lang": "en"})
    )
    email_label = forms.ChoiceField(
        label=_("Label of advertising mail"),
        choices=[("[QC]", "[QC]"), ("[AD]", "[AD]"), ("", _("No label"))],
        required=False,
        widget=forms.RadioSelect,
        help_text=_("Stands first in the subject, as Decree 91/2020 Art. 18 asks."),
    )
    email_cap = forms.IntegerField(
        label=_("Advertising mails to one person within 24 hours"),
        min_value=1,
        max_value=MOST_IN_A_DAY,
        help_text=_("The law permits 3 at most, over all campaigns together."),
    )
    machine_open_seconds = forms.IntegerField(
        label=_("Opens so soon after sending are machines"),
        min_value=0,
        max_value=LONGEST_SECONDS,
        help_text=_("Scanners of mail providers open messages at once. They are counted apart."),
    )

    def values(self) -> dict[str, Any]:
        """Give what the service takes."""
        given = self.cleaned_data
        return {
            "reminders": {"vi": given["reminder_vi"], "en": given["reminder_en"]},
            "email_label": given["email_label"],
            "email_cap": given["email_cap"],
            "machine_open_seconds": given["machine_open_seconds"],
        }


def rules_initial(rules: SendingRules, workspace: Workspace) -> dict[str, Any]:
    """Give the rules as the form shows them, with a proposal where nothing is written yet."""
    shop = workspace.brand or workspace.name
    reminders = {
        f"reminder_{language}": rules.reminders.get(language) or words.replace("{shop}", shop)
        for language, words in REMINDERS.items()
    }
    return reminders | {
        "email_label": rules.email_label,
        "email_cap": rules.email_cap,
        "machine_open_seconds": rules.machine_open_seconds,
    }
