"""What came of a campaign: numbers, each with its people behind it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from quen.apps.audience import queries as people_queries
from quen.apps.campaigns import access, queries, services
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.types import AT_WORK, Audience, CampaignState
from quen.apps.campaigns.views.common import sign
from quen.apps.compliance.types import Reason
from quen.apps.delivery import queries as delivery
from quen.apps.delivery import services as delivery_services
from quen.apps.delivery.types import MessageState
from quen.apps.team.access import WorkspaceRequest, address, allowed
from quen.apps.team.types import Right
from quen.core.errors import DomainError
from quen.ui.asked import whole
from quen.ui.pages import done, page
from quen.ui.tags.filters import num

EACH = 50
_BAR_WIDTH, _BAR_HEIGHT = 20, 120
_REASON = "reason-"


@dataclass(frozen=True, slots=True)
class Number:
    """A number of the report. of: its percentage of those it is measured against."""

    key: str
    label: str
    people: int
    percent: float | None
    hint: str = ""
    href: str = ""

    @property
    def bar(self) -> int:
        """Give the height of its bar, of 64."""
        return round(min(100.0, self.percent or 0) * 0.64)

    @property
    def above(self) -> int:
        """Give what is left above the bar."""
        return 64 - self.bar


@dataclass(frozen=True, slots=True)
class Bar:
    """Two bars of the chart, in its own units: 20 wide, 120 high."""

    label: str
    words: str
    opened: int
    clicked: int
    x: int
    second_x: int
    opened_y: int
    opened_height: int
    clicked_y: int
    clicked_height: int


@allowed(Right.VIEW_CAMPAIGNS)
@require_GET
def report(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Show the numbers anew while it is under way."""
    found = access.campaign(campaign_id)
    return report_page(request, found)


def report_page(request: WorkspaceRequest, found: Campaign) -> HttpResponse:
    """Show a campaign that is no draft any more, or to somebody who may not write."""
    if found.launch_id is not None and found.state in AT_WORK:
        # The launch may have moved on before its news was worked off: the page is right at once.
        services.settle(launch_id=found.launch_id, now=request.now)
        found.refresh_from_db()
    context = _head(request, found)
    if found.launch_id is not None:
        context |= _numbers(request, found)
    return page(request, "campaigns/report.html", context, part="live")


def _head(request: WorkspaceRequest, found: Campaign) -> dict[str, Any]:
    try:
        audience = queries.audience_of(found)
    except DomainError:
        audience = Audience()
    names = queries.Names([audience], now=request.now, zone=request.workspace.zone)
    member = request.member
    state = CampaignState(found.state)
    request.topics.append(f"campaign/{found.pk}")
    may_send, may_edit = member.can(Right.SEND_CAMPAIGNS), member.can(Right.EDIT_CAMPAIGNS)
    return {
        "campaign": found,
        "sign": sign(state),
        "audience_words": queries.sentence(audience, names, most=6),
        "look": queries.counted(found),
        "trouble": queries.trouble_words(found),
        "at_work": state in AT_WORK,
        "now": request.now,
        "may_pause": may_send and state == CampaignState.IN_PROGRESS and found.launch_id is not None,
        "may_resume": may_send and state == CampaignState.PAUSED,
        "may_cancel": may_send and state in (CampaignState.SCHEDULED, *AT_WORK, CampaignState.FAILED),
        "may_take_back": may_edit and state == CampaignState.SCHEDULED,
        "may_retry": may_send and state == CampaignState.FAILED,
        "may_copy": may_edit,
        "may_resend": may_edit
        and state == CampaignState.SENT
        and found.launch_id is not None
        and found.track_opens,
        "may_delete": may_edit and state in (CampaignState.DRAFT, CampaignState.CANCELLED),
        "may_archive": may_edit
        and state in (CampaignState.SENT, CampaignState.CANCELLED, CampaignState.FAILED),
    }


def _numbers(request: WorkspaceRequest, found: Campaign) -> dict[str, Any]:
    assert found.launch_id is not None  # for the type checker: asked before
    launch = delivery.get_launch(found.launch_id)
    figures = delivery.figures(launch.pk)
    reached = max(0, figures.handed_over - figures.bounced)
    audience = max(figures.audience, launch.pinned)
    followed = "" if found.track_opens else _("not followed")

    def number(key: str, label: str, people: int, of: int, hint: str = "") -> Number:
        percent = people * 100 / of if of else None
        href = reverse("campaigns:people", args=[found.pk, key]) if people else ""
        return Number(key, label, people, percent, hint, href)

    steps = [
        number("audience", _("Meant"), audience, audience),
        number("handed_over", _("Sent"), figures.handed_over, audience),
        number("opened", _("Opened"), figures.opened, reached, followed),
        number("clicked", _("Clicked"), figures.clicked, reached),
    ]
    others = [
        number("delivered", _("Delivered"), figures.delivered, figures.handed_over),
        number("bounced", _("Bounced"), figures.bounced, figures.handed_over),
        number("unsubscribed", _("Unsubscribed"), figures.unsubscribed, reached),
        number("complained", _("Complained"), figures.complained, reached),
        number("opened_by_machine", _("Opened by a machine"), figures.opened_by_machine, reached),
        number("refused", _("Refused by the mail server"), figures.refused, audience),
        number("failed", _("Failed"), figures.failed, audience),
        number("uncertain", _("Uncertain"), figures.uncertain, audience),
        number("cancelled", _("Cancelled"), figures.cancelled, audience),
        number("deferred", _("Trying again"), figures.deferred, audience),
        number("queued", _("Waiting"), figures.queued, audience),
    ]
    left = [
        number(f"{_REASON}{code}", str(Reason(code).label), people, audience)
        for code, people in figures.left_out.items()
    ]
    return {
        "launch": launch,
        "figures": figures,
        "steps": steps,
        "others": [each for each in others if each.people or each.key in ("bounced", "unsubscribed")],
        "left": left,
        "left_all": figures.skipped,
        "pace": delivery.pace(launch, request.now, numbers=figures),
        "links": delivery.links(launch.pk) if found.track_clicks else [],
        "may_see_people": request.member.can(Right.VIEW_CONTACTS),
        "may_settle": request.member.can(Right.SEND_CAMPAIGNS) and figures.uncertain,
    }


