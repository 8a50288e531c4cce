"""The suppression list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.compliance import queries, services
from quen.apps.compliance.forms.suppressions import SuppressForm
from quen.apps.compliance.models import Suppression
from quen.apps.compliance.services.suppressions import REMOVABLE_BY_STAFF
from quen.apps.compliance.types import ComplianceRight, SuppressionCause
from quen.apps.contacts.types import Channel
from quen.apps.team import services as team
from quen.apps.team.access import WorkspaceRequest, allowed, workspace_path
from quen.core import clock, phones
from quen.core.mail_replies import explain_mail_reply
from quen.core.paging import paginate
from quen.core.table_files import table_format
from quen.ui.downloads import Rows, table_download
from quen.ui.lists import Column, EmptyState, ListTable, Row, StatusLabel, Title
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
    links = listed.links([(name, value) for name, value in (("q", search), ("cause", cause)) if value])
    total = suppressions.count()
    filtered = bool(search or cause)
    context = {
        "table": _table(request, listed.rows, {**links, "total": total}, filtered=filtered),
        "total": total,
        "search": search,
        "cause": cause,
        "causes": [(value, label, value == cause) for value, label in SuppressionCause.choices],
        "filtered": filtered,
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
    """Download the list as a file."""
    team.audit(request.actor, "compliance.suppressions_exported", now=request.now)
    zone = request.workspace.zone
    return download(lambda: _rows(zone), request, name="suppressions")


def download(rows: Rows, request: WorkspaceRequest, *, name: str) -> HttpResponse:
    """Return rows as a download, in the format that the form asked for."""
    day = clock.local_day(request.now, request.workspace.zone)
    return table_download(
        rows,
        name=f"{request.workspace.slug}-{name}-{day:%Y-%m-%d}",
        format=table_format(request.POST.get("format", "")),
    )


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
    SuppressionCause.ADVERTISER.value: ("bad", "ban"),
    SuppressionCause.REGISTER.value: ("bad", "phone-off"),
}


def _table(
    request: WorkspaceRequest, rows: Sequence[Suppression], pager: Mapping[str, Any], *, filtered: bool
) -> ListTable:
    return ListTable(
        label=_("Suppression list"),
        columns=[
            Column("address", _("Address"), "title", phone="title", width="w-1/2"),
            Column("cause", _("Cause"), "state", phone="note"),
            Column("note", _("Note"), "note", min_width=50),
            Column("by", _("Added by"), "note", min_width=68),
            Column("at", _("When"), "instant", phone="note-side", align="left", min_width=40),
        ],
        rows=[_row(request, each) for each in rows],
        empty=_empty(filtered=filtered),
        pager={**pager, "noun": _("addresses")},
    )


def _row(request: WorkspaceRequest, each: Suppression) -> Row:
    address = display_address(each) or _("Only a hash is kept")
    tone, icon = _CAUSE_STYLES[each.cause]
    actions = ""
    if each.cause in REMOVABLE_BY_STAFF:
        values = {"suppression": each, "address": address}
        actions = render_to_string("compliance/suppression_actions.html", values, request)
    return Row(
        [
            Title(address, note=str(Channel(each.channel).label)),
            StatusLabel(str(SuppressionCause(each.cause).label), tone, icon),
            # Only a server's reply begins with its code.
            explain_mail_reply(each.note) or each.note,
            each.member_name,
            each.at,
        ],
        href=workspace_path(f"/contacts/{each.contact_id}/") if each.contact_id else "",
        actions=actions,
    )


def _empty(*, filtered: bool) -> EmptyState:
    if filtered:
        text = _("To find an erased customer, enter the full address.")
        return EmptyState(_("Nothing found"), text, picture="search")
    return EmptyState(
        _("The list is empty"),
        _(
            "Bounced addresses, complaints and opt-outs from all advertising are added automatically."
            " You can add your own."
        ),
        picture="shield",
        button=_("Add addresses"),
        href=reverse("compliance:suppress"),
    )
