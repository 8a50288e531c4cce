"""What a person gets by topic and channel, as the table of their page, and what they agree to by ticking it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quen.apps.compliance import queries, registry, services
from quen.apps.compliance.views.public import channel_name
from quen.apps.contacts.types import Channel, Consent

if TYPE_CHECKING:
    from quen.apps.compliance.types import ChannelPolicy
    from quen.apps.compliance.views.public import PublicContext
    from quen.apps.contacts.models import Contact


@dataclass(frozen=True, slots=True)
class PreferenceCell:
    """A tick of the table. is_sent: False where the topic is never sent on the channel, shown as a dash."""

    name: str
    label: str
    is_sent: bool
    ticked: bool


@dataclass(frozen=True, slots=True)
class PreferenceRow:
    """A topic with its ticks, one for each channel."""

    name: str
    description: str
    cells: Sequence[PreferenceCell]


@dataclass(frozen=True, slots=True)
class PreferenceGrid:
    """The table. channels: key and name.  shown_on: channels on which the person gets advertising.

    agreements: what they agree to by ticking something of a channel that is off now.
    """

    channels: Sequence[tuple[str, str]]
    rows: Sequence[PreferenceRow]
    shown_on: Sequence[str]
    agreements: Sequence[str]
    gets_anything: bool

    @property
    def is_shown(self) -> bool:
        """Return whether there is something to choose; one single tick says no more than the buttons below."""
        return sum(cell.is_sent for row in self.rows for cell in row.cells) > 1


def preference_grid(contact: Contact, public: PublicContext) -> PreferenceGrid:
    """Return what a contact gets, on the channels the shop uses and they can be reached by."""
    policies = _channels_of(contact, public)
    gets = {policy.channel: services.gets_advertising(contact, policy.channel) for policy in policies}
    chosen = queries.topic_choices(contact.pk)
    topics: list[tuple[int, str, str, Sequence[str]]] = [
        (topic.pk, topic.name, topic.description, topic.channels) for topic in queries.topics()
    ]
    if not topics:
        topics = [(services.EVERYTHING, _("News and offers"), "", list(gets))]
    return PreferenceGrid(
        channels=[(channel, str(Channel(channel).label)) for channel in gets],
        rows=[
            PreferenceRow(
                name,
                description,
                [_cell(pk, name, channel, sent_on, gets, chosen) for channel in gets],
            )
            for pk, name, description, sent_on in topics
        ],
        shown_on=[channel for channel, on in gets.items() if on],
        agreements=[consent_wording(public, channel) for channel, on in gets.items() if not on],
        gets_anything=any(gets.values()),
    )


def wanted_from(
    contact: Contact, public: PublicContext, ticked: Sequence[str]
) -> dict[tuple[int, str], bool]:
    """Return what was ticked and not, by topic and channel, of what the page could show."""
    grid = preference_grid(contact, public)
    cells = [cell for row in grid.rows for cell in row.cells if cell.is_sent]
    return {_key(cell.name): cell.name in ticked for cell in cells}


def consent_wording(public: PublicContext, channel: str = "") -> str:
    """Return the text a contact agrees to: content, channel, maximum frequency, and that they may stop at any time.

    Personal Data Protection Law 91/2025 Art. 28 requires content, method, form and frequency.
    channel: that of the link if empty.
    """
    channel = channel or public.payload.channel
    cap = queries.channel_rules(channel).daily_cap
    sentence = ngettext(
        "I agree that %(shop)s sends me news and offers by %(channel)s, at most %(cap)s message in 24 hours."
        " I can refuse at any time, free of charge.",
        "I agree that %(shop)s sends me news and offers by %(channel)s, at most %(cap)s messages in 24 hours."
        " I can refuse at any time, free of charge.",
        cap,
    )
    return sentence % {"shop": public.brand, "channel": channel_name(channel), "cap": cap}


def masked_address(contact: Contact, channel: str) -> str:
    """Return the contact's address on a channel as its owner recognises it; empty if there is none."""
    column = registry.policy(channel).address
    return mask_address(str(getattr(contact, column) or "")) if column else ""


def mask_address(address: str) -> str:
    """Return an address its owner recognises and others cannot read: l•••@thu.vn."""
    name, at, host = address.partition("@")
    return f"{name[:1]}•••{at}{host}" if at else f"•••{address[-3:]}" if address else ""


def own_addresses(contact: Contact) -> list[tuple[str, str, str]]:
    """Return email and phone as column, label and masked value."""
    return [
        ("email", _("Email"), mask_address(contact.email or "")),
        ("phone", _("Phone"), mask_address(contact.phone or "")),
    ]


def _channels_of(contact: Contact, public: PublicContext) -> list[ChannelPolicy]:
    used = {policy.channel for policy in registry.used_policies()} | {public.payload.channel}
    return [
        policy
        for policy in registry.policies()
        if policy.channel in used
        and policy.address
        and getattr(contact, policy.address)
        and contact.consent(policy.channel) != Consent.BLOCKED
    ]


def _cell(
    topic_id: int,
    topic: str,
    channel: str,
    sent_on: Sequence[str],
    gets: Mapping[str, bool],
    chosen: Mapping[tuple[int, str], int],
) -> PreferenceCell:
    wants = chosen.get((topic_id, channel), Consent.GRANTED) == Consent.GRANTED
    label = _("%(topic)s by %(channel)s") % {"topic": topic, "channel": channel_name(channel)}
    return PreferenceCell(f"{topic_id}-{channel}", label, channel in sent_on, gets[channel] and wants)


def _key(name: str) -> tuple[int, str]:
    topic_id, _dash, channel = name.partition("-")
    return int(topic_id), channel
