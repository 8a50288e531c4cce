"""The consent log of all contacts."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.utils import translation
from django.views.decorators.http import require_GET, require_POST

from quen.apps.compliance.forms.consent_log import ConsentLogForm, method_labels
from quen.apps.compliance.views.suppressions import csv_file
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import Channel, Consent, ContactRight
from quen.apps.import_export.types import ImportExportRight
from quen.apps.team import services as team
from quen.apps.team.access import WorkspaceRequest, allowed, workspace_path
from quen.core import schemas
from quen.core.paging import paginate
from quen.ui.pages import page

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
    labels = method_labels()
    rows = [
        (
            entry,
            {
                "channel": Channel(entry.channel).label,
                "answer": Consent(entry.consent).label,
                "style": _STATES[Consent(entry.consent)],
                "method": labels.get(entry.proof.method, entry.proof.method),
                "contact_url": workspace_path(f"/contacts/{entry.contact_id}/"),
            },
        )
        for entry in listed.rows
    ]
    context = {
        "rows": rows,
        "form": form,
        "pager": listed.links(filter_values),
        "filtered": log_filter != contacts.ConsentLogFilter(),
        "filter_values": filter_values,
        "may_export": request.member.can(ImportExportRight.EXPORT),
    }
    return page(request, "compliance/consent_log.html", context)


@allowed(ImportExportRight.EXPORT)
@require_POST
def consent_log_file(request: WorkspaceRequest) -> HttpResponse:
    """Download the filtered entries as a CSV file."""
    log_filter = ConsentLogForm(request.POST).log_filter(request.workspace.zone)
    team.audit(request.actor, "compliance.consent_log_exported", now=request.now)
    language = translation.get_language() or "vi"
    lines = _lines(log_filter, schemas.current(), language, request.workspace.zone)
    return csv_file(lines, request, name="consent")


def _lines(
    log_filter: contacts.ConsentLogFilter, schema: str, language: str, zone: ZoneInfo
) -> Iterator[str]:
    """The response streams after the request has left the workspace, so enter it again."""
    with schemas.use(schema), translation.override(language):
        yield from contacts.as_csv(
            contacts.consent_log_rows(log_filter, zone=zone, method_names=method_labels())
        )
