"""The list of segments, and the segments a person is in."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from quen.apps.contacts import queries as contacts
from quen.apps.segments import listing, queries
from quen.apps.segments.listing import PAGE_SIZE
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.types import Right
from quen.ui.asked import whole
from quen.ui.pages import page

_LONGEST_WORDS = 200
_SHOWN_USES = 3


@allowed(Right.VIEW_CONTACTS)
@require_GET
def segment_list(request: WorkspaceRequest) -> HttpResponse:
    """List the segments: whom they mean, how many, how they grow."""
    asked = _asked(request)
    found = listing.page_of(
        words=asked["q"],
        archived=bool(asked["archived"]),
        sort=asked["sort"],
        number=whole(request.GET.get("page")) or 1,
        now=request.now,
        zone=request.workspace.zone,
        currency=request.workspace.currency,
    )
    counts = listing.counts()
    request.topics.append("segments")
    key, down = listing.read_sort(asked["sort"])
    context = {
        "found": found,
        "words": asked["q"],
        "archived": bool(asked["archived"]),
        "sorted_by": f"-{key}" if down else key,
        "hidden": [(name, value) for name, value in asked.items() if value and name != "q"],
        "tabs": [
            {"text": _("In use"), "href": reverse("segments:segment_list"), "on": not asked["archived"]}
            | {"count": counts["living"]},
            {"text": _("Archived"), "href": "?archived=1", "on": bool(asked["archived"])}
            | {"count": counts["archived"]},
        ],
        "each": PAGE_SIZE,
        "previous": _link(asked, found.number - 1) if found.number > 1 else "",
        "next": _link(asked, found.number + 1) if found.last < found.found else "",
        "here": request.get_full_path(),
        "ids": ",".join(str(row.segment.pk) for row in found.rows),
        "counting": any(row.segment.counting for row in found.rows),
        "none": not counts["living"] and not counts["archived"],
        "may_edit": request.member.can(Right.EDIT_SEGMENTS),
    }
    part = "rows" if request.headers.get("HX-Target") == "div#listing" else None
    return page(request, "segments/list.html", context, part=part)


@allowed(Right.VIEW_CONTACTS)
@require_GET
def segment_uses(request: WorkspaceRequest) -> HttpResponse:
    """Say for the segments of a page of the list who uses them, after the page."""
    ids = [whole(raw) for raw in request.GET.get("ids", "").split(",")][:PAGE_SIZE]
    segments = queries.segments().filter(pk__in=[each for each in ids if each is not None])
    rows = [(segment.pk, queries.uses(segment)) for segment in segments]
    context = {
        "rows": [(pk, uses[:_SHOWN_USES], len(uses) - _SHOWN_USES) for pk, uses in rows if uses],
    }
    return page(request, "segments/uses.html", context)


@allowed(Right.VIEW_CONTACTS)
@require_GET
def contact_segments(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Say which segments a person is in, and since when."""
    person = contacts.get_contact(contact_id)
    context = {"person": person, "rows": queries.segments_of(person.pk), "now": request.now}
    return page(request, "segments/person.html", context, part="shown")


def _asked(request: WorkspaceRequest) -> dict[str, Any]:
    key, down = listing.read_sort(request.GET.get("sort", ""))
    sort = f"-{key}" if down else key
    return {
        "q": request.GET.get("q", "")[:_LONGEST_WORDS],
        "archived": "1" if request.GET.get("archived") == "1" else "",
        "sort": sort if sort != listing.USUAL_SORT else "",
    }


def _link(asked: dict[str, Any], number: int) -> str:
    pairs = [(name, value) for name, value in asked.items() if value]
    return f"?{urlencode([*pairs, ('page', number)])}"
