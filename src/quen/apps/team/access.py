"""Access to a workspace's pages and rows. Every view of a workspace declares its right with ``allowed``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.urls import get_script_prefix

from quen.apps.accounts import queries as accounts_queries
from quen.apps.team import registry
from quen.apps.team.models import Member, Notification, Progress
from quen.apps.team.types import Role, TeamRight
from quen.core import schemas
from quen.core.actors import Actor
from quen.core.errors import NotAllowed, NotFound

if TYPE_CHECKING:
    from quen.apps.accounts.models import User, Workspace

ViewFunc = TypeVar("ViewFunc", bound=Callable[..., HttpResponse])


class WorkspaceRequest(HttpRequest):
    """A request inside a workspace, as the middleware leaves it."""

    user: User
    workspace: Workspace
    member: Member
    #: the member as the one who acts, for services
    actor: Actor
    now: datetime
    htmx: Any
    #: live topics the page subscribes to besides its notifications, such as "progress/7"
    topics: list[str]


def allowed(right: str | None) -> Callable[[ViewFunc], ViewFunc]:
    """Require a right to open a view; ``None`` admits every member. Views without this decorator are refused."""

    def guard(view: ViewFunc) -> ViewFunc:
        @wraps(view)
        def guarded(request: WorkspaceRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if right is not None:
                ensure(request.member, right)
            return view(request, *args, **kwargs)

        guarded.right = right  # type: ignore[attr-defined]  # read by the middleware and by the walk test
        guarded.guarded = True  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]  # wraps keeps the signature

    return guard


def works_in_archive(view: ViewFunc) -> ViewFunc:
    """Declare that a view may change something in an archived workspace, such as restoring it."""
    view.works_in_archive = True  # type: ignore[attr-defined]  # read by the middleware
    return view


def ensure(member: Member, right: str) -> None:
    """Raise NotAllowed, with the names of members who have the right, when this member does not."""
    if not member.can(right):
        raise NotAllowed(who=who_can(right))


def who_can(right: str) -> str:
    """Return the names of up to three active members with a right."""
    roles = [role for role in Role.values if registry.role_has(role, right)]
    names = Member.objects.filter(role__in=roles, deactivated_at=None).values_list("name", flat=True)[:3]
    return ", ".join(names)


def workspace_path(path: str) -> str:
    """Return the full path of a path inside the current workspace, as notifications store it: "/imports/7/"."""
    return f"{get_script_prefix().rstrip('/')}{path}" if path else ""


def active_member(member_id: int) -> Member:
    """Return an active member. Raises NotFound."""
    member = Member.objects.filter(pk=member_id, deactivated_at=None).first()
    if member is None:
        raise NotFound()
    return member


def notification_for(member: Member, notification_id: int) -> Notification:
    """Return one of the member's notifications. Raises NotFound."""
    notification = Notification.objects.filter(member=member, pk=notification_id).first()
    if notification is None:
        raise NotFound()
    return notification


def progress_for(progress_id: int) -> Progress:
    """Return the progress record of an operation. Raises NotFound."""
    progress = Progress.objects.filter(pk=progress_id).first()
    if progress is None:
        raise NotFound()
    return progress


def may_stop(member: Member, progress: Progress) -> bool:
    """Return whether a member may stop an operation: their own, or any if they may configure the workspace."""
    return progress.member_id == member.pk or member.can(TeamRight.CONFIGURE)


def who_may_stop(progress: Progress) -> str:
    """Return the names of members who may stop an operation."""
    starter = Member.objects.filter(pk=progress.member_id or 0, deactivated_at=None).first()
    return starter.name if starter else who_can(TeamRight.CONFIGURE)


def may_enter(user: User, schema: str) -> bool:
    """Return whether a user is an active member of the workspace with this schema.

    While it is paused nothing is read from it: whoever may enter it at all is let in.
    """
    workspaces = accounts_queries.all_workspaces_of(user)
    workspace = next((each for each in workspaces if each.schema_name == schema), None)
    if workspace is None or workspace.paused_at is not None:
        return workspace is not None
    with schemas.use(schema):
        return find_member_of(user) is not None


def find_member_of(user: User) -> Member | None:
    """Return the user's active member in the current workspace."""
    return Member.objects.filter(user_id=user.pk, deactivated_at=None).first()
