"""The landing page: what the rooms have to tell, and what to do first."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from quen.apps.team import registry, services
from quen.apps.team.access import WorkspaceRequest, allowed, ensure
from quen.apps.team.types import Right
from quen.core.errors import NotFound
from quen.ui.pages import done, page

STEPS_HIDDEN = "overview.steps_hidden"


@dataclass(frozen=True, slots=True)
class Shown:
    """A panel with what it shows; a lazy one fetches it after the page."""

    panel: registry.Panel
    content: registry.PanelContent | None


@allowed(Right.VIEW_OVERVIEW)
@require_GET
def overview(request: WorkspaceRequest) -> HttpResponse:
    """Show the panels this member may see, and the checklist until it is hidden."""
    mine = [
        each for each in registry.overview_panels() if each.right is None or request.member.can(each.right)
    ]
    shown = [Shown(each, None if each.lazy else each.build(request)) for each in mine]
    shown = [each for each in shown if each.panel.lazy or each.content]
    hidden = bool(request.member.choices.get(STEPS_HIDDEN))
    steps = [] if hidden else registry.first_steps(request)
    context = {
        "top": [each for each in shown if each.panel.place == "top"],
        "main": [each for each in shown if each.panel.place == "main"],
        "side": [each for each in shown if each.panel.place == "side"],
        "steps": steps,
        "steps_done": sum(step.done for step in steps),
    }
    return page(request, "team/overview.html", context)


@allowed(Right.VIEW_OVERVIEW)
@require_GET
def panel(request: WorkspaceRequest, key: str) -> HttpResponse:
    """Show one panel by itself: the lazy ones are fetched here."""
    found = next((each for each in registry.overview_panels() if each.key == key), None)
    if found is None:
        raise NotFound()
    if found.right is not None:
        ensure(request.member, found.right)
    return page(request, "team/panel.html", {"shown": Shown(found, found.build(request))})


@allowed(Right.VIEW_OVERVIEW)
@require_POST
def steps(request: WorkspaceRequest) -> HttpResponse:
    """Hide the checklist, or show it again."""
    hide = request.POST.get("hide") == "1"
    services.remember_choice(member=request.member, key=STEPS_HIDDEN, value=hide)
    return done(request, say=_("The checklist is hidden.") if hide else "", to=reverse("team:overview"))
