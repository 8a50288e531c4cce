"""The page of a segment: how large, how it grew, who is in it, and what uses it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from quen.apps.audience import queries as audience
from quen.apps.contacts import queries as contacts
from quen.apps.segments import drawing, listing, queries, registry
from quen.apps.segments.access import segment_for
from quen.apps.segments.asking import in_time
from quen.apps.segments.models import Segment
from quen.apps.team.access import WorkspaceRequest, address, allowed
from quen.apps.team.types import Right
from quen.core.clock import local_day
from quen.ui.asked import whole
from quen.ui.pages import page, wants_part

CHART_DAYS = 90
_PORTRAIT_TIMEOUT_MS, _OVERLAP_TIMEOUT_MS = 5_000, 3_000


@allowed(Right.VIEW_CONTACTS)
@require_GET
def segment(request: WorkspaceRequest, segment_id: int) -> HttpResponse:
    """Show a segment. While it is counted the page waits for the news and draws itself anew."""
    found = segment_for(segment_id)
    today = local_day(request.now, request.workspace.zone)
    days = queries.days(found, since=today - timedelta(days=CHART_DAYS - 1), until=today)
    others = [each for each in queries.segments() if each.pk != found.pk]
    context = _head(request, found, "overview") | {
        "course": listing.courses_of([found], today=today, zone=request.workspace.zone)[found.pk],
        "everybody": contacts.contacts().count(),
        "chart": drawing.chart_of(days),
        "days": days[::-1],
        "today": today,
        "uses": [(use, address(use.path)) for use in queries.uses(found)],
        "others": others,
        "as_part": wants_part(request),
    }
    context["share"] = drawing.share(found.size, context["everybody"])
    request.topics.append("segments")
    return page(request, "segments/page.html", context, part="whole")


@allowed(Right.VIEW_CONTACTS)
@require_GET
def segment_members(request: WorkspaceRequest, segment_id: int) -> HttpResponse:
    """List who is in a segment and since when."""
    found = segment_for(segment_id)
    members = listing.members_of(
        found, after=whole(request.GET.get("after")), before=whole(request.GET.get("before"))
    )
    context = _head(request, found, "members") | {
        "members": members,
        "previous": f"?before={members.before}" if members.before else "",
        "next": f"?after={members.after}" if members.after else "",
        "now": request.now,
    }
    request.topics.append("segments")
    return page(request, "segments/members.html", context)


@allowed(Right.VIEW_CONTACTS)
@require_GET
def segment_portrait(request: WorkspaceRequest, segment_id: int) -> HttpResponse:
    """Describe the people of a segment in numbers, after the page (SEG-34)."""
    found = segment_for(segment_id)
    today = local_day(request.now, request.workspace.zone)
    portrait = in_time(
        lambda: contacts.portrait(queries.members(found.pk), today=today), timeout_ms=_PORTRAIT_TIMEOUT_MS
    )
    context: dict[str, Any] = {"segment": found, "portrait": portrait, "now": request.now}
    if portrait is not None:
        context |= {
            "genders": drawing.gender_bars(portrait),
            "ages": drawing.age_bars(portrait),
            "provinces": drawing.province_bars(portrait),
            "reach": drawing.reach_bars(portrait.reach, portrait.people),
            "currency": request.workspace.currency,
        }
    return page(request, "segments/portrait.html", context, part="shown")


@allowed(Right.VIEW_CONTACTS)
@require_GET
def segment_overlap(request: WorkspaceRequest, segment_id: int) -> HttpResponse:
    """Say how many people two segments share."""
    found = segment_for(segment_id)
    other_id = whole(request.GET.get("with"))
    other = segment_for(other_id) if other_id is not None else None
    shared = None
    if other is not None:
        one, two = found, other
        shared = in_time(lambda: queries.overlap(one, two), timeout_ms=_OVERLAP_TIMEOUT_MS)
    context = {
        "segment": found,
        "other": other,
        "shared": shared,
        "of_this": drawing.share(shared or 0, found.size),
        "of_other": drawing.share(shared or 0, other.size if other else 0),
    }
    return page(request, "segments/overlap.html", context, part="shown")


def _head(request: WorkspaceRequest, found: Segment, tab: str) -> dict[str, Any]:
    """Give what stands above each page of a segment."""
    here = reverse("segments:segment", args=[found.pk])
    member = request.member
    everyone_in = audience.tree_to_query(queries.members_tree(found.pk))
    return {
        "segment": found,
        "sentence": listing.sentence_of(
            found, now=request.now, zone=request.workspace.zone, currency=request.workspace.currency
        ),
        "trouble": queries.trouble(found),
        "here": request.get_full_path(),
        "tabs": [
            {"text": _("Overview"), "href": here, "on": tab == "overview"},
            {
                "text": _("Members"),
                "href": reverse("segments:segment_members", args=[found.pk]),
                "on": tab == "members",
                "count": found.size,
            },
        ],
        "as_filter": f"{reverse('contacts:contact_list')}?{urlencode({'rules': everyone_in})}",
        "actions": [
            (action.label, action.icon, action.address(found.pk))
            for action in registry.actions()
            if member.can(action.right) and found.archived_at is None
        ],
        "may_edit": member.can(Right.EDIT_SEGMENTS),
    }
