"""The lists of campaigns as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext as _

from quen.apps.audience import queries as audience_queries
from quen.apps.audience.types import ContactSummary
from quen.apps.campaigns import queries
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.types import STATE_BADGES, CampaignState
from quen.apps.channels.registry import MessageChannel
from quen.apps.compliance.types import ExclusionReason
from quen.apps.delivery.types import MessageState
from quen.core.paging import Page, Sort
from quen.ui.lists import Column, EmptyState, ListTable, Row, StatusLabel, Title
from quen.ui.tags import filters

if TYPE_CHECKING:
    from quen.apps.delivery.models import Message

#: the instant of a message that belongs to a metric; of all others, when it was sent
_INSTANTS: Mapping[str, str] = MappingProxyType(
    {
        "delivered": "delivered_at",
        "bounced": "bounced_at",
        "opened": "opened_at",
        "opened_by_bot": "bot_opened_at",
        "clicked": "clicked_at",
        "unsubscribed": "unsubscribed_at",
        "complained": "complained_at",
    }
)


def campaign_table(
    page: Page[queries.CampaignRow],
    *,
    sort: Sort,
    query: Sequence[tuple[str, str]],
    searched: bool,
    with_channel: bool,
    now: datetime,
) -> ListTable:
    """Return the campaign list. query: the parameters that stay when it is paged."""
    channel = [Column("channel", _("Channel"), "note", min_width=62)] if with_channel else []
    return ListTable(
        label=_("Campaigns"),
        columns=(
            Column("name", _("Campaign"), "title", sort="name", phone="title"),
            *channel,
            Column("status", _("Status"), "state", phone="side"),
            Column("time", _("Time"), "note", sort="time", descending_first=True, min_width=56),
            Column("author", _("Author"), "note", min_width=74),
            Column("sent", _("Sent"), "number", min_width=36),
            Column("opened", _("Opened"), "percent", min_width=36),
            Column("clicked", _("Clicked"), "percent", min_width=36),
            Column("summary", _("Results"), "note", phone="wide"),
        ),
        rows=[_campaign_row(row, with_channel=with_channel, now=now) for row in page.rows],
        empty=_empty(searched=searched),
        sort=str(sort),
        pager=page.links(query),
        full_page=True,
        now=now,
    )


def _campaign_row(row: queries.CampaignRow, *, with_channel: bool, now: datetime) -> Row:
    campaign = row.campaign
    tone, icon = STATE_BADGES[CampaignState(campaign.state)]
    scheduled = campaign.state == CampaignState.SCHEDULED
    time = filters.instant(row.at) if scheduled else filters.time_ago(row.at, now)
    summary = time
    if row.counts is not None and row.opened_percent is None and row.clicked_percent is None:
        summary = _("Sent %(sent)s") % {"sent": filters.num(row.counts.sent)}
    elif row.counts is not None:
        summary = _("Sent %(sent)s, opened %(opened)s, clicked %(clicked)s") % {
            "sent": filters.num(row.counts.sent),
            "opened": filters.percent(row.opened_percent),
            "clicked": filters.percent(row.clicked_percent),
        }
    return Row(
        (
            Title(campaign.name, row.audience),
            *([str(queries.channel_of(campaign).label)] if with_channel else []),
            StatusLabel(campaign.get_state_display(), tone, icon),
            time,
            campaign.member_name,
            row.counts.sent if row.counts else None,
            row.opened_percent,
            row.clicked_percent,
            summary,
        ),
        key=campaign.pk,
        name=campaign.name,
        href=reverse("campaigns:campaign", args=[campaign.pk]),
    )


def _empty(*, searched: bool) -> EmptyState:
    show_all = {"button": _("Show all"), "href": reverse("campaigns:campaign_list"), "tone": "line"}
    if searched:
        text = _("Check the spelling. You can type without accents.")
        return EmptyState(_("No matching campaigns"), text, "search", **show_all)
    return EmptyState(_("Nothing here"), _("No campaigns with this status."), **show_all)


def message_table(page: Page[Message], *, campaign: Campaign, metric: str, label: str) -> ListTable:
    """Return the contacts behind a number of the report, with the instant it is about: when they opened, clicked …"""
    channel = queries.channel_of(campaign)
    contact_ids = [message.contact_id for message in page.rows]
    contacts = {each.contact_id: each for each in audience_queries.contact_summaries(contact_ids)}
    instant = _INSTANTS.get(metric, "sent_at")
    return ListTable(
        label=label,
        columns=(
            Column("contact", _("Customer"), "title", phone="title"),
            Column("address", channel.texts.address, "note", phone="note"),
            Column("status", _("Status"), "note", phone="side"),
            Column("at", label if metric in _INSTANTS else _("Sent"), "instant", phone="note-side"),
        ),
        rows=[
            Row(
                (
                    Title(name := _name(contacts.get(message.contact_id))),
                    channel.display_address(message.address) if message.address else "",
                    _status_text(message, channel),
                    getattr(message, instant),
                ),
                key=message.pk,
                name=name,
                href=contacts[message.contact_id].url if message.contact_id in contacts else "",
            )
            for message in page.rows
        ],
        empty=EmptyState(_("No customers here any more."), picture="people"),
        pager=page.links([]),
    )


def skipped_table(page: Page[int], *, label: str) -> ListTable:
    """Return the contacts skipped for a reason."""
    contacts = audience_queries.contact_summaries(page.rows)
    return ListTable(
        label=label,
        columns=(
            Column("contact", _("Customer"), "title", phone="title"),
            Column("hint", _("Address"), "note", phone="note"),
        ),
        rows=[
            Row(
                (Title(each.name, avatar=True), each.hint),
                key=each.contact_id,
                name=each.name,
                href=each.url,
            )
            for each in contacts
        ],
        empty=EmptyState(_("No customers are skipped for this reason any more."), picture="people"),
        pager=page.links([]),
    )


def _name(contact: ContactSummary | None) -> str:
    return contact.name if contact is not None else _("Deleted customer")


def _status_text(message: Message, channel: MessageChannel) -> str:
    if message.state == MessageState.SKIPPED and message.reason in ExclusionReason.values:
        return str(ExclusionReason(message.reason).label)
    if message.state == MessageState.ACCEPTED:
        return str(channel.texts.accepted)
    if message.state == MessageState.REFUSED:
        return str(channel.texts.refused)
    return str(MessageState(message.state).label)
