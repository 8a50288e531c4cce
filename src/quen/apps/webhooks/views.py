"""The endpoints, one endpoint with its log, one message."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.api import queries as api
from quen.apps.api.access import developer_page
from quen.apps.api.types import ApiRight
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.webhooks import presenters, queries, services
from quen.apps.webhooks.forms import EndpointForm, ReplayForm
from quen.apps.webhooks.models import Endpoint
from quen.apps.webhooks.services import CreatedEndpoint
from quen.apps.webhooks.types import LOG_DAYS, EndpointPauseReason, WebhookMessageState
from quen.core.paging import paginate
from quen.ui.pages import page, refusals_on, success
from quen.ui.tags.filters import num

_LOST = (WebhookMessageState.FAILED, WebhookMessageState.SKIPPED)


@allowed(ApiRight.MANAGE)
@require_GET
def endpoint_list(request: WorkspaceRequest) -> HttpResponse:
    """List the endpoints."""
    endpoints = list(queries.endpoints())
    request.topics += [f"webhooks/{each.pk}" for each in endpoints]
    counts = queries.counts([each.pk for each in endpoints])
    context = {"table": presenters.endpoint_table(endpoints, counts), "has_any": bool(endpoints)}
    return developer_page(request, "webhooks/list.html", context, tab="webhooks")


@allowed(ApiRight.MANAGE)
@require_http_methods(["GET", "POST"])
def new_endpoint(request: WorkspaceRequest) -> HttpResponse:
    """Add an endpoint and show its secret, once."""
    form = EndpointForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            made = services.create_endpoint(**form.cleaned_data, actor=request.actor, now=request.now)
            return _show_secret(request, made)
    context = {"form": form, "back": reverse("webhooks:endpoint_list")}
    return page(request, "webhooks/form.html", context)


@allowed(ApiRight.MANAGE)
@require_http_methods(["GET", "POST"])
def edit_endpoint(request: WorkspaceRequest, endpoint_id: int) -> HttpResponse:
    """Change an endpoint."""
    endpoint = queries.get_endpoint(endpoint_id)
    form = EndpointForm(request.POST if request.method == "POST" else None, endpoint=endpoint)
    back = _url(endpoint)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            services.update_endpoint(
                endpoint=endpoint, **form.cleaned_data, actor=request.actor, now=request.now
            )
            return success(request, message=_("Saved."), to=back)
    return page(request, "webhooks/form.html", {"form": form, "back": back, "endpoint": endpoint})


@allowed(ApiRight.MANAGE)
@require_GET
def endpoint_page(request: WorkspaceRequest, endpoint_id: int) -> HttpResponse:
    """Show an endpoint with its log."""
    endpoint = queries.get_endpoint(endpoint_id)
    request.topics.append(f"webhooks/{endpoint.pk}")
    state = request.GET.get("state", "")
    state = state if state in WebhookMessageState.values else ""
    listed = paginate(
        queries.messages_of(endpoint, state=state),
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    counts = queries.counts([endpoint.pk])
    key = api.keys().filter(pk=endpoint.own_key_id or 0).first()
    pager = listed.links([("state", state)] if state else [])
    context = {
        "endpoint": endpoint,
        "state": presenters.endpoint_state(endpoint),
        "reason": EndpointPauseReason(endpoint.pause_reason).label if endpoint.pause_reason else "",
        "kinds": [(name, presenters.kind_label(name)) for name in endpoint.kinds],
        "key": key,
        "overlap": presenters.overlap_text(endpoint, request.now),
        "waiting": counts.get((endpoint.pk, WebhookMessageState.WAITING.value), 0),
        "lost": sum(counts.get((endpoint.pk, each.value), 0) for each in _LOST),
        "replay": ReplayForm(),
        "tabs": presenters.state_links(endpoint, state, counts),
        "table": presenters.message_table(endpoint, listed.rows, pager, filtered=bool(state)),
        "log_days": LOG_DAYS,
        "sending": endpoint.paused_at is None and presenters.is_sending(listed.rows, request.now),
    }
    return page(request, "webhooks/endpoint.html", context, part="log")


@allowed(ApiRight.MANAGE)
@require_GET
def message_page(request: WorkspaceRequest, endpoint_id: int, message_id: int) -> HttpResponse:
    """Show a message: its body and its attempts."""
    endpoint = queries.get_endpoint(endpoint_id)
    message = queries.get_message(endpoint, message_id)
    request.topics.append(f"webhooks/{endpoint.pk}")
    context = {
        "endpoint": endpoint,
        "message": message,
        "label": presenters.kind_label(message.kind),
        "name": presenters.message_name(endpoint, message),
        "state": presenters.message_state(message),
        "body": presenters.pretty_body(message),
        "attempts": presenters.attempt_table(queries.attempts_of(message)),
        "back": _url(endpoint),
        "sending": endpoint.paused_at is None and presenters.is_sending([message], request.now),
    }
    return page(request, "webhooks/message.html", context, part="outcome")


@allowed(ApiRight.MANAGE)
@require_POST
def rotate_secret(request: WorkspaceRequest, endpoint_id: int) -> HttpResponse:
    """Make a new secret and show it, once."""
    endpoint = queries.get_endpoint(endpoint_id)
    return _show_secret(
        request, services.rotate_secret(endpoint=endpoint, actor=request.actor, now=request.now)
    )


@allowed(ApiRight.MANAGE)
@require_POST
def send_test(request: WorkspaceRequest, endpoint_id: int) -> HttpResponse:
    """Send a test message and show it."""
    endpoint = queries.get_endpoint(endpoint_id)
    message = services.send_test(endpoint=endpoint, now=request.now)
    return success(
        request, message=_("Sending…"), to=reverse("webhooks:message", args=[endpoint.pk, message.pk])
    )


@allowed(ApiRight.MANAGE)
@require_POST
def pause(request: WorkspaceRequest, endpoint_id: int) -> HttpResponse:
    """Stop sending to an endpoint."""
    endpoint = queries.get_endpoint(endpoint_id)
    services.pause_endpoint(endpoint=endpoint, actor=request.actor, now=request.now)
    return success(request, message=_("Paused. What happens now is kept."), to=_url(endpoint))


@allowed(ApiRight.MANAGE)
@require_POST
def resume(request: WorkspaceRequest, endpoint_id: int) -> HttpResponse:
    """Go on sending, with what was missed or without."""
    endpoint = queries.get_endpoint(endpoint_id)
    services.resume_endpoint(
        endpoint=endpoint,
        send_missed=request.POST.get("missed") != "leave",
        actor=request.actor,
        now=request.now,
    )
    return success(request, message=_("Sending resumed."), to=_url(endpoint))


@allowed(ApiRight.MANAGE)
@require_POST
def delete(request: WorkspaceRequest, endpoint_id: int) -> HttpResponse:
    """Delete an endpoint with its log."""
    endpoint = queries.get_endpoint(endpoint_id)
    services.delete_endpoint(endpoint=endpoint, actor=request.actor, now=request.now)
    return success(request, message=_("Deleted."), to=reverse("webhooks:endpoint_list"))


@allowed(ApiRight.MANAGE)
@require_POST
def replay_failed(request: WorkspaceRequest, endpoint_id: int) -> HttpResponse:
    """Send again what did not arrive."""
    endpoint = queries.get_endpoint(endpoint_id)
    form = ReplayForm(request.POST)
    count = 0
    if form.is_valid():
        count = services.replay_failed(
            endpoint=endpoint, since=request.now - form.span, actor=request.actor, now=request.now
        )
    text = ngettext("%(n)s message is sent again.", "%(n)s messages are sent again.", count)
    return success(request, message=text % {"n": num(count)}, to=_url(endpoint))


@allowed(ApiRight.MANAGE)
@require_POST
def replay(request: WorkspaceRequest, endpoint_id: int, message_id: int) -> HttpResponse:
    """Send one message again."""
    endpoint = queries.get_endpoint(endpoint_id)
    services.replay(endpoint=endpoint, message_id=message_id, actor=request.actor, now=request.now)
    to = reverse("webhooks:message", args=[endpoint.pk, message_id])
    return success(request, message=_("Sending…"), to=to)


def _show_secret(request: WorkspaceRequest, made: CreatedEndpoint) -> HttpResponse:
    context: dict[str, Any] = {
        "endpoint": made.endpoint,
        "secret": made.secret,
        "overlap": presenters.overlap_text(made.endpoint, request.now),
        "next": _url(made.endpoint),
    }
    response = page(request, "webhooks/secret.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _url(endpoint: Endpoint) -> str:
    return reverse("webhooks:endpoint", args=[endpoint.pk])
