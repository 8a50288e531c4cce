"""The audit log."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from quen.apps.team import queries, registry
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.models import AuditEntry
from quen.apps.team.types import TeamRight
from quen.ui.lists import Column, EmptyState, ListTable, Row
from quen.ui.pages import page
from quen.ui.params import positive_int


@allowed(TeamRight.VIEW_LOG)
@require_GET
def audit_log(request: WorkspaceRequest) -> HttpResponse:
    """Show the audit log, newest first, filtered by kind and member."""
    kind, member_id = request.GET.get("kind", ""), positive_int(request.GET.get("member"))
    found = queries.audit_log_page(
        kind=kind,
        member_id=member_id,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    links = found.links([("kind", kind), ("member", str(member_id or ""))])
    context = {
        "table": _table(found.rows, links),
        "kinds": [(key, label, key == kind) for key, label in registry.audit_kinds()],
        "members": [(member.pk, member.name, member.pk == member_id) for member in queries.all_members()],
        "filtered": bool(kind or member_id),
    }
    return page(request, "team/log.html", context)


def _table(entries: Iterable[AuditEntry], links: Mapping[str, str]) -> ListTable:
    return ListTable(
        label=_("Audit log"),
        columns=[
            Column("at", _("When"), "instant", phone="note-side", align="left"),
            Column("actor", _("Who"), phone="note"),
            Column("text", _("What"), "wrapped", phone="title"),
        ],
        rows=[
            Row([entry.at, entry.actor_name or "Quen", registry.audit_text(entry.kind, entry.data)])
            for entry in entries
        ],
        empty=EmptyState(_("Nothing found"), _("No entries match these filters."), picture="search"),
        pager=links,
    )
