"""The list of workspaces, and a new one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from quen.apps.accounts import queries as accounts_queries
from quen.apps.accounts import services as accounts_services
from quen.apps.accounts.access import SignedInRequest
from quen.apps.team import queries, services
from quen.apps.team.forms import NewWorkspaceForm
from quen.apps.team.queries import WorkspaceFacts
from quen.apps.team.types import RIGHTS, Right, Role
from quen.core.text import clean
from quen.ui.pages import done, page, refusals_on

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace


@login_required
@require_GET
def listing(request: SignedInRequest) -> HttpResponse:
    """List the workspaces one may enter, with what is in them."""
    rows = [(facts, _role(facts), facts.counts.get("contacts")) for facts in _facts(request)]
    return page(request, "team/workspaces.html", {"rows": rows})


@login_required
@require_http_methods(["GET", "POST"])
def new(request: SignedInRequest) -> HttpResponse:
    """Make a workspace and go there."""
    first = {"time_zone": "Asia/Ho_Chi_Minh", "currency": "VND", "language": "vi", "profile": "name_phone"}
    form = NewWorkspaceForm(request.POST or None, initial=first, patterns=_patterns(request))
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            made = services.open_workspace(owner=request.user, now=request.now, **form.cleaned_data)
            said = _("Workspace “%(name)s” is ready.") % {"name": made.name}
            return done(request, say=said, to=f"/w/{made.slug}/")
    return page(request, "team/workspace_new.html", {"form": form})


@login_required
@require_GET
def address_name(request: SignedInRequest) -> HttpResponse:
    """Propose a free address name while the name is typed."""
    name = clean(request.GET.get("name", ""))
    slug = accounts_services.suggest_slug(name) if name else ""
    form = NewWorkspaceForm(initial={"slug": slug})
    return page(request, "team/workspace_new.html", {"form": form}, part="slug")


def _facts(request: SignedInRequest) -> list[WorkspaceFacts]:
    spaces = accounts_queries.every_workspace_of(request.user)
    return queries.workspace_facts(spaces, user_id=request.user.pk)


def _role(facts: WorkspaceFacts) -> str:
    return str(Role(facts.role).label) if facts.role else ""


def _patterns(request: SignedInRequest) -> list[Workspace]:
    """Give the workspaces whose set-up this person may take along."""
    right = Right.CONFIGURE_WORKSPACE
    return [facts.workspace for facts in _facts(request) if right in RIGHTS.get(facts.role, ())]
