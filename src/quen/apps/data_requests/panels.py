"""What waits for those who handle requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from quen.apps.data_requests import queries
from quen.apps.data_requests.types import RequestKindChoices
from quen.apps.team.access import workspace_path
from quen.apps.team.registry import PendingItem
from quen.ui.tags.filters import day

if TYPE_CHECKING:
    from quen.apps.team.access import WorkspaceRequest

_SHOWN = 3


def pending_requests(request: WorkspaceRequest) -> list[PendingItem]:
    """Return the open requests that are due soonest."""
    return [
        PendingItem(
            title=f"{RequestKindChoices(each.kind).label}: {each.name}",
            text=_("Due %(day)s") % {"day": day(each.due_at)},
            href=workspace_path(f"/data-requests/{each.pk}/"),
            link=_("Open"),
            icon="shield-user",
        )
        for each in queries.open_requests()[:_SHOWN]
    ]
