"""What waits for owners: requests of other shops to share refusals and limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from quen.apps.advertisers import queries as advertisers
from quen.apps.team import queries as team
from quen.apps.team.access import workspace_path
from quen.apps.team.registry import PendingItem
from quen.ui.tags.filters import day

if TYPE_CHECKING:
    from quen.apps.team.access import WorkspaceRequest


def pending_requests(request: WorkspaceRequest) -> list[PendingItem]:
    """Return the requests that this shop, the first one of its company, may answer; for owners only."""
    link = advertisers.find_link(request.workspace)
    if link is None or link.leaving_at is not None or not team.is_owner(request.actor):
        return []
    links = advertisers.links_of(link.advertiser)
    if not links or links[0].workspace_id != request.workspace.pk:
        return []
    return [
        PendingItem(
            title=_("“%(name)s” asks to share opt-outs and limits") % {"name": each.workspace.name},
            text=_("Expires %(day)s") % {"day": day(each.expires_at)},
            href=workspace_path("/sending/company/"),
            link=_("Answer"),
            icon="building-2",
        )
        for each in advertisers.open_requests_to(link.advertiser, now=request.now)
    ]
