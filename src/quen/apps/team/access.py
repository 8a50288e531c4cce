"""Who may do what in a workspace. Every view of a workspace names its right with ``allowed``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from django.http import HttpRequest, HttpResponse
from django.urls import get_script_prefix

from quen.apps.team.models import Member, Notice, Progress
from quen.apps.team.types import RIGHTS, Right, Role
from quen.core.errors import NotAllowed, NotFound

if TYPE_CHECKING:
    from quen.apps.accounts.models import User, Workspace

View = TypeVar("View", bound=Callable[..., HttpResponse])


class WorkspaceRequest(HttpRequest):
    """A request inside a workspace: who asks, where, and when."""

    user: User
    workspace: Workspace
    member: Member
    now: datetime
    htmx: Any
    #: live news the page waits for beside its notices, such as "progress/7"
    topics: list[str]


def allowed(right: Right | None) -> Callable[[View], View]:
    """Guard a view with a right; ``None`` admits every member. Views without a guard are refused."""

    def guard(view: View) -> View:
        @wraps(view)
        def guarded(request: WorkspaceRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if right is not None:
                ensure(request.member, right)
            return view(request, *args, **kwargs)

        guarded.right = right  # type: ignore[attr-defined]  # read by the middleware and by the walk test
        guarded.guarded = True  # type: ignore[attr-defined]
        return guarded  # type: ignore[return-value]  # wraps keeps the signature

    return guard


def ensure(member: Member, right: Right) -> None:
    """Refuse with the names of those who can. Raises NotAllowed."""
    if not member.can(right):
        raise NotAllowed(who=who_can(right))


def who_can(right: Right) -> str:
    """Name up to three active members who hold a right."""
    roles = [role for role in Role.values if right in RIGHTS[role]]
    names = Member.objects.filter(role__in=roles, deactivated_at=None).values_list("name", flat=True)[:3]
    return ", ".join(names)


def address(path: str) -> str:
    """Give the full path of a path inside the present workspace, as notices and progress keep it: "/imports/7/"."""
    return f"{get_script_prefix().rstrip('/')}{path}" if path else ""


def active_member(member_id: int) -> Member:
    """Give a member of the present team. Raises NotFound."""
    member = Member.objects.filter(pk=member_id, deactivated_at=None).first()
    if member is None:
        raise NotFound()
    return member


def notice_of(member: Member, notice_id: int) -> Notice:
    """Give one's own notice. Raises NotFound."""
    notice = Notice.objects.filter(member=member, pk=notice_id).first()
    if notice is None:
        raise NotFound()
    return notice


def progress_for(progress_id: int) -> Progress:
    """Give the record of long work in the present workspace. Raises NotFound."""
    progress = Progress.objects.filter(pk=progress_id).first()
    if progress is None:
        raise NotFound()
    return progress


def may_stop(member: Member, progress: Progress) -> bool:
    """Say whether a member may stop a piece of long work: their own, or any when they configure the workspace."""
    return progress.member_id == member.pk or member.can(Right.CONFIGURE_WORKSPACE)


def who_started(progress: Progress) -> str:
    """Name who may stop a piece of long work."""
    starter = Member.objects.filter(pk=progress.member_id or 0, deactivated_at=None).first()
    return starter.name if starter else who_can(Right.CONFIGURE_WORKSPACE)


def member_of(user: User) -> Member | None:
    """Give the user's active seat in the present workspace."""
    return Member.objects.filter(user_id=user.pk, deactivated_at=None).first()
