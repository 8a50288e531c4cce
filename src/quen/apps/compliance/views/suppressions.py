"""The suppression list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast
from zoneinfo import ZoneInfo

from django.http import HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.compliance import queries, services
from quen.apps.compliance.forms.suppressions import SuppressForm
from quen.apps.compliance.models import Suppression
from quen.apps.compliance.services.suppressions import REMOVABLE_BY_STAFF
from quen.apps.compliance.types import ComplianceRight, SuppressionCause
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import Channel
from quen.apps.team import services as team
from quen.apps.team.access import WorkspaceRequest, allowed, workspace_path
from quen.core import clock, phones, schemas
from quen.core.paging import paginate
from quen.ui.pages import page, refusals_on, success
from quen.ui.tags.filters import num

_BATCH = 2_000


@allowed(ComplianceRight.CONFIGURE)
@require_GET
def suppression_list(request: WorkspaceRequest) -> HttpResponse:
    """List suppressed addresses, newest first."""
    search, cause = request.GET.get("q", ""), request.GET.get("cause", "")
    cause = cause if cause in SuppressionCause.values else ""
    suppressions = queries.suppressions(search, cause)
    listed = paginate(suppressions, after=request.GET.get("after"), before=request.GET.get("before"))
    rows = [(each, _row(each)) for each in listed.rows]
    context = {
        "rows": rows,
        "pager": listed.links([(name, value) for name, value in (("q", search), ("cause", cause)) if value]),
        "total": suppressions.count(),
        "search": search,
        "cause": cause,
        "causes": [(value, label, value == cause) for value, label in SuppressionCause.choices],
        "filtered": bool(search or cause),
    }
    return page(request, "compliance/suppressions.html", context)


@allowed(ComplianceRight.CONFIGURE)
@require_http_methods(["GET", "POST"])
def suppress(request: WorkspaceRequest) -> HttpResponse:
    """Add addresses to the list, one per line."""
    form = SuppressForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            added = services.suppress(
                **form.cleaned_data,
                cause=SuppressionCause.MANUAL.value,
                actor=request.actor,
                now=request.now,
            )
            message = ngettext(
                "Added %(n)s address to the list.", "Added %(n)s addresses to the list.", added
            )
            return success(
                request, message=message % {"n": num(added)}, to=reverse("compliance:suppressions")
            )
    return page(request, "compliance/suppress.html", {"form": form})


@allowed(ComplianceRight.CONFIGURE)
@require_POST
def unsuppress(request: WorkspaceRequest, suppression_id: int) -> HttpResponse:
    """Remove an address from the list."""
    suppression = queries.get_suppression(suppression_id)
    services.unsuppress(suppression=suppression, actor=request.actor, now=request.now)
    message = _("%(address)s can receive messages again, if they gave consent.") % {
        "address": suppression.address
    }
    return success(request, message=message, to=reverse("compliance:suppressions"))


@allowed(ComplianceRight.CONFIGURE)
@require_POST
def suppression_file(request: WorkspaceRequest) -> HttpResponse:
    """Download the list as a CSV file."""
    team.audit(request.actor, "compliance.suppressions_exported", now=request.now)
    schema, language = schemas.current(), translation.get_language() or "vi"
    lines = _lines(schema, language, request.workspace.zone)
    return csv_file(lines, request, name="suppressions")


def csv_file(lines: Iterator[str], request: WorkspaceRequest, *, name: str) -> HttpResponse:
    """Return lines of CSV as a download."""
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    day = clock.local_day(request.now, request.workspace.zone)
    filename = f"{request.workspace.slug}-{name}-{day:%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{filename}"'
    return cast("HttpResponse", response)


def _lines(schema: str, language: str, zone: ZoneInfo) -> Iterator[str]:
    """The response streams after the request has left the workspace, so enter it again."""
    with schemas.use(schema), translation.override(language):
        yield from contacts.as_csv(_rows(zone))


def _rows(zone: ZoneInfo) -> Iterator[Sequence[Any]]:
    yield [_("Channel"), _("Address"), _("Cause"), _("Note"), _("Added by"), _("When")]
    last = None
    while batch := list(
        (queries.suppressions().filter(id__lt=last) if last else queries.suppressions())[:_BATCH]
    ):
        for each in batch:
            yield [
                str(Channel(each.channel).label),
                display_address(each),
                str(SuppressionCause(each.cause).label),
                each.note,
                each.member_name,
                f"{each.at.astimezone(zone):%d/%m/%Y %H:%M}",
            ]
        last = batch[-1].pk


def display_address(each: Suppression) -> str:
    """Return an address in its usual form."""
    return phones.display(each.address) if each.address.startswith("+") else each.address


_CAUSE_STYLES = {
    SuppressionCause.BOUNCE.value: ("wait", "mail-x"),
    SuppressionCause.COMPLAINT.value: ("bad", "octagon-alert"),
    SuppressionCause.OPT_OUT.value: ("bad", "ban"),
    SuppressionCause.MANUAL.value: ("", "pencil"),
    SuppressionCause.ERASED.value: ("", "user-x"),
}


def _row(each: Suppression) -> dict[str, Any]:
    tone, icon = _CAUSE_STYLES[each.cause]
    return {
        "address": display_address(each) or _("Only a hash is kept"),
        "channel": Channel(each.channel).label,
        "cause": SuppressionCause(each.cause).label,
        "tone": tone,
        "icon": icon,
        "removable": each.cause in REMOVABLE_BY_STAFF,
        "contact_url": workspace_path(f"/contacts/{each.contact_id}/") if each.contact_id else "",
    }
