"""The lists of campaigns as data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.urls import reverse
from django.utils.translation import gettext as _

from quen.apps.audience import queries as audience_queries
from quen.apps.audience.types import ContactSummary
from quen.apps.campaigns import queries
from quen.apps.campaigns.types import STATE_BADGES, CampaignState
from quen.apps.channels.registry import MessageChannel
from quen.apps.compliance.types import ExclusionReason
from quen.apps.delivery import queries as delivery
from quen.apps.delivery.types import MessageState, state_text
from quen.core import paging
from quen.core.paging import Page, Sort, SortColumn
from quen.ui.lists import Column, EmptyState, ListTable, Row, StatusLabel, Title
from quen.ui.tags import filters

if TYPE_CHECKING:
    from quen.apps.delivery.models import Message

#: the instant of a message that belongs to a list
_INSTANTS: Mapping[str, str] = MappingProxyType(
    {
        "delivered": "delivered_at",
        "bounced": "bounced_at",
        "opened": "opened_at",
        "opened_by_bot": "bot_opened_at",
        "opened_by_bot_only": "bot_opened_at",
        "not_clicked": "opened_at",
        "clicked": "clicked_at",
        "unsubscribed": "unsubscribed_at",
        "complained": "complained_at",
    }
)
#: lists of messages that were sent, of which it is shown when
_SENT_LISTS = frozenset({"sent", "arrived", "not_opened"})


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


def list_notes() -> dict[str, str]:
    """Return what needs saying about a list of a report, by its key."""
    return {
        "not_opened": _(
            "Those whose message only a bot opened are not here: nobody knows whether they read it."
        ),
        "opened_by_bot_only": _(
            "Some apps load images in advance, so an open by a bot says nothing about the customer."
        ),
        "opened": _("Opens by bots are not counted. A click counts as an open."),
    }


def contact_sort(metric: str, *, large: bool) -> Sort:
    """Return the order of a report's list: who did it last comes first, as far as sorting that many is quick."""
    column = _INSTANTS.get(metric)
    if column is None or large:
        return Sort("id", paging.BY_KEY)
    return Sort(column, SortColumn(column, paging.instant), descending=True)


def message_table(page: Page[Message], *, channel: MessageChannel, metric: str, label: str) -> ListTable:
    """Return the contacts behind a number of the report: when they did it, how often, which link, or why not."""
    contact_ids = [message.contact_id for message in page.rows]
    contacts = {each.contact_id: each for each in audience_queries.contact_summaries(contact_ids)}
    details = _details(page.rows, channel=channel, metric=metric)
    instant = _INSTANTS.get(metric)
    columns = [
        Column("contact", _("Customer"), "title", phone="title"),
        Column("address", channel.texts.address, "note", min_width=36),
        *(column for column, _values in details),
    ]
    if instant is not None or metric in _SENT_LISTS:
        at = Column("at", label if instant else _("Sent"), "instant", phone="side")
        columns.append(at)
    rows = []
    for number, message in enumerate(page.rows):
        contact = contacts.get(message.contact_id)
        address = channel.display_address(message.address) if message.address else ""
        cells = [Title(_name(contact), avatar=contact is not None), address]
        cells += [values[number] for _column, values in details]
        if len(columns) > len(cells):
            cells.append(getattr(message, instant or "sent_at"))
        rows.append(
            Row(cells, key=message.pk, name=_name(contact), href=contact.url if contact is not None else "")
        )
    return ListTable(
        label=label,
        columns=columns,
        rows=rows,
        empty=EmptyState(_("No customers here any more."), picture="people"),
        pager=page.links([]),
    )


def people_beside(page: Page[Message], *, channel: MessageChannel, metric: str, label: str) -> ListTable:
    """Return the contacts behind a number for a narrow place: each with one line that says when, and what else."""
    table = message_table(page, channel=channel, metric=metric, label=label)
    columns = {column.key: at for at, column in enumerate(table.columns)}
    # Whoever was left out for a reason has that reason as the heading.
    told = ("links", "reason") if metric.startswith("reason:") else ("links", "reason", "status")
    rows = []
    for row in table.rows:
        values = {key: row.cells[at] for key, at in columns.items()}
        said = [filters.instant(values["at"])] if values.get("at") else []
        said += [str(values[key]) for key in told if values.get(key)]
        name = values["contact"]
        note = " · ".join(said) or values["address"]
        rows.append(replace(row, cells=[replace(name, note=note)]))
    head = _("Customer, when") if "at" in columns else _("Customer")
    return replace(table, columns=[Column("contact", head, "title", phone="title")], rows=rows, pager={})


def _details(
    messages: Sequence[Message], *, channel: MessageChannel, metric: str
) -> list[tuple[Column, list[Any]]]:
    """Return the columns that answer what a list is asked for, with their values."""
    match metric:
        case "opened" | "not_clicked":
            opens = Column("opens", _("Times"), "number", phone="note-side", unit="×")
            return [(opens, [message.opens for message in messages])]
        case "clicked":
            urls = delivery.clicked_urls([message.pk for message in messages])
            hosts = {urlsplit(url).netloc for followed in urls.values() for url in followed}
            links = [
                ", ".join(_short(url, with_host=len(hosts) > 1) for url in urls.get(message.pk, ()))
                for message in messages
            ]
            clicks = Column("clicks", _("Times"), "number", phone="note-side", unit="×")
            return [
                (Column("links", _("Link clicked"), "note", phone="note"), links),
                (clicks, [message.clicks for message in messages]),
            ]
        case "bounced" | "refused" | "failed" | "deferred" | "complained":
            reasons = [_reply(message, channel) for message in messages]
            return [(Column("reason", _("Reason"), "note", phone="note"), reasons)]
        case "unsubscribed" | "opened_by_bot" | "opened_by_bot_only" | "delivered":
            return []
    states = [_status_text(message, channel) for message in messages]
    return [(Column("status", _("Status"), "note", phone="note"), states)]


def _reply(message: Message, channel: MessageChannel) -> str:
    """Return what the server's reply means, else its own words."""
    reply = f"{message.code} {message.provider_message}".strip()
    return channel.explain_reply(reply) or reply


def _short(url: str, *, with_host: bool) -> str:
    """Return a link without what everybody knows: its scheme, and its host if all links have the same."""
    whole = url.partition("://")[2].rstrip("/")
    path = whole.partition("/")[2]
    return f"/{path}" if path and not with_host else whole


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
    return state_text(message.state, channel.texts)
