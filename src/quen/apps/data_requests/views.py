"""The desk of requests, one request, the copy of a person's data, the certificate of an erasure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.contacts import queries as contacts
from quen.apps.contacts import registry as contacts_registry
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.types import ContactRight
from quen.apps.data_requests import queries, services
from quen.apps.data_requests.forms import AnswerForm, ErasePersonForm, NewRequestForm, RequestSettingsForm
from quen.apps.data_requests.types import (
    DataRequestRight,
    PersonGone,
    RequestKindChoices,
    RequestOrigin,
    RequestState,
)
from quen.apps.team import services as team
from quen.apps.team.access import WorkspaceRequest, allowed, workspace_path
from quen.core import paging
from quen.core.errors import NotFound
from quen.core.paging import NEWEST_FIRST, Sort, SortColumn, paginate
from quen.ui.lists import Column, EmptyState, ListTable, Row, StatusLabel, Title
from quen.ui.pages import page, refusals_on, success
from quen.ui.tags.filters import day, instant

if TYPE_CHECKING:
    from datetime import datetime

    from quen.apps.data_requests.models import DataRequest

_CONTENT_TYPES = {"json": "application/json", "html": "text/html"}
_STATES = {
    RequestState.RECEIVED: ("wait", "inbox"),
    RequestState.ACKNOWLEDGED: ("wait", "mail-check"),
    RequestState.IN_WORK: ("live", "loader"),
    RequestState.DONE: ("good", "circle-check"),
    RequestState.REFUSED: ("bad", "circle-x"),
}
#: requests that one press carries out
_CARRIED_OUT = (RequestKindChoices.RESTRICT, RequestKindChoices.OBJECT, RequestKindChoices.WITHDRAW)


#: the request that is due first comes first
_SOONEST_FIRST = Sort("due", SortColumn("due_at", paging.instant))


@allowed(DataRequestRight.HANDLE)
@require_GET
def desk(request: WorkspaceRequest) -> HttpResponse:
    """List the open requests, overdue ones first, or the answered ones."""
    ended = request.GET.get("state") == "ended"
    listed = paginate(
        queries.ended_requests() if ended else queries.open_requests(),
        sort=NEWEST_FIRST if ended else _SOONEST_FIRST,
        after=request.GET.get("after"),
        before=request.GET.get("before"),
    )
    pager = listed.links([("state", "ended")] if ended else [])
    context = {
        "table": _table(listed.rows, pager, request.now, ended=ended),
        "ended": ended,
        "overdue": queries.overdue_count(request.now),
        "open_count": queries.open_requests().count(),
    }
    return page(request, "data_requests/desk.html", context)


@allowed(DataRequestRight.HANDLE)
@require_http_methods(["GET", "POST"])
def settings(request: WorkspaceRequest) -> HttpResponse:
    """Change within how many days requests are answered."""
    form = RequestSettingsForm(
        request.POST if request.method == "POST" else None, settings=queries.request_settings()
    )
    if request.method == "POST" and form.is_valid():
        services.update_request_settings(days=form.cleaned_data, actor=request.actor, now=request.now)
        return success(request, message=_("Saved."), to=reverse("data_requests:desk"))
    return page(request, "data_requests/settings.html", {"form": form})


@allowed(DataRequestRight.HANDLE)
@require_http_methods(["GET", "POST"])
def new_request(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Record what a person told staff."""
    contact = contacts.find_including_deleted(contact_id)
    if contact is None:
        raise NotFound()
    form = NewRequestForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        made = services.make_request(
            contact_id=contact.pk,
            **form.cleaned_data,
            origin=RequestOrigin.STAFF,
            actor=request.actor,
            now=request.now,
        )
        return success(request, message=_("Recorded."), to=reverse("data_requests:request", args=[made.pk]))
    context = {"form": form, "contact": contact, "back": workspace_path(f"/contacts/{contact.pk}/")}
    return page(request, "data_requests/new.html", context)


@allowed(DataRequestRight.HANDLE)
@require_GET
def request_page(request: WorkspaceRequest, request_id: int) -> HttpResponse:
    """Show one request and what can be done about it."""
    return page(
        request, "data_requests/request.html", _request_context(request, queries.get_request(request_id))
    )


