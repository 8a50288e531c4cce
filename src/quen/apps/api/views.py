"""Keys, the log of calls, and where the documentation is."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from quen.apps.api import queries, registry, services
from quen.apps.api.access import developer_page
from quen.apps.api.forms import CallFilterForm, KeyForm
from quen.apps.api.models import ApiCall, ApiKey
from quen.apps.api.types import API_PATH, ApiRight
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.core.paging import paginate
from quen.ui.lists import Column, EmptyState, ListTable, Row, StatusLabel, Title
from quen.ui.pages import page, refusals_on, success
from quen.ui.tags.basics import ui_icon_button
from quen.ui.tags.filters import day


@allowed(ApiRight.MANAGE)
@require_GET
def key_list(request: WorkspaceRequest) -> HttpResponse:
    """List the keys."""
    keys = list(queries.keys())
    context = {"table": _key_table(request, keys), "has_any": bool(keys)}
    return developer_page(request, "api/keys.html", context, tab="keys")


@allowed(ApiRight.MANAGE)
@require_http_methods(["GET", "POST"])
def new_key(request: WorkspaceRequest) -> HttpResponse:
    """Create a key and show its token, once."""
    form = KeyForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            created = services.create_key(
                name=form.cleaned_data["name"],
                scopes=form.cleaned_data["scopes"],
                expires_at=form.expires_at(request.now),
                actor=request.actor,
                now=request.now,
            )
            context = {"key": created.key, "token": created.token, "next": reverse("api:key_list")}
            response = page(request, "api/token.html", context)
            response.headers["Cache-Control"] = "no-store"
            return response
    return page(request, "api/key_form.html", {"form": form, "back": reverse("api:key_list")})


@allowed(ApiRight.MANAGE)
@require_http_methods(["GET", "POST"])
def revoke_key(request: WorkspaceRequest, key_id: int) -> HttpResponse:
    """Ask, then revoke a key."""
    key = queries.get_key(key_id)
    if request.method == "POST":
        services.revoke_key(key, actor=request.actor, now=request.now)
        message = _("Revoked “%(name)s”. It is refused from now on.") % {"name": key.name}
        return success(request, message=message, to=reverse("api:key_list"))
    return page(request, "api/revoke.html", {"key": key, "back": reverse("api:key_list")})


@allowed(ApiRight.MANAGE)
@require_GET
def call_list(request: WorkspaceRequest) -> HttpResponse:
    """List the calls of the last days."""
    keys = [(key.pk, key.name) for key in list(queries.keys())]
    form = CallFilterForm(request.GET or None, keys=keys, operations=registry.operation_ids())
    chosen = form.cleaned_data if form.is_valid() else {}
    found = queries.calls(
        key_id=chosen.get("key"),
        operation=chosen.get("operation", ""),
        outcome=chosen.get("outcome", ""),
    )
    listed = paginate(found, after=request.GET.get("after"), before=request.GET.get("before"))
    query = [(name, request.GET[name]) for name in form.fields if request.GET.get(name)]
    context = {
        "form": form,
        "filtered": bool(query),
        "days": settings.API_LOG_DAYS,
        "table": _call_table(listed.rows, listed.links(query), filtered=bool(query)),
    }
    return developer_page(request, "api/calls.html", context, tab="calls")


@allowed(ApiRight.MANAGE)
@require_GET
def documentation(request: WorkspaceRequest) -> HttpResponse:
    """Show where the interface is, a first call, and its documentation."""
    context = {
        "base": f"{settings.BASE_URL}{API_PATH}",
        "call": f'curl {settings.BASE_URL}{API_PATH}key -H "Authorization: Bearer …"',
        "reference": f"{API_PATH}docs",
        "document": f"{API_PATH}openapi.json",
    }
    return developer_page(request, "api/documentation.html", context, tab="documentation")


def _key_table(request: WorkspaceRequest, keys: Sequence[ApiKey]) -> ListTable:
    return ListTable(
        label=_("API keys"),
        columns=[
            Column("name", _("Name"), "title", phone="title"),
            Column("scopes", _("Permissions"), min_width=44),
            Column("used", _("Last use"), "time_ago", phone="note-side"),
            Column("state", _("Status"), "state", phone="side"),
        ],
        rows=[
            Row(
                cells=[
                    Title(key.name, f"{queries.KEY_PREFIX}_…{key.hint}"),
                    _permissions(key),
                    key.last_used_at,
                    _state(key, request),
                ],
                key=key.pk,
                name=key.name,
                actions=_revoke_button(key) if key.revoked_at is None else "",
            )
            for key in keys
        ],
        empty=EmptyState(
            _("No API keys yet"),
            _("With a key, your website, till or accounting reads and writes customers in Quen."),
            button=_("Create a key"),
            href=reverse("api:new_key"),
            icon="plus",
        ),
        now=request.now,
    )


def _permissions(key: ApiKey) -> str:
    count = len(key.scopes)
    if registry.scope_keys() <= set(key.scopes):
        return _("Everything")
    labels = [str(scope.label) for scope in registry.scopes() if scope.key in key.scopes]
    if count == 1:
        return labels[0] if labels else key.scopes[0]
    return ngettext("%(n)s permission", "%(n)s permissions", count) % {"n": count}


def _state(key: ApiKey, request: WorkspaceRequest) -> StatusLabel:
    if key.revoked_at is not None:
        return StatusLabel(_("Revoked"), icon="circle-slash", faint=True)
    if key.expires_at is not None and key.expires_at <= request.now:
        return StatusLabel(_("Expired"), "wait", "clock")
    if key.expires_at is not None:
        return StatusLabel(_("Until %(day)s") % {"day": day(key.expires_at)}, "good", "circle-check")
    return StatusLabel(_("Active"), "good", "circle-check")


def _revoke_button(key: ApiKey) -> str:
    label = _("Revoke “%(name)s”") % {"name": key.name}
    return ui_icon_button("ban", label, href=reverse("api:revoke_key", args=[key.pk]))


def _call_table(calls: Sequence[ApiCall], links: dict[str, str], *, filtered: bool) -> ListTable:
    return ListTable(
        label=_("Calls"),
        columns=[
            Column("at", _("Time"), "instant", phone="note", align="left"),
            Column("operation", _("Operation"), "title", phone="title"),
            Column("key", _("Key"), min_width=44),
            Column("duration", _("Duration, ms"), "number", min_width=36, unit="ms"),
            Column("reference", _("Reference"), "note", min_width=62),
            Column("status", _("Status"), "state", phone="side"),
        ],
        rows=[
            Row(
                cells=[
                    call.at,
                    Title(call.operation or _("Unknown operation"), call.code),
                    call.api_key.name,
                    call.duration_ms,
                    call.reference,
                    _call_state(call),
                ],
                key=call.pk,
                name=call.operation,
            )
            for call in calls
        ],
        pager=links,
        empty=EmptyState(_("No such calls") if filtered else _("No calls yet")),
    )


def _call_state(call: ApiCall) -> StatusLabel:
    if call.status >= 500:
        return StatusLabel(str(call.status), "bad", "circle-x")
    if call.status >= 400:
        return StatusLabel(str(call.status), "wait", "circle-alert")
    return StatusLabel(str(call.status), "good", "circle-check")
