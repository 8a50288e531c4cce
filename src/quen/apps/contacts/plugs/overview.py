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
from quen.apps.team.access import address
from quen.apps.team.registry import FirstStep, PanelContent
from quen.apps.team.types import Right
from quen.core import sql
from quen.core.clock import day_start, local_day

if TYPE_CHECKING:
    from quen.apps.team.access import WorkspaceRequest

DAYS, LATEST, TIMEOUT_MS = 30, 5, 5000
LOOKS = {
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
    people: int
    incomplete: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Everybody, and the new ones among them."""

    people: int
    fresh: int


@dataclass(frozen=True, slots=True)
class StatusRow:
    """A line of the panel: how many people are in a status now, and how it grew day by day."""

    label: str
    icon: str
    tone: str
    people: int
    fresh: int
    percent: int
    days: list[int]
    href: str


def register() -> None:
    """Register them."""
    registry.overview_panel("contacts-sentence", 10, Right.VIEW_CONTACTS, sentence, place="top", lazy=True)
    registry.overview_panel("contacts-statuses", 10, Right.VIEW_CONTACTS, statuses, lazy=True)
    registry.overview_panel("contacts-latest", 20, Right.VIEW_CONTACTS, latest)
    registry.first_step("contacts.first", 20, Right.CREATE_CONTACTS, first_person)
    registry.workspace_count(
        "contacts", "SELECT count(*) FROM {schema}.contacts_contact WHERE deleted_at IS NULL"
    )


def sentence(request: WorkspaceRequest) -> PanelContent:
    """Say in one sentence how many people the shop knows."""
    first = _days(request)[0]
    with sql.read_only(timeout_ms=TIMEOUT_MS):
        (totals,) = sql.fetch(
            "contacts/overview_sentence", into=Totals, since=day_start(first, request.workspace.zone)
        )
    context = {"totals": totals, "first": first, "last": _days(request)[-1], "list": address("/contacts/")}
    return PanelContent(title="", template="contacts/overview/sentence.html", context=context)


def statuses(request: WorkspaceRequest) -> PanelContent | None:
    """Show the people of each status and how their number grew in the last 30 days."""
    days = _days(request)
    zone = request.workspace.zone
    with sql.read_only(timeout_ms=TIMEOUT_MS):
        found = sql.fetch(
            "contacts/overview_people", into=DayCount, since=day_start(days[0], zone), zone=zone.key
        )
    if not found:
        return None
    everybody = sum(each.people for each in found)
    rows = [
        _row(status, [each for each in found if each.status == status], days, everybody) for status in Status
    ]
    context = {
        "rows": rows,
        "incomplete": sum(each.incomplete for each in found),
        "list": address("/contacts/incomplete/"),
    }
    return PanelContent(
        title=_("Customers by status"),
        template="contacts/overview/statuses.html",
        context=context,
        note=_("last 30 days"),
        flush=True,
    )


def latest(request: WorkspaceRequest) -> PanelContent:
    """Show who came last."""
    people = list(Contact.objects.order_by("-created_at", "-id")[:LATEST])
    context = {"people": [(each, address(f"/contacts/{each.pk}/")) for each in people], "now": request.now}
    return PanelContent(
        title=_("Latest customers"),
        template="contacts/overview/latest.html",
        context=context
        | {"adds": request.member.can(Right.CREATE_CONTACTS), "list": address("/contacts/new/")},
        href=address("/contacts/") if people else "",
        link=_("See all"),
        flush=bool(people),
    )


def first_person(request: WorkspaceRequest) -> FirstStep:
    """Ask for one person by hand."""
    return FirstStep(
        title=_("Add a customer"),
        text=_("A name and a phone number are enough."),
        href=address("/contacts/new/"),
        icon="user-plus",
        done=Contact.objects.exists(),
    )


def _days(request: WorkspaceRequest) -> list[date]:
    today = local_day(request.now, request.workspace.zone)
    return [today - timedelta(days=back) for back in range(DAYS - 1, -1, -1)]


def _row(status: Status, found: list[DayCount], days: list[date], everybody: int) -> StatusRow:
    by_day = {each.day: each.people for each in found}
    people = sum(by_day.values())
    grown, level = [], people - sum(by_day.get(day, 0) for day in days)
    for day in days:
        level += by_day.get(day, 0)
        grown.append(level)
    icon, tone = LOOKS[status]
    return StatusRow(
        label=str(status.label),
        icon=icon,
        tone=tone,
        people=people,
        fresh=sum(by_day.get(day, 0) for day in days),
        percent=round(people * 100 / everybody),
        days=grown,
        href=_people_in(status),
    )


def _people_in(status: Status) -> str:
    """Give the address of the list of people in a status."""
    tree = audience.parse({"field": "status", "op": "is", "value": [status.name.lower()]})
    query = {"rules": audience.tree_to_query(tree)} | ({"saved": "1"} if status == Status.SAVED else {})
    return address(f"/contacts/?{urlencode(query)}")
