"""The sending settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from django import forms
from django.forms import BoundField
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from quen.apps.compliance.models import ChannelRules, SendingSettings
from quen.apps.compliance.rules.reminders import DEFAULT_PERMISSION_REMINDERS
from quen.apps.compliance.types import ChannelPolicy, ChannelRuleValues
from quen.apps.contacts.types import Channel
from quen.ui.tags.filters import num

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

MAX_BOT_OPEN_SECONDS = 600
_LABELS = [("[QC]", "[QC]"), ("[AD]", "[AD]"), ("", _("No label"))]


class ChannelFields(NamedTuple):
    """The fields of a channel, as the page shows them."""

    title: str
    label: BoundField
    daily_cap: BoundField


class SendingSettingsForm(forms.Form):
    """The sending settings of a workspace. ``policies``: the channels that are shown, each with two fields."""

    permission_reminder_vi = forms.CharField(
        label=_("In Vietnamese"), max_length=300, widget=forms.Textarea(attrs={"rows": 2, "lang": "vi"})
    )
    permission_reminder_en = forms.CharField(
        label=_("In English"), max_length=300, widget=forms.Textarea(attrs={"rows": 2, "lang": "en"})
    )
    bot_open_seconds = forms.IntegerField(
        label=_("Treat opens this soon after sending as bots"),
        min_value=0,
        max_value=MAX_BOT_OPEN_SECONDS,
        help_text=_(
            "Security scanners open messages as soon as they arrive. Their opens are counted separately."
        ),
    )

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        policies: Sequence[ChannelPolicy],
        initial: Mapping[str, Any],
    ) -> None:
        super().__init__(data, initial=dict(initial))
        self.policies = policies
        for policy in policies:
            self.fields[f"label_{policy.channel}"] = forms.ChoiceField(
                label=_("Advertising label"),
                choices=_LABELS,
                required=False,
                widget=forms.RadioSelect,
                help_text=str(policy.label_rule),
            )
            self.fields[f"daily_cap_{policy.channel}"] = forms.IntegerField(
                label=_("Advertising messages per recipient in 24 hours"),
                min_value=1,
                max_value=policy.max_daily_cap,
                help_text=_now("The law allows up to %(max)s, across all campaigns.")
                % {"max": num(policy.max_daily_cap)},
            )

    def channels(self) -> Iterator[ChannelFields]:
        """Yield the fields of each channel."""
        for policy in self.policies:
            title = str(Channel(policy.channel).label)
            yield ChannelFields(title, self[f"label_{policy.channel}"], self[f"daily_cap_{policy.channel}"])

    def values(self) -> dict[str, Any]:
        """Return the arguments of services.update_sending_settings."""
        data = self.cleaned_data
        return {
            "permission_reminders": {
                "vi": data["permission_reminder_vi"],
                "en": data["permission_reminder_en"],
            },
            "bot_open_seconds": data["bot_open_seconds"],
            "channels": {
                policy.channel: ChannelRuleValues(
                    data[f"daily_cap_{policy.channel}"], data[f"label_{policy.channel}"]
                )
                for policy in self.policies
            },
        }


def initial_values(
    settings: SendingSettings, rules: Sequence[ChannelRules], workspace: Workspace
) -> dict[str, Any]:
    """Return the settings as initial form values, with a suggestion for an empty permission reminder."""
    shop = workspace.brand or workspace.name
    permission_reminders = {
        f"permission_reminder_{language}": settings.permission_reminders.get(language)
        or text.replace("{shop}", shop)
        for language, text in DEFAULT_PERMISSION_REMINDERS.items()
    }
    labels = {f"label_{each.channel}": each.label for each in rules}
    caps = {f"daily_cap_{each.channel}": each.daily_cap for each in rules}
    return permission_reminders | labels | caps | {"bot_open_seconds": settings.bot_open_seconds}


class FirstSendingForm(forms.Form):
    """What the law requires before the first message: who sends it and why people get it."""

    sender_phone = forms.CharField(label=_("Hotline"), max_length=30)
    sender_email = forms.EmailField(label=_("Contact email"))
    sender_address = forms.CharField(label=_("Postal address"), max_length=300)
    sender_website = forms.URLField(
        label=_("Website"),
        required=False,
        assume_scheme="https",
        help_text=_("Where the buttons of templates lead."),
    )
    permission_reminder = forms.CharField(
        label=_("Permission reminder"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("A suggestion. It stands at the end of every advertising email."),
    )

    @classmethod
    def of(
        cls, data: Mapping[str, Any] | None, workspace: Workspace, settings: SendingSettings
    ) -> FirstSendingForm:
        """Return the form, filled in with what is known."""
        texts = initial_values(settings, (), workspace)
        names = ("sender_phone", "sender_email", "sender_address", "sender_website")
        initial = {name: getattr(workspace, name) for name in names}
        initial["permission_reminder"] = texts[f"permission_reminder_{workspace.language}"]
        return cls(data, initial=initial)

    def sender(self) -> dict[str, str]:
        """Return the sender's details, as the workspace stores them."""
        return {name: value for name, value in self.cleaned_data.items() if name.startswith("sender_")}

    def reminders(self, workspace: Workspace, settings: SendingSettings) -> dict[str, str]:
        """Return the permission reminders by language: what was typed, else what is stored or suggested."""
        texts = initial_values(settings, (), workspace)
        languages = {
            language: texts[f"permission_reminder_{language}"] for language in DEFAULT_PERMISSION_REMINDERS
        }
        return languages | {workspace.language: self.cleaned_data["permission_reminder"]}
