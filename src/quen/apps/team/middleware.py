"""Serves a workspace's pages at ``/w/<slug>/`` to its members only."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect, HttpResponseRedirect
from django.urls import get_script_prefix, reverse, set_script_prefix, set_urlconf
from django.utils.translation import gettext as _

from quen.apps.accounts import queries as accounts_queries
from quen.apps.accounts import services as accounts_services
from quen.apps.accounts.types import WorkspaceArchived
from quen.apps.team.access import WorkspaceRequest, find_member_of
from quen.core import clock, pauses, schemas
from quen.core.database.base import PUBLIC
from quen.ui import errors

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace

_WORKSPACE_PATH = re.compile(r"/w/([a-z0-9-]+)(/|$)")
#: how often the page of a paused workspace asks whether it is open again
_PAUSE_RETRY_SECONDS = 15
Next = Callable[[HttpRequest], HttpResponse]


def _workspaces_of(request: HttpRequest) -> list[Workspace]:
    """Return the workspaces for the layout's switcher."""
    return list(accounts_queries.active_workspaces_of(request.user)) if request.user.is_authenticated else []


def _may_create_workspaces(request: HttpRequest) -> bool:
    """Return whether the layout offers a new workspace."""
    return request.user.is_authenticated and accounts_queries.may_create_workspaces(request.user)


def _last_workspace(request: HttpRequest) -> Workspace | None:
    """Return the workspace that the layout leads back to from pages outside of workspaces."""
    return accounts_queries.last_workspace(request.user) if request.user.is_authenticated else None


def _paused(request: WorkspaceRequest, workspace: Workspace) -> HttpResponse:
    """Return the page of a paused workspace, to its members. Nothing is read from its schema.

    An operator goes from it to the page that resumes the workspace.
    """
    href, link = reverse("workspaces"), _("Your workspaces")
    if request.user.is_operator:
        href, link = reverse("installed_workspace", args=[workspace.slug]), _("Resume it")
    return errors.wait(
        request,
        title=_("%(name)s is paused for a short while") % {"name": workspace.name},
        text=f"{workspace.get_pause_reason_display()} {pauses.WorkspacePaused()}".strip(),
        code=pauses.WorkspacePaused.code,
        retry_seconds=_PAUSE_RETRY_SECONDS,
        href=href,
        link=link,
    )


class WorkspaceMiddleware:
    """Selects the schema by the path. Users without access get the same 404 as for a missing workspace.

    The rest of the path becomes ``path_info`` under a script prefix, so that ``reverse`` and ``{% url %}`` need no
    extra argument inside a workspace.
    """

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Serve public pages from ``public``, workspace pages from their schema."""
        match = _WORKSPACE_PATH.match(request.path_info)
        cast("Any", request).now = clock.now()
        cast("Any", request).workspace = cast("Any", request).member = None
        cast("Any", request).workspaces = cache(lambda: _workspaces_of(request))
        cast("Any", request).may_create_workspaces = cache(lambda: _may_create_workspaces(request))
        cast("Any", request).last_workspace = cache(lambda: _last_workspace(request))
        with schemas.use(PUBLIC):
            if not match:
                return self.get_response(request)
            if not match[2]:
                return HttpResponsePermanentRedirect(request.path_info + "/")
            if not request.user.is_authenticated:
                return HttpResponseRedirect(f"{settings.LOGIN_URL}?next={quote(request.get_full_path())}")
            return self._inside(cast("WorkspaceRequest", request), match)

    def _inside(self, request: WorkspaceRequest, match: re.Match[str]) -> HttpResponse:
        workspace = accounts_queries.workspace_for(request.user, match[1])
        if workspace is None:
            return errors.not_found(request)
        with pauses.entered(workspace.schema_name) as paused:
            return _paused(request, workspace) if paused else self._serve(request, workspace, match)

    def _serve(self, request: WorkspaceRequest, workspace: Workspace, match: re.Match[str]) -> HttpResponse:
        accounts_services.record_visit(user=request.user, workspace=workspace, now=request.now)
        base = get_script_prefix()
        prefix = f"{base.rstrip('/')}/w/{match[1]}/"
        with schemas.use(workspace.schema_name):
            member = find_member_of(request.user)
            if member is None:
                return errors.not_found(request)
            request.workspace, request.member, request.topics = workspace, member, []
            request.actor = member.actor
            request.path_info = request.path_info[match.end() - 1 :]
            request.urlconf = settings.WORKSPACE_URLCONF
            set_script_prefix(prefix)
            set_urlconf(settings.WORKSPACE_URLCONF)
            try:
                response = self.get_response(request)
                if hasattr(response, "render") and not getattr(response, "is_rendered", True):
                    response = cast("Any", response).render()
                return response
            finally:
                set_script_prefix(base)
                set_urlconf(None)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Refuse a workspace view without the ``allowed`` decorator, and changes in an archived workspace."""
        workspace = getattr(request, "workspace", None)
        if workspace is None:
            return None
        if not getattr(view, "guarded", False):
            raise PermissionDenied("a workspace view without a right")
        is_change = request.method not in ("GET", "HEAD", "OPTIONS")
        if workspace.archived_at and is_change and not getattr(view, "works_in_archive", False):
            return errors.refused(request, WorkspaceArchived())
        return None
