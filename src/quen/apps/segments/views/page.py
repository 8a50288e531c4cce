"""The pages of a segment: overview, members, demographics, overlap."""

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
from quen.apps.contacts.types import ContactRight
from quen.apps.groups.types import GroupRight
from quen.apps.segments import charts, listing, queries, registry
from quen.apps.segments.access import segment_for
from quen.apps.segments.models import Segment
from quen.apps.segments.rules.shares import share
from quen.apps.segments.timeouts import with_timeout
from quen.apps.segments.types import SegmentRight
from quen.apps.segments.views.tables import member_table
from quen.apps.team.access import WorkspaceRequest, allowed, workspace_path
from quen.core.clock import local_day
from quen.ui.pages import page, wants_part
from quen.ui.params import positive_int

CHART_DAYS = 90
_DEMOGRAPHICS_TIMEOUT_MS, _OVERLAP_TIMEOUT_MS = 5_000, 3_000


@allowed(ContactRight.VIEW)
@require_GET
def segment_detail(request: WorkspaceRequest, segment_id: int) -> HttpResponse:
    """Show a segment. While it is computed the page reloads itself on the live update."""
    segment = segment_for(segment_id)
    today = local_day(request.now, request.workspace.zone)
    days = queries.days(segment, since=today - timedelta(days=CHART_DAYS - 1), until=today)
    others = [each for each in queries.segments() if each.pk != segment.pk]
    context = _header_context(request, segment, "overview") | {
        "trend": listing.trends_of([segment], today=today, zone=request.workspace.zone)[segment.pk],
        "contact_count": contacts.contacts().count(),
        "chart": charts.growth_chart(days),
        "days": days[::-1],
        "today": today,
        "uses": [(use, workspace_path(use.path)) for use in queries.uses(segment)],
        "others": others,
        "with_header": wants_part(request),
    }
    context["share"] = share(segment.size, context["contact_count"])
    request.topics.append("segments")
    return page(request, "segments/page.html", context, part="body")


@allowed(ContactRight.VIEW)
@require_GET
def segment_members(request: WorkspaceRequest, segment_id: int) -> HttpResponse:
    """List the members with since when."""
    segment = segment_for(segment_id)
    members = listing.member_page(segment, after=request.GET.get("after"), before=request.GET.get("before"))
    context = _header_context(request, segment, "members") | {
        "table": member_table(members, segment=segment, now=request.now),
    }
    request.topics.append("segments")
    return page(request, "segments/members.html", context)


@allowed(ContactRight.VIEW)
@require_GET
def segment_demographics(request: WorkspaceRequest, segment_id: int) -> HttpResponse:
    """Show the members' demographics. Loaded after the page (SEG-34)."""
    segment = segment_for(segment_id)
    today = local_day(request.now, request.workspace.zone)
    demographics = with_timeout(
        lambda: contacts.demographics(
            queries.members(segment.pk), today=today, age_field_id=contacts.age_field_id()
        ),
        timeout_ms=_DEMOGRAPHICS_TIMEOUT_MS,
    )
    context: dict[str, Any] = {"segment": segment, "demographics": demographics, "now": request.now}
    if demographics is not None:
        context |= {
            "genders": charts.gender_bars(demographics),
            "ages": charts.age_bars(demographics),
            "provinces": charts.province_bars(demographics),
            "reach": charts.reach_bars(demographics.reach, demographics.contacts),
            "currency": request.workspace.currency,
        }
    return page(request, "segments/demographics.html", context, part="shown")


@allowed(ContactRight.VIEW)
@require_GET
def segment_overlap(request: WorkspaceRequest, segment_id: int) -> HttpResponse:
    """Show how many contacts two segments share."""
    segment = segment_for(segment_id)
    other_id = positive_int(request.GET.get("with"))
    other = segment_for(other_id) if other_id is not None else None
    shared = None
    if other is not None:
        first, second = segment, other
        shared = with_timeout(lambda: queries.overlap(first, second), timeout_ms=_OVERLAP_TIMEOUT_MS)
    context = {
        "segment": segment,
        "other": other,
        "shared": shared,
        "share_of_this": share(shared or 0, segment.size),
        "share_of_other": share(shared or 0, other.size if other else 0),
    }
    return page(request, "segments/overlap.html", context, part="shown")


def _header_context(request: WorkspaceRequest, segment: Segment, tab: str) -> dict[str, Any]:
    """Return the context of the header that all pages of a segment share."""
    here = reverse("segments:segment", args=[segment.pk])
    member = request.member
    members_query = audience.tree_to_query(queries.members_tree(segment.pk))
    return {
        "segment": segment,
        "sentence": listing.sentence_of(
            segment, now=request.now, zone=request.workspace.zone, currency=request.workspace.currency
        ),
        "error": queries.tree_error(segment),
        "failure": queries.failure_text(segment),
        "here": request.get_full_path(),
        "tabs": [
            {"text": _("Overview"), "href": here, "on": tab == "overview"},
            {
                "text": _("Members"),
                "href": reverse("segments:segment_members", args=[segment.pk]),
                "on": tab == "members",
                "count": segment.size,
            },
        ],
        "as_filter": f"{reverse('contacts:contact_list')}?{urlencode({'rules': members_query})}",
        "actions": [
            (action.label, action.icon, action.url(segment.pk))
            for action in registry.actions()
            if member.can(action.right) and segment.archived_at is None
        ],
        "as_group": f"{reverse('groups:group_new')}?source=segment:{segment.pk}"
        if member.can(GroupRight.EDIT) and segment.archived_at is None
        else "",
        "may_edit": member.can(SegmentRight.EDIT),
    }
