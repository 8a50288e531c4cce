"""The manual: one page at a time, with the list of pages and a search."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from quen.apps.manual import queries, registry
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.types import TeamRight
from quen.ui.pages import page


@allowed(TeamRight.VIEW_OVERVIEW)
@require_GET
def index(request: WorkspaceRequest) -> HttpResponse:
    """Search with ?q=…; otherwise redirect to the page about the app of ?about=…."""
    query = request.GET.get("q", "")
    if query.strip():
        context = _context() | {"query": query, "hits": queries.search(query, _language())}
        return page(request, "manual/search.html", context)
    about = registry.page_about(request.GET.get("about", ""))
    return HttpResponseRedirect(reverse("manual:page", args=[about.key]))


@allowed(TeamRight.VIEW_OVERVIEW)
@require_GET
def manual_page(request: WorkspaceRequest, key: str) -> HttpResponse:
    """Show a page of the manual."""
    shown = registry.page(key)
    if shown is None:
        raise Http404
    rendered = queries.rendered(shown, _language())
    pages = list(registry.PAGES)
    place = pages.index(shown)
    context = _context(shown.key) | {
        "rendered": rendered,
        "sections": [section for section in rendered.sections if section.level == 2],
        "previous": _link(pages[place - 1]) if place else None,
        "next": _link(pages[place + 1]) if place + 1 < len(pages) else None,
    }
    return page(request, "manual/page.html", context)


def _context(current: str = "") -> dict[str, Any]:
    pages = [_link(each) | {"current": each.key == current} for each in registry.PAGES]
    return {"pages": pages, "query": ""}


def _link(each: Any) -> dict[str, Any]:
    return {
        "href": reverse("manual:page", args=[each.key]),
        "title": queries.rendered(each, _language()).title,
    }


def _language() -> str:
    return (get_language() or "vi")[:2]
