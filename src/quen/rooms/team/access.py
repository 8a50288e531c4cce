"""Who may do what in a workspace. Every view of a workspace names its right with ``allowed``."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from django.http import HttpRequest, HttpResponse

from quen.core.errors import NotAllowed
from quen.rooms.accounts.models import User, Workspace
from quen.rooms.team.models import Member
from quen.rooms.team.types import Right, Role

View = TypeVar("View", bound=Callable[..., HttpResponse])


class WorkspaceRequest(HttpRequest):
    """A request inside a workspace: who asks, where, and when."""

    user: User
    workspace: Workspace
    member: Member
    now: datetime
    htmx: Any


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
    from quen.rooms.team.types import RIGHTS

    roles = [role for role in Role.values if right in RIGHTS[role]]
    names = Member.objects.filter(role__in=roles, deactivated_at=None).values_list("name", flat=True)[:3]
    return ", ".join(names)


def member_of(user: User) -> Member | None:
    """Give the user's active seat in the present workspace."""
    return Member.objects.filter(user_id=user.pk, deactivated_at=None).first()
