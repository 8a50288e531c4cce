"""The segment list, and the segments a contact is in."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import ContactRight
from quen.apps.segments import listing, queries
from quen.apps.segments.listing import PAGE_SIZE
from quen.apps.segments.types import SegmentRight
from quen.apps.segments.views.tables import segment_table
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.ui.lists import EmptyState
from quen.ui.pages import page
from quen.ui.params import positive_int

_MAX_SEARCH_CHARS = 200
_MAX_USES = 3


@allowed(ContactRight.VIEW)
@require_GET
def segment_list(request: WorkspaceRequest) -> HttpResponse:
    """Show a page of segments: conditions, size, trend."""
    query = _read_query(request)
    result = listing.segment_page(
        search=query["q"],
        archived=bool(query["archived"]),
        sort=query["sort"],
        number=positive_int(request.GET.get("page")) or 1,
        now=request.now,
        zone=request.workspace.zone,
        currency=request.workspace.currency,
    )
    counts = listing.counts()
    request.topics.append("segments")
    key, descending = listing.read_sort(query["sort"])
    pager = result.links([(name, value) for name, value in query.items() if value]) | {"noun": _("segments")}
    context = {
        "table": segment_table(
            result,
            sort=f"-{key}" if descending else key,
            pager=pager,
            empty=_empty(searched=bool(query["q"]), archived=bool(query["archived"])),
        ),
        "search": query["q"],
        "archived": bool(query["archived"]),
        "hidden": [(name, value) for name, value in query.items() if value and name != "q"],
        "tabs": [
            {"text": _("In use"), "href": reverse("segments:segment_list"), "on": not query["archived"]}
            | {"count": counts["active"]},
            {"text": _("Archived"), "href": "?archived=1", "on": bool(query["archived"])}
            | {"count": counts["archived"]},
        ],
        "here": request.get_full_path(),
        "ids": ",".join(str(row.segment.pk) for row in result.rows),
        "computing": any(row.segment.computing for row in result.rows),
        "none": not counts["active"] and not counts["archived"],
        "may_edit": request.member.can(SegmentRight.EDIT),
    }
    part = "rows" if request.headers.get("HX-Target") == "div#listing" else None
    return page(request, "segments/list.html", context, part=part)


def _empty(*, searched: bool, archived: bool) -> EmptyState:
    if searched:
        return EmptyState(
            _("No matching segments"),
            _("Check the spelling. You can type without accents."),
            "search",
            button=_("Show all"),
            href=reverse("segments:segment_list"),
            tone="line",
        )
    if archived:
        text = _("Archived segments appear here. You can restore them at any time.")
        return EmptyState(_("No archived segments"), text, "people")
    text = _("You can find and restore them under “Archived”.")
    return EmptyState(_("All segments are archived"), text, "people")


@allowed(ContactRight.VIEW)
@require_GET
def segment_uses(request: WorkspaceRequest) -> HttpResponse:
    """Show what uses the segments of a page of the list. Loaded after the page."""
    ids = [positive_int(raw) for raw in request.GET.get("ids", "").split(",")][:PAGE_SIZE]
    segments = queries.segments().filter(pk__in=[each for each in ids if each is not None])
    rows = [(segment.pk, queries.uses(segment)) for segment in segments]
    context = {
        "rows": [(pk, uses[:_MAX_USES], len(uses) - _MAX_USES) for pk, uses in rows if uses],
    }
    return page(request, "segments/uses.html", context)


@allowed(ContactRight.VIEW)
@require_GET
def contact_segments(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Show the segments a contact is in, with since when."""
    contact = contacts.get_contact(contact_id)
    context = {"contact": contact, "rows": queries.segments_of(contact.pk), "now": request.now}
    return page(request, "segments/contact_segments.html", context, part="shown")


def _read_query(request: WorkspaceRequest) -> dict[str, Any]:
    key, descending = listing.read_sort(request.GET.get("sort", ""))
    sort = f"-{key}" if descending else key
    return {
        "q": request.GET.get("q", "")[:_MAX_SEARCH_CHARS],
        "archived": "1" if request.GET.get("archived") == "1" else "",
        "sort": sort if sort != listing.DEFAULT_SORT else "",
    }
