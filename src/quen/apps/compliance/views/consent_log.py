"""The consent log of all contacts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from quen.apps.compliance.forms.consent_log import ConsentLogForm, method_labels
from quen.apps.compliance.views.suppressions import download
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import Consent, ContactRight
from quen.apps.import_export.types import ImportExportRight
from quen.apps.team import services as team
from quen.apps.team.access import WorkspaceRequest, allowed, workspace_path
from quen.core.paging import paginate
from quen.ui.lists import Column, EmptyState, ListTable, Row, StatusLabel, Title
from quen.ui.pages import page
from quen.ui.tags import filters

if TYPE_CHECKING:
    from quen.apps.contacts.models import ConsentEntry

_STATES = {
    Consent.NEVER_ASKED: ("", "circle-dashed"),
    Consent.GRANTED: ("good", "check"),
    Consent.WITHDRAWN: ("bad", "ban"),
    Consent.BLOCKED: ("bad", "octagon-x"),
}


@allowed(ContactRight.VIEW)
@require_GET
def consent_log(request: WorkspaceRequest) -> HttpResponse:
    """List the consents given and withdrawn, newest first."""
    form = ConsentLogForm(request.GET or None)
    log_filter = form.log_filter(request.workspace.zone)
    entries = contacts.consent_log(log_filter)
    listed = paginate(entries, after=request.GET.get("after"), before=request.GET.get("before"))
    filter_values = [(name, request.GET[name]) for name in form.fields if request.GET.get(name)]
    filtered = log_filter != contacts.ConsentLogFilter()
    context = {
        "table": _table(listed.rows, listed.links(filter_values), filtered=filtered),
        "form": form,
        "filtered": filtered,
        "filter_values": filter_values,
        "may_export": request.member.can(ImportExportRight.EXPORT),
    }
    return page(request, "compliance/consent_log.html", context)


def _table(entries: Sequence[ConsentEntry], pager: Mapping[str, str], *, filtered: bool) -> ListTable:
    labels, purposes = method_labels(), contacts.purposes()
    empty = (
        EmptyState(
            _("Nothing found"),
            _("No entries match. Change the filter, or show all entries."),
            picture="search",
        )
        if filtered
        else EmptyState(
            _("No consents yet"),
            _("Consents from forms, files, emails and phone calls are recorded here automatically."),
            picture="ledger",
        )
    )
    return ListTable(
        label=_("Consent log"),
        columns=[
            Column("at", _("When"), "instant", phone="note-side", align="left", min_width=32),
            Column("contact", _("Customer"), "title", phone="title", width="w-1/3"),
            Column("answer", _("Answer"), "state", phone="note"),
            Column("channel", _("Channel"), phone="side"),
            Column("purpose", _("Purpose"), min_width=40, phone="foot"),
            Column("method", _("Method and evidence"), "wrapped", min_width=50),
            Column("by", _("Recorded by"), min_width=68),
        ],
        rows=[_row(entry, labels, purposes) for entry in entries],
        empty=empty,
        pager=pager,
    )


def _row(entry: ConsentEntry, labels: Mapping[str, str], purposes: Mapping[str, str]) -> Row:
    deleted = entry.contact.deleted_at is not None
    consent, proof = Consent(entry.consent), entry.proof
    answered_at = contacts.answer_time(entry)
    evidence = [
        labels.get(proof.method, proof.method),
        contacts.ground_of(entry),
        contacts.file_origin(entry) or "",
        filters.day(answered_at) if answered_at else "",
    ]
    return Row(
        [
            entry.at,
            Title(str(entry.contact), note=_("Deleted") if deleted else ""),
            StatusLabel(str(consent.label), *_STATES[consent]),
            contacts.channel_label(entry),
            purposes.get(entry.purpose, entry.purpose),
            ", ".join(str(part) for part in evidence if part),
            proof.member_name,
        ],
        href="" if deleted else workspace_path(f"/contacts/{entry.contact_id}/"),
    )


@allowed(ImportExportRight.EXPORT)
@require_POST
def consent_log_file(request: WorkspaceRequest) -> HttpResponse:
    """Download the filtered entries as a file."""
    log_filter = ConsentLogForm(request.POST).log_filter(request.workspace.zone)
    team.audit(request.actor, "compliance.consent_log_exported", now=request.now)
    zone = request.workspace.zone
    return download(
        lambda: contacts.consent_log_rows(log_filter, zone=zone, method_names=method_labels()),
        request,
        name="consent",
    )
