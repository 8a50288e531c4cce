"""A member's notifications."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from quen.apps.team import access, queries, registry, services
from quen.apps.team.access import WorkspaceRequest, allowed, workspace_path
from quen.apps.team.models import Notification
from quen.ui.pages import page, success

NOTIFICATIONS_PER_PAGE, NOTIFICATIONS_IN_BELL = 60, 6


@dataclass(frozen=True, slots=True)
class NotificationRow:
    """A notification with its text."""

    notification: Notification
    text: str


@allowed(None)
@require_GET
def notification_list(request: WorkspaceRequest) -> HttpResponse:
    """List the member's notifications, newest first."""
    context = {
        "rows": _rows(request, NOTIFICATIONS_PER_PAGE),
        "emails": [
            (key, label, bool(request.member.preferences.get(key, True)))
            for key, label in registry.email_preferences().items()
        ],
    }
    return page(request, "team/notifications.html", context)


@allowed(None)
@require_POST
def email_preferences(request: WorkspaceRequest) -> HttpResponse:
    """Save which emails the member wants."""
    wanted = request.POST.getlist("emails")
    for key in registry.email_preferences():
        services.set_preference(member=request.member, key=key, value=key in wanted)
    return success(request, message=_("Saved."), to=reverse("team:notifications"))


@allowed(None)
@require_GET
def bell(request: WorkspaceRequest) -> HttpResponse:
    """Show the bell of the top bar: its badge, and the latest notifications when it is open."""
    context = {"rows": _rows(request, NOTIFICATIONS_IN_BELL), "open": request.GET.get("open") == "1"}
    return page(request, "team/bell.html", context, part="latest" if context["open"] else "bell")


@allowed(None)
@require_GET
def notification(request: WorkspaceRequest, notification_id: int) -> HttpResponse:
    """Mark a notification as read and go to its page."""
    found = access.notification_for(request.member, notification_id)
    services.mark_read(found, now=request.now)
    return HttpResponseRedirect(workspace_path(found.path) or reverse("team:notifications"))


@allowed(None)
@require_POST
def mark_all_read(request: WorkspaceRequest) -> HttpResponse:
    """Mark all of the member's notifications as read."""
    services.mark_all_read(member=request.member, now=request.now)
    return success(request, event="notifications:read", to=reverse("team:notifications"))


def _rows(request: WorkspaceRequest, limit: int) -> list[NotificationRow]:
    found = queries.notifications(request.member)[:limit]
    return [NotificationRow(each, registry.notification_text(each.kind, each.data)) for each in found]