@allowed(DataRequestRight.HANDLE)
@require_POST
def take_step(request: WorkspaceRequest, request_id: int) -> HttpResponse:
    """Acknowledge, start, or carry out what the product can do by itself."""
    found = queries.get_request(request_id)
    steps = {
        "acknowledge": services.acknowledge,
        "start": services.start,
        "carry_out": services.carry_out,
    }
    step = steps.get(request.POST.get("step", ""))
    if step is None or (step is services.carry_out and found.kind not in _CARRIED_OUT):
        raise NotFound()
    step(request=found, actor=request.actor, now=request.now)
    return success(request, message=_("Saved."), to=reverse("data_requests:request", args=[found.pk]))


@allowed(DataRequestRight.HANDLE)
@require_POST
def answer(request: WorkspaceRequest, request_id: int) -> HttpResponse:
    """Finish, refuse or extend a request."""
    found = queries.get_request(request_id)
    form = AnswerForm(request.POST)
    if form.is_valid():
        text, step = form.cleaned_data["reason"], request.POST.get("step", "")
        act: dict[str, Any] = {"request": found, "actor": request.actor, "now": request.now}
        with refusals_on(form):
            match step:
                case "done":
                    services.finish(note=text, **act)
                case "refuse":
                    services.refuse(reason=text, **act)
                case "extend":
                    services.extend(reason=text, **act)
                case _:
                    raise NotFound()
            return success(request, message=_("Saved."), to=reverse("data_requests:request", args=[found.pk]))
    context = _request_context(request, queries.get_request(request_id)) | {"form": form}
    return page(request, "data_requests/request.html", context)


@allowed(ContactRight.ERASE)
@require_http_methods(["GET", "POST"])
def erasure(request: WorkspaceRequest, request_id: int) -> HttpResponse:
    """Erase the person of a request for good; the certificate follows."""
    found = queries.get_request(request_id)
    contact = contacts.find_including_deleted(found.contact_id)
    if contact is None or found.kind != RequestKindChoices.ERASE:
        raise PersonGone()
    form = ErasePersonForm(request.POST if request.method == "POST" else None, name=str(contact))
    if request.method == "POST" and form.is_valid():
        services.erase_person(request=found, actor=request.actor, now=request.now)
        return success(
            request, message=_("Erased for good."), to=reverse("data_requests:certificate", args=[found.pk])
        )
    context = {"form": form, "contact": contact, "request_id": found.pk}
    return page(request, "data_requests/erasure.html", context)


@allowed(DataRequestRight.HANDLE)
@require_GET
def copy_page(request: WorkspaceRequest, request_id: int) -> HttpResponse:
    """Show everything that is kept about a person, to be printed or saved; the audit log records it."""
    found, parts = _read_copy(request, request_id)
    context = {"parts": _readable(parts), "found": found, "shop": request.workspace.name}
    return page(request, "data_requests/copy.html", context)


