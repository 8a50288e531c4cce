"""Notices, the palette, and the progress of long work."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from quen.apps.team import access, queries, registry, services
from quen.apps.team.access import WorkspaceRequest, address, allowed
from quen.apps.team.models import Notice
from quen.apps.team.types import NotYoursToStop, ProgressState
from quen.core.text import fold, search_terms
from quen.ui.nav import registry as pages
from quen.ui.pages import done, page

NOTICES_A_PAGE, NOTICES_IN_BELL, FOUND_MOST = 60, 6, 12
ENDED = (ProgressState.DONE, ProgressState.STOPPED, ProgressState.FAILED)


@dataclass(frozen=True, slots=True)
class Told:
    """A notice with its sentence."""

    notice: Notice
    text: str


@allowed(None)
@require_GET
def notices(request: WorkspaceRequest) -> HttpResponse:
    """List one's notices, newest first."""
    return page(request, "team/notices.html", {"told": _told(request, NOTICES_A_PAGE)})


@allowed(None)
@require_GET
def bell(request: WorkspaceRequest) -> HttpResponse:
    """Show the bell of the frame: the dot by itself, the latest notices when opened."""
    context = {"told": _told(request, NOTICES_IN_BELL), "open": request.GET.get("open") == "1"}
    return page(request, "team/bell.html", context, part="latest" if context["open"] else "bell")


@allowed(None)
@require_GET
def notice(request: WorkspaceRequest, notice_id: int) -> HttpResponse:
    """Mark a notice as read and go to what it tells of."""
    found = access.notice_of(request.member, notice_id)
    services.read_notice(found, now=request.now)
    return HttpResponseRedirect(address(found.path) or reverse("team:notices"))


@allowed(None)
@require_POST
def reading(request: WorkspaceRequest) -> HttpResponse:
    """Mark all of one's notices as read."""
    services.read_notices(member=request.member, now=request.now)
    return done(request, event="notices:read", to=reverse("team:notices"))


@allowed(None)
@require_GET
def palette(request: WorkspaceRequest) -> HttpResponse:
    """Find pages and people for Ctrl K, whatever their accents.

    An open page has the pages of its frame already and asks with HX-Request; it gets only what it lacks.
    """
    query = request.GET.get("q", "")
    found: list[dict[str, str]] = []
    if search_terms(query):
        found = [] if request.headers.get("HX-Request") == "true" else _pages(request, query)
        for find in registry.palette_finders():
            found += find(member=request.member, query=query)
    return JsonResponse(found[:FOUND_MOST], safe=False)


@allowed(None)
@require_GET
def progress(request: WorkspaceRequest, progress_id: int) -> HttpResponse:
    """Show how far long work is; fetched again at each live news of it."""
    found = access.progress_for(progress_id)
    request.topics.append(f"progress/{found.pk}")
    context = {"progress": found, "may_stop": access.may_stop(request.member, found)}
    response = page(request, "team/progress_page.html", context, part="bar")
    if found.state in ENDED:
        response["HX-Trigger"] = "progress:ended"
    return response


@allowed(None)
@require_POST
def stop(request: WorkspaceRequest, progress_id: int) -> HttpResponse:
    """Ask long work to stop at its next batch."""
    found = access.progress_for(progress_id)
    if not access.may_stop(request.member, found):
        raise NotYoursToStop(who=access.who_started(found))
    services.ask_to_stop(found, now=request.now)
    return done(request, say=_("It stops after the rows at hand."))


def _told(request: WorkspaceRequest, most: int) -> list[Told]:
    found = queries.notices(request.member)[:most]
    return [Told(each, registry.notice_text(each.kind, each.data)) for each in found]


def _pages(request: WorkspaceRequest, query: str) -> list[dict[str, str]]:
    terms = fold(query).split()
    found = []
    for group in pages.shown(request, request.member):
        for entry in group.entries:
            words = fold(f"{entry.label} {group.label}")
            if all(term in words for term in terms):
                hint = "" if group.single else group.label
                found.append({"title": entry.label, "hint": hint, "icon": entry.icon, "href": entry.href})
    return found
