"""The panel of the overview with what waits for a member."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from quen.apps.team import registry

if TYPE_CHECKING:
    from quen.apps.team.access import WorkspaceRequest


def pending(request: WorkspaceRequest) -> registry.OverviewPanelContent | None:
    """Return what waits for this member; None when nothing does."""
    items = registry.pending_items(request)
    if not items:
        return None
    return registry.OverviewPanelContent(
        title=_("Needs you today"),
        template="team/pending.html",
        context={"items": items},
        note=date_format(timezone.localtime(request.now), "MONTH_DAY_FORMAT"),
        flush=True,
    )