@allowed(DataRequestRight.HANDLE)
@require_GET
def copy_file(request: WorkspaceRequest, request_id: int, form: str) -> HttpResponse:
    """Download the same as a readable page ("html") or as data ("json")."""
    found, parts = _read_copy(request, request_id)
    if form == "json":
        values = {"at": request.now.isoformat(), "parts": parts}
        text = json.dumps(values, ensure_ascii=False, indent=2, default=str)
    elif form == "html":
        context = {"parts": _readable(parts), "shop": request.workspace.name, "now": request.now}
        text = render_to_string("data_requests/copy_file.html", context)
    else:
        raise NotFound()
    response = HttpResponse(text, content_type=f"{_CONTENT_TYPES[form]}; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="customer-{found.contact_id}.{form}"'
    return response


@allowed(DataRequestRight.HANDLE)
@require_GET
def certificate(request: WorkspaceRequest, request_id: int) -> HttpResponse:
    """Show what an erasure erased, and what is kept and why; a page to be printed."""
    found = queries.get_request(request_id)
    if not found.certificate:
        raise NotFound()
    titles = {part.key: str(part.title) for part in contacts_registry.personal_data_parts()}
    context = {
        "found": found,
        "erased": [
            (titles.get(each["key"], each["key"]), each["records"]) for each in found.certificate["erased"]
        ],
        "shop": request.workspace.name,
    }
    return page(request, "data_requests/certificate.html", context)


@allowed(ContactRight.VIEW)
@require_GET
def contact_panel(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Show a person's requests, and whether the use of their data is restricted."""
    contact = contacts.get_contact(contact_id)
    requests = list(queries.requests_of(contact.pk).order_by("-id")[:5])
    context = {
        "contact": contact,
        "requests": [(each, RequestKindChoices(each.kind).label, _state(each)) for each in requests],
        "may_handle": request.member.can(DataRequestRight.HANDLE),
    }
    return page(request, "data_requests/panel.html", context, part="panel")


@allowed(DataRequestRight.HANDLE)
@require_POST
def unrestrict(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """End the restriction of a person's data."""
    contact = contacts.get_contact(contact_id)
    contacts_services.lift_restriction(contact=contact, actor=request.actor, now=request.now)
    return success(request, message=_("Saved."), to=workspace_path(f"/contacts/{contact.pk}/"))


def _read_copy(request: WorkspaceRequest, request_id: int) -> tuple[DataRequest, list[dict[str, Any]]]:
    found = queries.get_request(request_id)
    if contacts.find_including_deleted(found.contact_id) is None:
        raise PersonGone()
    team.audit(request.actor, "data_requests.copied", now=request.now, target=found)
    return found, queries.copy_of(found.contact_id)


def _readable(parts: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the parts as text: dates as people write them, several values in one line."""
    return [
        {
            "title": part["title"],
            "records": [
                {label: _as_text(value) for label, value in record.items()} for record in part["records"]
            ],
        }
        for part in parts
    ]


def _as_text(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, str):
        try:
            at = parse_datetime(value)
            return instant(at) if at is not None else value
        except ValueError:
            return value
    return "" if value is None else str(value)


def _request_context(request: WorkspaceRequest, found: DataRequest) -> dict[str, Any]:
    contact = contacts.find_including_deleted(found.contact_id)
    kind = RequestKindChoices(found.kind)
    does = {
        RequestKindChoices.RESTRICT: _("Restrict now"),
        RequestKindChoices.OBJECT: _("End all advertising now"),
        RequestKindChoices.WITHDRAW: _("End all advertising now"),
    }
    return {
        "found": found,
        "kind": kind.label,
        "origin": RequestOrigin(found.origin).label,
        "state": _state(found),
        "contact": contact,
        "contact_url": (
            workspace_path(f"/contacts/{contact.pk}/") if contact and contact.deleted_at is None else ""
        ),
        "is_overdue": found.is_open and found.due_at < request.now,
        "may_acknowledge": found.state == RequestState.RECEIVED,
        "may_start": found.state in (RequestState.RECEIVED, RequestState.ACKNOWLEDGED),
        "carry_out": does.get(kind, "") if found.is_open and contact else "",
        "may_copy": kind == RequestKindChoices.COPY and contact is not None,
        "may_erase": (
            kind == RequestKindChoices.ERASE
            and found.is_open
            and contact is not None
            and request.member.can(ContactRight.ERASE)
        ),
        "form": AnswerForm() if found.is_open else None,
    }


def _state(found: DataRequest) -> StatusLabel:
    state = RequestState(found.state)
    return StatusLabel(str(state.label), *_STATES[state])


def _table(rows: Sequence[DataRequest], pager: Mapping[str, Any], now: datetime, *, ended: bool) -> ListTable:
    return ListTable(
        label=_("Requests"),
        columns=[
            Column("name", _("Customer"), "title", phone="title", width="w-1/3"),
            Column("kind", _("Wants"), phone="note"),
            Column("due", _("Answered") if ended else _("Due"), "state", phone="foot"),
            Column("state", _("State"), "state", phone="side", min_width=36),
            Column("by", _("Handled by"), min_width=56),
        ],
        rows=[_row(each, now) for each in rows],
        empty=EmptyState(
            _("No requests") if not ended else _("No request answered yet"),
            _(
                "What customers ask about their data appears here: from their own page, or recorded by you on a "
                "customer's page."
            ),
            picture="shield",
        ),
        pager=pager,
    )


def _row(each: DataRequest, now: datetime) -> Row:
    return Row(
        [
            Title(each.name or _("Erased customer")),
            RequestKindChoices(each.kind).label,
            _due(each, now),
            _state(each),
            each.member_name,
        ],
        href=reverse("data_requests:request", args=[each.pk]),
    )


def _due(each: DataRequest, now: datetime) -> StatusLabel:
    if each.ended_at is not None:
        return StatusLabel(instant(each.ended_at), "", "check")
    if each.due_at < now:
        return StatusLabel(_("Overdue since %(day)s") % {"day": day(each.due_at)}, "bad", "circle-alert")
    if each.state == RequestState.RECEIVED:
        late = each.acknowledge_due_at < now
        text = _("Acknowledge by %(day)s") % {"day": day(each.acknowledge_due_at)}
        return StatusLabel(text, "bad" if late else "wait", "clock")
    return StatusLabel(day(each.due_at), "", "clock")
