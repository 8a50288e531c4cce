"""The command palette (Ctrl K)."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from quen.apps.team import registry
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core.text import fold, search_terms
from quen.ui import nav

MAX_PALETTE_RESULTS = 12


@allowed(None)
@require_GET
def command_palette(request: WorkspaceRequest) -> HttpResponse:
    """Return the pages and contacts that match a query, ignoring accents.

    The script of an open page sends HX-Request: it already has the pages of the sidebar and gets the rest only.
    """
    query = request.GET.get("q", "")
    results: list[dict[str, str]] = []
    if search_terms(query):
        results = [] if request.headers.get("HX-Request") == "true" else _matching_pages(request, query)
        for search in registry.palette_searches():
            results += search(member=request.member, query=query)
    return JsonResponse(results[:MAX_PALETTE_RESULTS], safe=False)


def _matching_pages(request: WorkspaceRequest, query: str) -> list[dict[str, str]]:
    terms = fold(query).split()
    results = []
    for group in nav.registry.visible_groups(request, request.member):
        for entry in group.entries:
            text = fold(f"{entry.label} {group.label}")
            if all(term in text for term in terms):
                hint = "" if group.single_entry else group.label
                results.append({"title": entry.label, "hint": hint, "icon": entry.icon, "href": entry.href})
    return results
