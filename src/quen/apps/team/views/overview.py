"""The overview page: the panels of all apps and the getting-started checklist."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from quen.apps.team import registry, services
from quen.apps.team.access import WorkspaceRequest, allowed, ensure
from quen.apps.team.types import TeamRight
from quen.core.errors import NotFound
from quen.ui.pages import page, success

ONBOARDING_HIDDEN = "overview.onboarding_hidden"


@dataclass(frozen=True, slots=True)
class VisiblePanel:
    """A panel with its content; the content of a lazy one is fetched after the page."""

    panel: registry.OverviewPanel
    content: registry.OverviewPanelContent | None

    @property
    def is_bare(self) -> bool:
        """Return whether it is shown without a card."""
        return self.panel.slot == "top"


@allowed(TeamRight.VIEW_OVERVIEW)
@require_GET
def overview(request: WorkspaceRequest) -> HttpResponse:
    """Show the panels the member may see, and the checklist unless it is hidden."""
    permitted = [
        panel
        for panel in registry.overview_panels()
        if panel.right is None or request.member.can(panel.right)
    ]
    panels = [VisiblePanel(panel, None if panel.lazy else panel.build(request)) for panel in permitted]
    panels = [each for each in panels if each.panel.lazy or each.content]
    hidden = bool(request.member.preferences.get(ONBOARDING_HIDDEN))
    steps = [] if hidden else registry.onboarding_steps(request)
    context = {
        "actions": [(each, reverse(each.url_name)) for each in registry.overview_actions(request)],
        "days": registry.overview_days(request),
        "periods": [(days, days_label(days)) for days in registry.OVERVIEW_PERIODS],
        "top": [each for each in panels if each.panel.slot == "top"],
        "main": [each for each in panels if each.panel.slot == "main"],
        "side": [each for each in panels if each.panel.slot == "side"],
        "steps": steps,
        "steps_done": sum(step.done for step in steps),
    }
    return page(request, "team/overview.html", context)


def days_label(days: int) -> str:
    """Return the name of a period."""
    return ngettext("Last %(days)s day", "Last %(days)s days", days) % {"days": days}


@allowed(TeamRight.VIEW_OVERVIEW)
@require_GET
def panel(request: WorkspaceRequest, key: str) -> HttpResponse:
    """Show one panel. Lazy panels are fetched here."""
    found = next((each for each in registry.overview_panels() if each.key == key), None)
    if found is None:
        raise NotFound()
    if found.right is not None:
        ensure(request.member, found.right)
    return page(request, "team/panel.html", {"visible": VisiblePanel(found, found.build(request))})


@allowed(TeamRight.VIEW_OVERVIEW)
@require_POST
def onboarding(request: WorkspaceRequest) -> HttpResponse:
    """Hide the checklist, or show it again."""
    hide = request.POST.get("hide") == "1"
    services.set_preference(member=request.member, key=ONBOARDING_HIDDEN, value=hide)
    return success(request, message=_("Checklist hidden.") if hide else "", to=reverse("team:overview"))
