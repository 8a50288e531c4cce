"""Forms of the composer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quen.apps.campaigns.models import Campaign
from quen.apps.compliance.types import AddressNotValid, MessageClass
from quen.ui.widgets import ClockField, DayField, SwitchInput, split_values

if TYPE_CHECKING:
    from quen.apps.channels.models import Sender
    from quen.apps.channels.registry import MessageChannel
    from quen.apps.compliance.models import Topic

NOW, LATER = "now", "later"
LINK_TAGS = ("source", "medium", "campaign")
REMINDER_LANGUAGES = ("vi", "en")
_REMINDER_CHARS = 400


class CampaignNameForm(forms.Form):
    """The campaign's name, which only colleagues see."""

    name = forms.CharField(
        label=_("Campaign name"),
        max_length=1000,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class NewCampaignForm(CampaignNameForm):
    """The name of a new campaign and its channel, asked for if there is a choice."""

    channel = forms.ChoiceField(label=_("Channel"), widget=forms.RadioSelect)

    def __init__(self, data: Any, *, channels: list[MessageChannel]) -> None:
        super().__init__(data, initial={"channel": channels[0].key})
        self.fields["channel"].choices = [(each.key, each.label) for each in channels]  # type: ignore[attr-defined]  # a choice
        if len(channels) == 1:
            del self.fields["channel"]


@dataclass(frozen=True, slots=True)
class MessageClassChoice:
    """A radio button with its explanation."""

    id: str
    value: str
    selected: bool
    text: str | Promise
    hint: str | Promise


_MESSAGE_CLASSES: dict[MessageClass, dict[str, str | Promise]] = {
    MessageClass.MARKETING: {
        "text": _("Advertising"),
        "hint": _("News, offers, customer care, greetings. Sent only to customers who consented."),
    },
    MessageClass.TRANSACTIONAL: {
        "text": _("Transactional"),
        "hint": _("Only about the recipient’s own order, payment, delivery or points. No offers."),
    },
}


class CampaignDeliveryForm(forms.Form):
    """Sender, message class (advertising or transactional), topic, tracking, link tags, reminder and send rate.

    What the channel does not have is not asked for.
    """

    sender = forms.ChoiceField(label=_("Sender name"), required=False)
    message_class = forms.ChoiceField(
        label=_("Message type"), choices=MessageClass.choices, widget=forms.RadioSelect
    )
    topic = forms.TypedChoiceField(
        label=_("Topic"),
        required=False,
        coerce=int,
        empty_value=None,
        help_text=_("For advertising. Customers who left the topic don't get this message."),
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
        label=_("Maximum messages per minute"),
        required=False,
        min_value=1,
        max_value=600_000,
        help_text=_("Leave empty to send as fast as the provider accepts."),
    )

    def __init__(
        self,
        data: Any,
        *,
        campaign: Campaign,
        channel: MessageChannel,
        senders: list[Sender],
        topics: Sequence[Topic] = (),
    ) -> None:
        super().__init__(data, initial=_initial(campaign))
        self._topic_id = campaign.topic_id
        choices = [(str(each.pk), _sender_text(each)) for each in senders]
        self.fields["sender"].choices = [("", _("Choose a sender")), *choices]  # type: ignore[attr-defined]  # a choice
        self.fields["sender"].help_text = str(channel.texts.sender_hint)
        self.fields["topic"].choices = [  # type: ignore[attr-defined]  # a choice
            ("", _("Choose a topic")),
            *((str(topic.pk), topic.name) for topic in topics),
        ]
        for name in _fields_without(channel):
            del self.fields[name]
        if not topics:
            del self.fields["topic"]

    @property
    def message_classes(self) -> list[MessageClassChoice]:
        """The radio buttons of the message class."""
        return [
            MessageClassChoice(
                id=each.id_for_label,
                value=str(each.data["value"]),
                selected=bool(each.data["selected"]),
                **_MESSAGE_CLASSES[MessageClass(str(each.data["value"]))],
            )
            for each in self["message_class"].subwidgets
        ]

    def settings(self) -> dict[str, Any]:
        """Return the cleaned values as keyword arguments of ``services.save_delivery``."""
        data = self.cleaned_data
        rate = data["rate_per_minute"]
        return {
            "sender_id": int(data["sender"]) if data["sender"] else None,
            "message_class": data["message_class"],
            "topic_id": data.get("topic", self._topic_id),
            "permission_reminders": {
                language: data.get(f"permission_reminder_{language}", "") for language in REMINDER_LANGUAGES
            },
            "track_opens": data.get("track_opens", False),
            "track_clicks": data.get("track_clicks", False),
            "link_tags": {key: data.get(f"link_{key}", "") for key in LINK_TAGS},
            "rate_per_second": rate / 60 if rate else None,
        }


def _initial(campaign: Campaign) -> dict[str, Any]:
    rate = campaign.rate_per_second
    initial: dict[str, Any] = {
        "sender": str(campaign.sender_id or ""),
        "message_class": campaign.message_class,
        "topic": str(campaign.topic_id or ""),
        "track_opens": campaign.track_opens,
        "track_clicks": campaign.track_clicks,
        "rate_per_minute": round(rate * 60) if rate else None,
    }
    initial |= {f"link_{key}": campaign.link_tags.get(key, "") for key in LINK_TAGS}
    return initial | {
        f"permission_reminder_{language}": campaign.permission_reminders.get(language, "")
        for language in REMINDER_LANGUAGES
    }


def _sender_text(sender: Sender) -> str:
    return f"{sender.name} <{sender.address}>" if sender.address else sender.name


def _fields_without(channel: MessageChannel) -> list[str]:
    """Return the fields about what the channel does not have."""
    names: list[str] = []
    if not channel.tracks_opens:
        names.append("track_opens")
    if not channel.tracks_links:
        names += ["track_clicks", *(f"link_{key}" for key in LINK_TAGS)]
    if not channel.content.footer:
        names += [f"permission_reminder_{language}" for language in REMINDER_LANGUAGES]
    return names


class SendTimeForm(forms.Form):
    """Send now, or on a day at a time in the workspace's time zone."""

    when = forms.ChoiceField(choices=[(NOW, _("Send now")), (LATER, _("Schedule"))], widget=forms.RadioSelect)
    day = DayField(label=_("Day"), required=False)
    clock = ClockField(label=_("Time"), required=False)

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
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
        error_messages={"required": _("Enter at least one address.")},
    )
    language = forms.ChoiceField(label=_("Language"), required=False)
    contact = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(
        self,
        data: Any,
        *,
        channel: MessageChannel,
        languages: list[tuple[str, Any]],
        initial: dict[str, Any],
    ) -> None:
        super().__init__(data, initial=initial)
        self._channel = channel
        self.fields["language"].choices = languages  # type: ignore[attr-defined]  # a choice

    def clean_addresses(self) -> list[str]:
        """Return the addresses, separated by commas or semicolons, without duplicates."""
        raw = self.cleaned_data["addresses"].replace(";", ",")
        found = [address for text in split_values(raw) for address in self._parse(text)]
        if not found:
            raise forms.ValidationError(_("Enter at least one address."), code="required")
        return list(dict.fromkeys(found))

    def _parse(self, text: str) -> list[str]:
        """Return the address, or several separated by spaces, which a phone number may contain."""
        for words in ([text], text.split()):
            try:
                return [self._channel.parse_address(word) for word in words]
            except ValueError:
                continue
        refusal = AddressNotValid(address=text)
        raise forms.ValidationError(str(refusal), code=refusal.code)


class SaveAsSegmentForm(forms.Form):
    """The optional name under which conditions are saved as a segment."""

    name = forms.CharField(label=_("Segment name"), max_length=120, required=False)
