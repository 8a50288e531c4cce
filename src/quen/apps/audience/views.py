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
from quen.apps.audience.types import InvalidTree
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.types import Right
from quen.ui.pages import page, wants_part
from quen.ui.params import positive_int

_EDITOR = "audience/editor.html"
_PARAM = "rules"


@allowed(Right.VIEW_CONTACTS)
@require_http_methods(["GET", "POST"])
def editor(request: WorkspaceRequest) -> HttpResponse:
    """Edit a tree and take it to the page named by ``to``, in its parameter ``param``.

    GET ``?tree=`` starts with a tree; ``?embedded=1`` when a page with a button of its own holds the editor and
    reads it by ``queries.tree_from_editor``. POST carries the draft in ``tree``, what was typed, and the button
    ``command``.
    """
    catalog = registry.condition_catalog()
    if request.method == "GET":
        try:
            draft = editing.root_of(queries.tree_from_query(request.GET.get("tree", "")).as_json())
        except InvalidTree:
            draft = editing.root_of([])
        return _render_editor(request, forms.build_editor(draft, catalog))
    draft = forms.read_draft(request.POST, catalog)
    action = request.POST.get("command", "")
    posted = forms.posted_values(request.POST)
    tree_editor = forms.build_editor(
        editing.apply_action(draft, action, posted, catalog), catalog, strict=action == "apply"
    )
    if action == "apply" and not tree_editor.errors:
        return _redirect_with_tree(request, queries.tree_to_query(tree_editor.tree))
    return _render_editor(request, tree_editor, status=422 if action == "apply" else 200)


@allowed(Right.VIEW_CONTACTS)
@require_POST
def count(request: WorkspaceRequest) -> HttpResponse:
    """Count the draft while it is edited."""
    tree_editor = _editor_from_post(request)
    return page(request, "audience/result.html", _count_context(request, tree_editor), part="count")


@allowed(Right.VIEW_CONTACTS)
@require_POST
def sample(request: WorkspaceRequest) -> HttpResponse:
    """Show ten people of the draft."""
    tree_editor = _editor_from_post(request)
    contacts = queries.sample(tree_editor.tree, now=request.now, zone=request.workspace.zone)
    context = {"contacts": contacts} | ({} if wants_part(request) else _count_context(request, tree_editor))
    return page(request, "audience/result.html", context, part="sample")


@allowed(Right.VIEW_CONTACTS)
@require_POST
def explain(request: WorkspaceRequest) -> HttpResponse:
    """Say why one person is in or out; find the person by ``q`` first."""
    tree_editor = _editor_from_post(request)
    contact_id, search = positive_int(request.POST.get("contact")), request.POST.get("q", "")
    context: dict[str, Any] = {
        "search": search,
        "editor": tree_editor,
        "explain_url": reverse("audience:explain"),
    }
    if contact_id is not None:
        found = queries.contact_summaries([contact_id])
        context["contact"] = found[0] if found else None
        context["explanation"] = queries.explain(
            tree_editor.tree,
            contact_id,
            now=request.now,
            zone=request.workspace.zone,
            currency=request.workspace.currency,
        )
    else:
        context["contacts"] = queries.search_contacts(search)
    return page(request, "audience/explanation.html", context, part="explanation")


def _editor_from_post(request: WorkspaceRequest) -> forms.TreeEditor:
    catalog = registry.condition_catalog()
    return forms.build_editor(forms.read_draft(request.POST, catalog), catalog)


def _count_context(request: WorkspaceRequest, tree_editor: forms.TreeEditor) -> dict[str, Any]:
    zone = request.workspace.zone
    contact_count = queries.count(tree_editor.tree, now=request.now, zone=zone)
    sentence = queries.describe(
        tree_editor.tree, now=request.now, zone=zone, currency=request.workspace.currency
    )
    return {"count": contact_count, "sentence": sentence, "incomplete_count": len(tree_editor.errors)}


def _render_editor(
    request: WorkspaceRequest, tree_editor: forms.TreeEditor, status: int = 200
) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    context: dict[str, Any] = {
        "editor": tree_editor,
        "explain_url": reverse("audience:explain"),
        "to": _local_url(request, given.get("to", "")),
        "param": given.get("param", _PARAM),
        "embedded": given.get("embedded") == "1",
    }
    if not wants_part(request):  # without scripts nothing loads afterwards
        context |= _count_context(request, tree_editor)
        context["contacts"] = queries.sample(tree_editor.tree, now=request.now, zone=request.workspace.zone)
    return page(request, _EDITOR, context, part="editor", status=status)


def _redirect_with_tree(request: WorkspaceRequest, tree: str) -> HttpResponse:
    """Go to the page that asked, with the tree in its address and its paging begun anew."""
    parts = urlsplit(_local_url(request, request.POST.get("to", "")) or request.path)
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


def _local_url(request: WorkspaceRequest, url: str) -> str:
    """Give the address only when it is one of this site."""
    return url if url_has_allowed_host_and_scheme(url, None) and url.startswith("/") else ""
