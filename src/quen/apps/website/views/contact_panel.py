"""The panel of a contact's page: their visits to the website."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.http import require_GET

from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import ContactRight
from quen.apps.team.access import WorkspaceRequest, allowed, workspace_path
from quen.apps.website import queries
from quen.apps.website.types import ActionKind
from quen.core import user_agents
from quen.ui.pages import page

_SHOWN, _ALL = 5, 50


@allowed(ContactRight.VIEW)
@require_GET
def contact_visits(request: WorkspaceRequest, contact_id: int) -> HttpResponse:
    """Show the latest visits with their pages."""
    contact = contacts.get_contact(contact_id)
    found = queries.sessions_of(contact.pk)
    sessions = list(found[: _ALL if request.GET.get("all") else _SHOWN])
    actions = queries.actions_of(sessions)
    addresses = [value for value in (contact.email, contact.phone) if value]
    context = {
        "contact": contact,
        "contact_url": workspace_path(f"/contacts/{contact.pk}/"),
        "visits": [
            (
                session,
                user_agents.describe(session.user_agent) if session.user_agent else "",
                session.campaign.get("utm_campaign") or session.campaign.get("utm_source") or "",
                [(action, action.kind == ActionKind.VIEW) for action in actions.get(session.pk, [])],
            )
            for session in sessions
        ],
        "count": found.count(),
        "retention_days": queries.website_settings().retention_days,
        "unproven": queries.count_unproven(addresses),
    }
    return page(request, "website/contact_panel.html", context, part="panel")
