"""The condition editor with its count, its sample and its explanation, as parts of pages that filter contacts."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from quen.apps.audience import forms, queries, registry
from quen.apps.audience.presenters import TreeEditor, count_id
from quen.apps.audience.rules import editing, narrowing
from quen.apps.audience.types import (
    ALL_CONTACTS,
    VIEW_CONTACTS,
    ContactSummary,
    EvaluationContext,
    Group,
    Join,
    ListScope,
    Tree,
)
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.ui.pages import page, wants_part
from quen.ui.params import positive_int

_EDITOR = "audience/editor.html"
_PARAM = "rules"
#: with more rows their numbers help nobody
_MAX_COUNTED_ROWS = 40


@allowed(VIEW_CONTACTS)
@require_http_methods(["GET", "POST"])
def editor(request: WorkspaceRequest) -> HttpResponse:
    """Edit a tree, then redirect to the URL in ``to`` with the tree in its parameter ``param``.

    GET ``?tree=`` starts with a tree; ``?embedded=1`` hides the buttons, for a page that has its own and reads the
    inputs with ``queries.tree_from_editor``; ``?list=`` names the list at ``to``, whose contacts are counted. POST has
    the draft in ``tree``, the inputs, and the button ``command``.
    """
    catalog = registry.condition_catalog()
    if request.method == "GET":
        draft = editing.root_of(queries.draft_from_query(request.GET.get("tree", "")))
        # A dialog begins where a condition is added; a form around the editor keeps its own first field.
        focus = "picker:" if wants_part(request) and request.GET.get("embedded") != "1" else ""
        return _render_editor(request, forms.build_editor(draft, catalog, _context(request), focus=focus))
    draft = forms.read_draft(request.POST, catalog)
    action = request.POST.get("command", "")
    changed = editing.apply_action(draft, action, forms.posted_values(request.POST), catalog)
    tree_editor = forms.build_editor(
        changed,
        catalog,
        _context(request),
        strict=action == "apply",
        focus=editing.focus_after(draft, action, changed),
    )
    if action == "apply" and not tree_editor.errors:
        return _redirect_with_tree(request, queries.tree_to_query(tree_editor.tree))
    return _render_editor(request, tree_editor, status=422 if action == "apply" else 200)


@allowed(VIEW_CONTACTS)
@require_POST
def count(request: WorkspaceRequest) -> HttpResponse:
    """Return the number of contacts the draft matches."""
    tree_editor = _editor_from_post(request)
    context = _count_context(request, tree_editor) | {"texts": tree_editor.texts}
    return page(request, "audience/result.html", context, part="count")


@allowed(VIEW_CONTACTS)
@require_POST
def row_counts(request: WorkspaceRequest) -> HttpResponse:
    """Return how many contacts each row leaves; nothing when that takes too long."""
    tree_editor = _editor_from_post(request)
    scope = _scope(request, tree_editor.tree)
    trees = narrowing.trees_by_row(tree_editor.draft, registry.condition_catalog())
    numbers: dict[str, int] = {}
    if 1 < len(trees) <= _MAX_COUNTED_ROWS:
        found = queries.counts(
            [Group(Join.ALL, (scope.tree, tree)) for tree in trees.values()],
            now=request.now,
            zone=request.workspace.zone,
            among=scope.among,
        )
        numbers = dict(zip(trees, found or (), strict=False))
    # Also those without a number, which may have had one before.
    paths = [each.path for each in editing.node_paths(tree_editor.draft) if each.path]
    rows = [(count_id(path), numbers.get(path)) for path in paths]
    return page(request, "audience/row_counts.html", {"rows": rows})


@allowed(VIEW_CONTACTS)
@require_POST
def sample(request: WorkspaceRequest) -> HttpResponse:
    """Show ten contacts the draft matches."""
    tree_editor = _editor_from_post(request)
    contacts = _sample(request, tree_editor)
    context = {"contacts": contacts} | ({} if wants_part(request) else _count_context(request, tree_editor))
    return page(request, "audience/result.html", context, part="sample")


@allowed(VIEW_CONTACTS)
@require_POST
def explain(request: WorkspaceRequest) -> HttpResponse:
    """Search a contact by ``q``, or explain why ``contact`` matches the draft or not."""
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


def _context(request: WorkspaceRequest) -> EvaluationContext:
    return EvaluationContext(request.now, request.workspace.zone, request.workspace.currency)


def _editor_from_post(request: WorkspaceRequest) -> TreeEditor:
    catalog = registry.condition_catalog()
    return forms.build_editor(forms.read_draft(request.POST, catalog), catalog, _context(request))


def _scope(request: WorkspaceRequest, tree: Tree) -> ListScope:
    """Return what the list around the editor shows besides its conditions; everybody where there is none."""
    given = request.POST if request.method == "POST" else request.GET
    params = QueryDict(urlsplit(given.get("to", "")).query)
    return registry.list_scope(given.get("list", ""), params, tree, _context(request))


def _sample(request: WorkspaceRequest, tree_editor: TreeEditor) -> list[ContactSummary]:
    scope = _scope(request, tree_editor.tree)
    tree = Group(Join.ALL, (scope.tree, tree_editor.tree))
    return queries.sample(tree, now=request.now, zone=request.workspace.zone, among=scope.among)


def _count_context(request: WorkspaceRequest, tree_editor: TreeEditor) -> dict[str, Any]:
    zone = request.workspace.zone
    scope = _scope(request, tree_editor.tree)
    tree = Group(Join.ALL, (scope.tree, tree_editor.tree))
    contact_count = queries.count(tree, now=request.now, zone=zone, among=scope.among)
    sentence = queries.describe(
        tree_editor.tree, now=request.now, zone=zone, currency=request.workspace.currency
    )
    return {
        "count": contact_count,
        "sentence": sentence,
        "matches_all": tree_editor.tree == ALL_CONTACTS,
        "counts_archived": scope == ListScope(ALL_CONTACTS),
        "counts_rows": tree_editor.root.counts_rows,
        "incomplete_count": len(tree_editor.errors),
    }


def _render_editor(request: WorkspaceRequest, tree_editor: TreeEditor, status: int = 200) -> HttpResponse:
    given = request.POST if request.method == "POST" else request.GET
    context: dict[str, Any] = {
        "editor": tree_editor,
        "menu": forms.menu(registry.condition_catalog().all()),
        "explain_url": reverse("audience:explain"),
        "to": _local_url(request, given.get("to", "")),
        "param": given.get("param", _PARAM),
        "list": given.get("list", ""),
        "embedded": given.get("embedded") == "1",
    }
    if not wants_part(request):  # without JavaScript nothing loads afterwards
        context |= _count_context(request, tree_editor)
        context["contacts"] = _sample(request, tree_editor)
    return page(request, _EDITOR, context, part="editor", status=status)


def _redirect_with_tree(request: WorkspaceRequest, tree: str) -> HttpResponse:
    """Return a redirect to ``to`` with the tree in its query, without its page."""
    parts = urlsplit(_local_url(request, request.POST.get("to", "")) or request.path)
    param = request.POST.get("param", _PARAM)
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query)
        if name not in (param, "after", "before", "page")
    ]
    to = urlunsplit(("", "", parts.path, urlencode([*query, (param, tree)] if tree else query), ""))
    if request.headers.get("HX-Request") == "true":
        response = HttpResponse(status=204)
        response["HX-Redirect"] = to
        return response
    return HttpResponseRedirect(to)


def _local_url(request: WorkspaceRequest, url: str) -> str:
    """Return the URL if it is a path of this site, else an empty string."""
    return url if url_has_allowed_host_and_scheme(url, None) and url.startswith("/") else ""
