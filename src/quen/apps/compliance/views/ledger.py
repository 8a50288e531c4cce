"""The consent ledger over all people."""

from __future__ import annotations

from collections.abc import Iterator
from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.utils import translation
from django.views.decorators.http import require_GET, require_POST

from quen.apps.compliance.forms.ledger import LedgerForm, ways
from quen.apps.compliance.views.paging import keyset_page
from quen.apps.compliance.views.suppressing import csv_file
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import Channel, Consent
from quen.apps.team import services as team
from quen.apps.team.access import WorkspaceRequest, address, allowed
from quen.apps.team.types import Right
from quen.core import schemas
from quen.ui.pages import page

_LOOKS = {
    Consent.NEVER_ASKED: ("", "circle-dashed"),
    Consent.GRANTED: ("good", "check"),
    Consent.WITHDRAWN: ("bad", "ban"),
    Consent.BLOCKED: ("bad", "octagon-x"),
}


@allowed(Right.VIEW_CONTACTS)
@require_GET
def ledger(request: WorkspaceRequest) -> HttpResponse:
    """Show who agreed to or refused what, newest first."""
    form = LedgerForm(request.GET or None)
    wanted = form.wanted(request.workspace.zone)
    shown = keyset_page(contacts.ledger(wanted), request.GET)
    names = ways()
    rows = [
        (
            line,
            {
                "channel": Channel(line.channel).label,
                "answer": Consent(line.consent).label,
                "look": _LOOKS[Consent(line.consent)],
                "way": names.get(line.proof.way, line.proof.way),
                "person": address(f"/contacts/{line.contact_id}/"),
            },
        )
        for line in shown.rows
    ]
    context = {
        "rows": rows,
        "form": form,
        "pager": shown,
        "filtered": wanted != contacts.LedgerWanted(),
        "pairs": [(name, request.GET[name]) for name in form.fields if request.GET.get(name)],
        "may_export": request.member.can(Right.EXPORT_CONTACTS),
    }
    return page(request, "compliance/ledger.html", context)


@allowed(Right.EXPORT_CONTACTS)
@require_POST
def ledger_file(request: WorkspaceRequest) -> HttpResponse:
    """Send the lines found as a CSV file."""
    wanted = LedgerForm(request.POST).wanted(request.workspace.zone)
    team.log_action(request.member, "compliance.ledger_exported", now=request.now)
    language = translation.get_language() or "vi"
    lines = _lines(wanted, schemas.current(), language, request.workspace.zone)
    return csv_file(lines, request, name="consent")


def _lines(wanted: contacts.LedgerWanted, schema: str, language: str, zone: ZoneInfo) -> Iterator[str]:
    """The answer is read after the request has left the workspace: enter it again."""
    with schemas.use(schema), translation.override(language):
        yield from contacts.as_csv(contacts.ledger_rows(wanted, zone=zone, ways=ways()))
