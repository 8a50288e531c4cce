"""Forms of the composer."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from quen.apps.campaigns.models import Campaign
from quen.apps.compliance.types import AddressNotValid, MessageClass
from quen.core import emails
from quen.ui.widgets import DayField, SwitchInput, split_values

if TYPE_CHECKING:
    from quen.apps.channels.models import Sender

NOW, LATER = "now", "later"
LINK_TAGS = ("source", "medium", "campaign")
_REMINDER_CHARS = 400


class CampaignNameForm(forms.Form):
    """The campaign's name, which only colleagues see."""

    name = forms.CharField(
        label=_("Campaign name"),
        max_length=1000,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class CampaignDeliveryForm(forms.Form):
    """Sender, message class (advertising or transactional), tracking, link tags, permission reminder and send rate."""

    sender = forms.ChoiceField(label=_("Sender name"), required=False)
    message_class = forms.ChoiceField(
        label=_("Message type"), choices=MessageClass.choices, widget=forms.RadioSelect
    )
    track_opens = forms.BooleanField(label=_("Track opens"), required=False, widget=SwitchInput)
    track_clicks = forms.BooleanField(label=_("Track clicks"), required=False, widget=SwitchInput)
    link_source = forms.CharField(label="utm_source", max_length=100, required=False)
    link_medium = forms.CharField(label="utm_medium", max_length=100, required=False)
    link_campaign = forms.CharField(label="utm_campaign", max_length=100, required=False)
    permission_reminder_vi = forms.CharField(
        label=_("Permission reminder in Vietnamese"),
        max_length=_REMINDER_CHARS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    permission_reminder_en = forms.CharField(
        label=_("Permission reminder in English"),
        max_length=_REMINDER_CHARS,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    rate_per_minute = forms.IntegerField(
        label=_("Maximum emails per minute"),
        required=False,
        min_value=1,
        max_value=600_000,
        help_text=_("Leave empty to send as fast as the mail server accepts."),
    )

    def __init__(self, data: Any, *, campaign: Campaign, senders: list[Sender]) -> None:
        super().__init__(data, initial=_initial(campaign))
        choices = [(str(each.pk), f"{each.name} <{each.address}>") for each in senders]
        self.fields["sender"].choices = [("", _("Choose a sender")), *choices]  # type: ignore[attr-defined]  # a choice

    def settings(self) -> dict[str, Any]:
        """Return the cleaned values as keyword arguments of ``services.save_delivery``."""
        data = self.cleaned_data
        rate = data["rate_per_minute"]
        return {
            "sender_id": int(data["sender"]) if data["sender"] else None,
            "message_class": data["message_class"],
            "permission_reminders": {
                language: data[f"permission_reminder_{language}"] for language in ("vi", "en")
            },
            "track_opens": data["track_opens"],
            "track_clicks": data["track_clicks"],
            "link_tags": {key: data[f"link_{key}"] for key in LINK_TAGS},
            "rate_per_second": rate / 60 if rate else None,
        }


def _initial(campaign: Campaign) -> dict[str, Any]:
    rate = campaign.rate_per_second
    initial: dict[str, Any] = {
        "sender": str(campaign.sender_id or ""),
        "message_class": campaign.message_class,
        "track_opens": campaign.track_opens,
        "track_clicks": campaign.track_clicks,
        "rate_per_minute": round(rate * 60) if rate else None,
    }
    initial |= {f"link_{key}": campaign.link_tags.get(key, "") for key in LINK_TAGS}
    return initial | {
        f"permission_reminder_{language}": campaign.permission_reminders.get(language, "")
        for language in ("vi", "en")
    }


class SendTimeForm(forms.Form):
    """Send now, or on a day at a time in the workspace's time zone."""

    when = forms.ChoiceField(choices=[(NOW, _("Send now")), (LATER, _("Schedule"))], widget=forms.RadioSelect)
    day = DayField(label=_("Day"), required=False)
    clock = forms.TimeField(
        label=_("Time"),
        required=False,
        input_formats=["%H:%M", "%H:%M:%S", "%Hh%M", "%H.%M"],
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
    )

    def __init__(self, data: Any, *, send_at: datetime | None, zone: ZoneInfo, now: datetime) -> None:
        local = send_at.astimezone(zone) if send_at else None
        initial = {
            "when": LATER if local else NOW,
            # The most likely choice: tomorrow morning.
            "day": local.date() if local else now.astimezone(zone).date() + timedelta(days=1),
            "clock": local.time() if local else time(9),
        }
        super().__init__(data, initial=initial)

    @property
    def is_later(self) -> bool:
        """Return whether "Schedule" is selected."""
        return bool(self["when"].value() == LATER)

    def clean(self) -> dict[str, Any]:
        """Require day and time for a scheduled send; ignore both for "Send now"."""
        data = super().clean() or self.cleaned_data
        if data.get("when") == NOW:
            for field in ("day", "clock"):
                data[field] = None
                self.errors.pop(field, None)
            return data
        for field in ("day", "clock"):
            if not data.get(field) and field not in self.errors:
                message = _("Choose a day.") if field == "day" else _("Choose a time.")
                self.add_error(field, forms.ValidationError(message, code="required"))
        return data


class CampaignTestForm(forms.Form):
    """Addresses of a test, its language, and the contact whose data fill it."""

    addresses = forms.CharField(
        label=_("Addresses"),
        max_length=1300,
        widget=forms.TextInput(attrs={"autocomplete": "email", "spellcheck": "false"}),
        error_messages={"required": _("Enter at least one address.")},
    )
    language = forms.ChoiceField(label=_("Language"), required=False)
    contact = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any, *, languages: list[tuple[str, Any]], initial: dict[str, Any]) -> None:
        super().__init__(data, initial=initial)
        self.fields["language"].choices = languages  # type: ignore[attr-defined]  # a choice

    def clean_addresses(self) -> list[str]:
        """Return the addresses, separated by commas, semicolons or spaces, without duplicates."""
        raw = self.cleaned_data["addresses"].replace(";", ",").replace(" ", ",")
        found: list[str] = []
        for word in split_values(raw):
            try:
                found.append(emails.read(word))
            except ValueError as error:
                refusal = AddressNotValid(address=word)
                raise forms.ValidationError(str(refusal), code=refusal.code) from error
        if not found:
            raise forms.ValidationError(_("Enter at least one address."), code="required")
        return list(dict.fromkeys(found))


class SaveAsSegmentForm(forms.Form):
    """The optional name under which conditions are saved as a segment."""

    name = forms.CharField(label=_("Segment name"), max_length=120, required=False)
