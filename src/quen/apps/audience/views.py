"""Parts of pages that filter people: the sentence editor, its count, sample and explanation."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from quen.apps.audience import forms, queries, registry
from quen.apps.audience.rules import editing
from quen.apps.audience.types import TreeRefused
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.types import Right
from quen.ui.asked import whole
from quen.ui.pages import page, wants_part

_EDITOR = "audience/editor.html"
_PARAM = "rules"


@allowed(Right.VIEW_CONTACTS)
@require_http_methods(["GET", "POST"])
def editor(request: WorkspaceRequest) -> HttpResponse:
    """Edit a tree and take it to the page named by ``to``, in its parameter ``param``.

    GET ``?tree=`` starts with a tree; ``?inside=1`` when a page with a button of its own holds the editor and
    reads it by ``queries.tree_from_editor``. POST carries the draft in ``tree``, what was typed, and the button ``do``.
    """
    catalogue = registry.catalogue()
    if request.method == "GET":
        try:
            draft = editing.root_of(queries.tree_from_query(request.GET.get("tree", "")).as_json())
        except TreeRefused:
            draft = editing.root_of([])
        return _draw(request, forms.editor_of(draft, catalogue))
    draft = forms.read_draft(request.POST, catalogue)
    deed = request.POST.get("do", "")
    posted = forms.values_of(request.POST)
    drawn = forms.editor_of(editing.act(draft, deed, posted, catalogue), catalogue, strict=deed == "apply")
    if deed == "apply" and not drawn.refused:
        return _take(request, queries.tree_to_query(drawn.tree))
    return _draw(request, drawn, status=422 if deed == "apply" else 200)


@allowed(Right.VIEW_CONTACTS)
@require_POST
def count(request: WorkspaceRequest) -> HttpResponse:
    """Count the draft while it is edited."""
    drawn = _drawn(request)
    return page(request, "audience/found.html", _counted(request, drawn), part="count")


@allowed(Right.VIEW_CONTACTS)
@require_POST
def sample(request: WorkspaceRequest) -> HttpResponse:
    """Show ten people of the draft."""
    drawn = _drawn(request)
    people = queries.sample(drawn.tree, now=request.now, zone=request.workspace.zone)
    context = {"people": people} | ({} if wants_part(request) else _counted(request, drawn))
    return page(request, "audience/found.html", context, part="sample")


@allowed(Right.VIEW_CONTACTS)
@require_POST
def explain(request: WorkspaceRequest) -> HttpResponse:
    """Say why one person is in or out; find the person by ``words`` first."""
    drawn = _drawn(request)
    number, words = whole(request.POST.get("contact")), request.POST.get("words", "")
    context: dict[str, Any] = {"words": words, "editor": drawn, "explain_url": reverse("audience:explain")}
    if number is not None:
        people = queries.people([number])
        context["person"] = people[0] if people else None
        context["explained"] = queries.explain(
            drawn.tree,
            number,
            now=request.now,
            zone=request.workspace.zone,
            currency=request.workspace.currency,
        )
    else:
        context["people"] = queries.people_like(words)
    return page(request, "audience/explained.html", context, part="why")


def _drawn(request: WorkspaceRequest) -> forms.Editor:
    catalogue = registry.catalogue()
    return forms.editor_of(forms.read_draft(request.POST, catalogue), catalogue)


def _counted(request: WorkspaceRequest, drawn: forms.Editor) -> dict[str, Any]:
    zone = request.workspace.zone
    counted = queries.count(drawn.tree, now=request.now, zone=zone)
    words = queries.sentence(drawn.tree, now=request.now, zone=zone, currency=request.workspace.currency)
    return {"count": counted, "sentence": words, "unfinished": len(drawn.refused)}


def _draw(request: WorkspaceRequest, drawn: forms.Editor, status: int = 200) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    context: dict[str, Any] = {
        "editor": drawn,
        "explain_url": reverse("audience:explain"),
        "to": _ours(request, given.get("to", "")),
        "param": given.get("param", _PARAM),
        "inside": given.get("inside") == "1",
    }
    if not wants_part(request):  # without scripts nothing loads afterwards
        context |= _counted(request, drawn)
        context["people"] = queries.sample(drawn.tree, now=request.now, zone=request.workspace.zone)
    return page(request, _EDITOR, context, part="editor", status=status)


def _take(request: WorkspaceRequest, tree: str) -> HttpResponse:
    """Go to the page that asked, with the tree in its address and its paging begun anew."""
    parts = urlsplit(_ours(request, request.POST.get("to", "")) or request.path)
    param = request.POST.get("param", _PARAM)
    kept = [
        (name, value)
        for name, value in parse_qsl(parts.query)
        if name not in (param, "after", "before", "page")
    ]
    to = urlunsplit(("", "", parts.path, urlencode([*kept, (param, tree)] if tree else kept), ""))
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=204)
        response["HX-Redirect"] = to
        return response
    return HttpResponseRedirect(to)


def _ours(request: WorkspaceRequest, url: str) -> str:
    """Give the address only when it is one of this site."""
    return url if url_has_allowed_host_and_scheme(url, None) and url.startswith("/") else ""
