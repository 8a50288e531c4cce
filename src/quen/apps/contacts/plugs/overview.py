"""The room's panels on the landing page, its first step, and its number in the list of workspaces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from quen.apps.audience import queries as audience
from quen.apps.contacts.models import Contact
from quen.apps.contacts.types import Status
from quen.apps.team import registry
from quen.apps.team.access import workspace_path
from quen.apps.team.registry import OnboardingStep, OverviewPanelContent
from quen.apps.team.types import Right
from quen.core import sql
from quen.core.clock import day_start, local_day

if TYPE_CHECKING:
    from quen.apps.team.access import WorkspaceRequest

DAYS, LATEST, TIMEOUT_MS = 30, 5, 5000
STATUS_STYLES = {
    Status.SUBSCRIBED: ("circle-check", "good"),
    Status.NON_SUBSCRIBED: ("circle-dashed", ""),
    Status.UNSUBSCRIBED: ("circle-slash", "bad"),
    Status.SAVED: ("archive", ""),
}


@dataclass(frozen=True, slots=True)
class DayCount:
    """People of a status created on a day; day None stands for all days before."""

    status: int
    day: date | None
    contacts: int
    incomplete: int


@dataclass(frozen=True, slots=True)
class ContactTotals:
    """Everybody, and the new ones among them."""

    contacts: int
    new_contacts: int


@dataclass(frozen=True, slots=True)
class StatusRow:
    """A line of the panel: how many people are in a status now, and how it grew day by day."""

    label: str
    icon: str
    tone: str
    contacts: int
    new_contacts: int
    percent: int
    days: list[int]
    href: str


def register() -> None:
    """Register them."""
    registry.overview_panel("contacts-totals", 10, Right.VIEW_CONTACTS, totals_panel, slot="top", lazy=True)
    registry.overview_panel("contacts-statuses", 10, Right.VIEW_CONTACTS, statuses_panel, lazy=True)
    registry.overview_panel("contacts-latest", 20, Right.VIEW_CONTACTS, latest_panel)
    registry.onboarding_step("contacts.first", 20, Right.CREATE_CONTACTS, first_contact_step)
    registry.workspace_count(
        "contacts", "SELECT count(*) FROM {schema}.contacts_contact WHERE deleted_at IS NULL"
    )


def totals_panel(request: WorkspaceRequest) -> OverviewPanelContent:
    """Say in one sentence how many people the shop knows."""
    first = _days(request)[0]
    with sql.read_only(timeout_ms=TIMEOUT_MS):
        (totals,) = sql.fetch(
            "contacts/overview_totals", into=ContactTotals, since=day_start(first, request.workspace.zone)
        )
    context = {
        "totals": totals,
        "first": first,
        "last": _days(request)[-1],
        "list_url": workspace_path("/contacts/"),
    }
    return OverviewPanelContent(title="", template="contacts/overview/totals.html", context=context)


def statuses_panel(request: WorkspaceRequest) -> OverviewPanelContent | None:
    """Show the people of each status and how their number grew in the last 30 days."""
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
        "incomplete": sum(each.incomplete for each in counts),
        "list_url": workspace_path("/contacts/incomplete/"),
    }
    return OverviewPanelContent(
        title=_("Customers by status"),
        template="contacts/overview/statuses.html",
        context=context,
        note=_("last 30 days"),
        flush=True,
    )


def latest_panel(request: WorkspaceRequest) -> OverviewPanelContent:
    """Show who came last."""
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
            "may_create": request.member.can(Right.CREATE_CONTACTS),
            "list_url": workspace_path("/contacts/new/"),
        },
        href=workspace_path("/contacts/") if contacts else "",
        link=_("See all"),
        flush=bool(contacts),
    )


def first_contact_step(request: WorkspaceRequest) -> OnboardingStep:
    """Ask for one person by hand."""
    return OnboardingStep(
        title=_("Add a customer"),
        text=_("A name and a phone number are enough."),
        href=workspace_path("/contacts/new/"),
        icon="user-plus",
        done=Contact.objects.exists(),
    )


def _days(request: WorkspaceRequest) -> list[date]:
    today = local_day(request.now, request.workspace.zone)
    return [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]


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
    """Give the address of the list of people in a status."""
    tree = audience.parse({"field": "status", "op": "is", "value": [status.name.lower()]})
    query = {"rules": audience.tree_to_query(tree)} | ({"saved": "1"} if status == Status.SAVED else {})
    return workspace_path(f"/contacts/?{urlencode(query)}")
