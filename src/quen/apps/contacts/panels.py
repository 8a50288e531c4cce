"""Panels of the overview page: the number of contacts, contacts by status, the latest ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from quen.apps.audience import queries as audience
from quen.apps.contacts.models import Contact
from quen.apps.contacts.types import ContactRight, Status
from quen.apps.team.access import workspace_path
from quen.apps.team.registry import OverviewPanelContent, overview_days
from quen.core import sql
from quen.core.clock import day_start, local_day

if TYPE_CHECKING:
    from quen.apps.team.access import WorkspaceRequest

LATEST, TIMEOUT_MS = 5, 5000
STATUS_STYLES = {
    Status.SUBSCRIBED: ("circle-check", "good"),
    Status.NON_SUBSCRIBED: ("circle-dashed", ""),
    Status.UNSUBSCRIBED: ("circle-slash", "bad"),
    Status.SAVED: ("archive", ""),
}


@dataclass(frozen=True, slots=True)
class DayCount:
    """Contacts of a status created on a day; day None: on any day before."""

    status: int
    day: date | None
    contacts: int
    incomplete: int


@dataclass(frozen=True, slots=True)
class ContactTotals:
    """The number of contacts, and of new ones."""

    contacts: int
    new_contacts: int


@dataclass(frozen=True, slots=True)
class StatusRow:
    """A line of the panel: the number of contacts in a status, and its history by day."""

    label: str
    icon: str
    tone: str
    contacts: int
    new_contacts: int
    percent: int
    days: list[int]
    href: str


def totals_panel(request: WorkspaceRequest) -> OverviewPanelContent:
    """Return the sentence with the number of contacts."""
    first = _days(request)[0]
    with sql.read_only(timeout_ms=TIMEOUT_MS):
        (totals,) = sql.fetch(
            "contacts/overview_totals",
            into=ContactTotals,
            since=day_start(first, request.workspace.zone),
            archived=int(Status.SAVED),
        )
    context = {
        "totals": totals,
        "days": overview_days(request),
        "first": first,
        "last": _days(request)[-1],
        "list_url": workspace_path("/contacts/"),
    }
    return OverviewPanelContent(title="", template="contacts/overview/totals.html", context=context)


def statuses_panel(request: WorkspaceRequest) -> OverviewPanelContent | None:
    """Return the number of contacts by status and its growth in the period."""
    days = _days(request)
    zone = request.workspace.zone
    with sql.read_only(timeout_ms=TIMEOUT_MS):
        counts = sql.fetch(
            "contacts/overview_status_counts", into=DayCount, since=day_start(days[0], zone), zone=zone.key
        )
    if not counts:
        return None
    total = sum(each.contacts for each in counts)
    rows = [
        _row(status, [each for each in counts if each.status == status], days, total) for status in Status
    ]
    context = {
        "rows": rows,
        "days": len(days),
        "incomplete": sum(each.incomplete for each in counts),
        "list_url": workspace_path("/contacts/incomplete/"),
    }
    return OverviewPanelContent(
        title=_("Customers by status"),
        template="contacts/overview/statuses.html",
        context=context,
        note=ngettext("last %(days)s day", "last %(days)s days", len(days)) % {"days": len(days)},
        flush=True,
    )


def latest_panel(request: WorkspaceRequest) -> OverviewPanelContent:
    """Return the latest contacts."""
    contacts = list(Contact.objects.order_by("-created_at", "-id")[:LATEST])
    context = {
        "contacts": [(each, workspace_path(f"/contacts/{each.pk}/")) for each in contacts],
        "now": request.now,
    }
    return OverviewPanelContent(
        title=_("Latest customers"),
        template="contacts/overview/latest.html",
        context=context
        | {
            "may_create": request.member.can(ContactRight.CREATE),
            "list_url": workspace_path("/contacts/new/"),
        },
        href=workspace_path("/contacts/") if contacts else "",
        link=_("See all"),
        flush=bool(contacts),
    )


def _days(request: WorkspaceRequest) -> list[date]:
    today = local_day(request.now, request.workspace.zone)
    return [today - timedelta(days=back) for back in range(overview_days(request) - 1, -1, -1)]


def _row(status: Status, counts: list[DayCount], days: list[date], total: int) -> StatusRow:
    by_day = {each.day: each.contacts for each in counts}
    contacts = sum(by_day.values())
    daily_totals, level = [], contacts - sum(by_day.get(day, 0) for day in days)
    for day in days:
        level += by_day.get(day, 0)
        daily_totals.append(level)
    icon, tone = STATUS_STYLES[status]
    return StatusRow(
        label=str(status.label),
        icon=icon,
        tone=tone,
        contacts=contacts,
        new_contacts=sum(by_day.get(day, 0) for day in days),
        percent=round(contacts * 100 / total),
        days=daily_totals,
        href=_contacts_with(status),
    )


def _contacts_with(status: Status) -> str:
    """Return the URL of the list of contacts in a status."""
    tree = audience.parse({"field": "status", "op": "is", "value": [status.name.lower()]})
    query = {"rules": audience.tree_to_query(tree)} | ({"saved": "1"} if status == Status.SAVED else {})
    return workspace_path(f"/contacts/?{urlencode(query)}")