@allowed(Right.VIEW_CAMPAIGNS)
@require_GET
def course(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Show when it was opened and clicked, after the page: it looks at every message."""
    found = access.launched(campaign_id)
    drawn = queries.course(found, zone=request.workspace.zone)
    bars = _bars(drawn, request) if drawn is not None else []
    context = {
        "campaign": found,
        "course": drawn,
        "bars": bars,
        "last": bars[-1] if bars else None,
        "width": max(1, len(bars)) * _BAR_WIDTH,
    }
    return page(request, "campaigns/course.html", context, part="chart")


def _bars(drawn: queries.Course, request: WorkspaceRequest) -> list[Bar]:
    most, bars = max(1, drawn.most), []
    for place, each in enumerate(drawn.stretches):
        local = each.at.astimezone(request.workspace.zone)
        label = f"{local:%d/%m %H:%M}" if drawn.hourly else f"{local:%d/%m/%Y}"
        opened, clicked = (round(people * _BAR_HEIGHT / most) for people in (each.opened, each.clicked))
        words = _("%(time)s: %(opened)s opened, %(clicked)s clicked") % {
            "time": label,
            "opened": num(each.opened),
            "clicked": num(each.clicked),
        }
        x = place * _BAR_WIDTH + 2
        bars.append(
            Bar(
                label,
                words,
                each.opened,
                each.clicked,
                x,
                x + 8,
                _BAR_HEIGHT - opened,
                opened,
                _BAR_HEIGHT - clicked,
                clicked,
            )
        )
    return bars


@allowed(Right.VIEW_CONTACTS)
@require_GET
def people(request: WorkspaceRequest, campaign_id: int, figure: str) -> HttpResponse:
    """Show the people behind a number, page by page."""
    found = access.launched(campaign_id)
    key = f"reason:{figure.removeprefix(_REASON)}" if figure.startswith(_REASON) else figure
    after = whole(request.GET.get("after")) or 0
    messages = list(
        delivery.people_at(found.launch_id or 0, key).filter(pk__gt=after).order_by("pk")[: EACH + 1]
    )
    shown = messages[:EACH]
    names = {each.contact_id: each for each in people_queries.people([each.contact_id for each in shown])}
    context = {
        "campaign": found,
        "label": _label(key),
        "rows": [
            (message, names.get(message.contact_id), _state_of(message.state, message.reason))
            for message in shown
        ],
        "next": f"?after={shown[-1].pk}" if len(messages) > EACH else "",
        "total": _total(found, key),
        "uncertain": key == "uncertain" and request.member.can(Right.SEND_CAMPAIGNS),
        "log": address(f"/messages/?launch={found.launch_id}"),
    }
    return page(request, "campaigns/people.html", context)


@allowed(Right.SEND_CAMPAIGNS)
@require_POST
def uncertain(request: WorkspaceRequest, campaign_id: int) -> HttpResponse:
    """Say of all uncertain messages that they arrived, or let them go again."""
    found = access.launched(campaign_id)
    sent = request.POST.get("sent") == "1"
    launch = delivery.get_launch(found.launch_id or 0)
    delivery_services.settle_all_uncertain(launch, sent=sent, actor=request.member, now=request.now)
    say = _("Counted as sent.") if sent else _("They go out once more.")
    return done(request, say=say, to=reverse("campaigns:campaign", args=[found.pk]))


def _label(key: str) -> str:
    words = {
        "audience": _("Meant"),
        "handed_over": _("Sent"),
        "opened": _("Opened"),
        "clicked": _("Clicked"),
        "delivered": _("Delivered"),
        "bounced": _("Bounced"),
        "unsubscribed": _("Unsubscribed"),
        "complained": _("Complained"),
        "opened_by_machine": _("Opened by a machine"),
        "refused": _("Refused by the mail server"),
        "failed": _("Failed"),
        "uncertain": _("Uncertain"),
        "cancelled": _("Cancelled"),
        "deferred": _("Trying again"),
        "queued": _("Waiting"),
        "left_out": _("Left out"),
    }
    if key.startswith("reason:"):
        code = whole(key.removeprefix("reason:"))
        return str(Reason(code).label) if code in Reason.values else _("Left out")
    return words.get(key, key)


def _total(found: Campaign, key: str) -> int | None:
    figures = delivery.figures(found.launch_id or 0)
    if key.startswith("reason:"):
        return figures.left_out.get(whole(key.removeprefix("reason:")) or 0, 0)
    if key == "left_out":
        return figures.skipped
    return getattr(figures, key, None)


def _state_of(state: int, reason: int | None) -> str:
    if state == MessageState.SKIPPED and reason in Reason.values:
        return str(Reason(reason).label)
    return str(MessageState(state).label)
