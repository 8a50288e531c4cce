"""Members, their roles, and pending invitations."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.http import HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from quen.apps.accounts import queries as accounts_queries
from quen.apps.team import access, queries, registry, services
from quen.apps.team.access import WorkspaceRequest, allowed
from quen.apps.team.forms import InviteForm, RoleForm
from quen.apps.team.types import ROLE_DESCRIPTIONS, Role, TeamRight
from quen.core.errors import NotFound
from quen.ui.lists import Column, EmptyState, ListTable, Row, Title
from quen.ui.pages import page, refusals_on, success
from quen.ui.tags import filters
from quen.ui.tags.basics import ui_state

if TYPE_CHECKING:
    from quen.apps.accounts.models import Invitation
    from quen.apps.team.models import Member


@allowed(None)
@require_GET
def members(request: WorkspaceRequest) -> HttpResponse:
    """List the members; those who manage the team also see the pending invitations."""
    team = list(queries.members())
    may_manage = request.member.can(TeamRight.MANAGE)
    invitations = list(accounts_queries.open_invitations(request.workspace)) if may_manage else []
    context = {
        "count": len(team),
        "team": _member_table(request, team, may_manage=may_manage),
        "pending": _invitation_table(request, invitations) if invitations else None,
        "may_manage": may_manage,
    }
    return page(request, "team/members.html", context)


def _member_table(request: WorkspaceRequest, team: Sequence[Member], *, may_manage: bool) -> ListTable:
    users = accounts_queries.users_by_id([member.user_id for member in team])
    last_logins = {user_id: user.last_login for user_id, user in users.items()}
    return ListTable(
        label=_("Users"),
        columns=[
            Column("name", _("Name"), "title", phone="title", width="w-2/5"),
            Column("email", _("Email"), phone="note", min_width=44),
            Column("role", _("Role"), phone="side"),
            Column("last_login", _("Last sign-in"), "time_ago", phone="note-side", min_width=32),
        ],
        rows=[
            Row(
                [
                    Title(member.name, note=_("you") if member == request.member else "", avatar=True),
                    member.email,
                    member.role_name,
                    last_logins.get(member.user_id),
                ],
                href=reverse("team:member", args=[member.pk]) if may_manage else "",
            )
            for member in team
        ],
        empty=EmptyState(_("Nothing found")),
        now=request.now,
    )


def _invitation_table(request: WorkspaceRequest, invitations: Sequence[Invitation]) -> ListTable:
    return ListTable(
        label=_("Invited"),
        title=_("Invited"),
        columns=[
            Column("email", _("Email"), "title", phone="title", width="w-1/2"),
            Column("role", _("Role"), phone="note"),
            Column("expires", _("Expires"), "html", phone="side"),
        ],
        rows=[
            Row(
                [invitation.email, str(Role(invitation.role).label), _expiry(invitation, request.now)],
                actions=render_to_string("team/invitation_actions.html", {"invitation": invitation}, request),
            )
            for invitation in invitations
        ],
        empty=EmptyState(_("Nothing found")),
    )


def _expiry(invitation: Invitation, now: datetime) -> SafeString | str:
    if invitation.expires_at <= now:
        return ui_state(_("Expired"), "wait", "clock")
    return filters.day(invitation.expires_at)


@allowed(None)
@require_GET
def roles(request: WorkspaceRequest) -> HttpResponse:
    """Show what each role may do."""
    table = [
        (right.label, [registry.role_has(role, right.key) for role in Role.values])
        for right in registry.rights()
    ]
    described = [
        (
            role.label,
            ROLE_DESCRIPTIONS[role],
            [right.label for right in registry.rights() if registry.role_has(role, right.key)],
        )
        for role in Role
    ]
    return page(request, "team/roles.html", {"table": table, "roles": described})


@allowed(TeamRight.MANAGE)
@require_http_methods(["GET", "POST"])
def member(request: WorkspaceRequest, member_id: int) -> HttpResponse:
    """Show a member and change their role."""
    found = access.active_member(member_id)
    user = accounts_queries.users_by_id([found.user_id]).get(found.user_id)
    form = RoleForm(request.POST or None, initial={"role": found.role})
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            role = form.cleaned_data["role"]
            services.change_role(member=found, role=role, actor=request.actor, now=request.now)
            return success(request, message=_("Role saved."), to=reverse("team:members"))
    return page(request, "team/member.html", {"found": found, "user": user, "form": form})


@allowed(TeamRight.MANAGE)
@require_POST
def remove_member(request: WorkspaceRequest, member_id: int) -> HttpResponse:
    """Remove a member from the team."""
    found = access.active_member(member_id)
    services.remove_member(member=found, workspace=request.workspace, actor=request.actor, now=request.now)
    return success(
        request,
        message=_("%(name)s was removed from the team.") % {"name": found.name},
        to=reverse("team:members"),
    )


@allowed(TeamRight.MANAGE)
@require_http_methods(["GET", "POST"])
def invite(request: WorkspaceRequest) -> HttpResponse:
    """Invite one or more people by email."""
    form = InviteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with refusals_on(form):
            outcome = services.send_invitations(
                workspace=request.workspace,
                emails=form.cleaned_data["emails"],
                role=form.cleaned_data["role"],
                actor=request.actor,
                user=request.user,
                now=request.now,
            )
            if outcome.invited:
                return success(
                    request,
                    message=_invitation_message(outcome.invited, outcome.already_members),
                    to=reverse("team:members"),
                )
            form.add_error("emails", _invitation_message([], outcome.already_members))
    return page(request, "team/invite.html", {"form": form})


@allowed(TeamRight.MANAGE)
@require_POST
def resend_invitation(request: WorkspaceRequest, invitation_id: int) -> HttpResponse:
    """Email the invitation again, with a new link."""
    invitation = _invitation(request, invitation_id)
    services.resend_invitation(
        workspace=request.workspace,
        invitation=invitation,
        actor=request.actor,
        user=request.user,
        now=request.now,
    )
    message = _("Invitation resent to %(email)s. The previous link no longer works.") % {
        "email": invitation.email
    }
    return success(request, message=message, to=reverse("team:members"))


@allowed(TeamRight.MANAGE)
@require_POST
def revoke_invitation(request: WorkspaceRequest, invitation_id: int) -> HttpResponse:
    """Revoke the invitation."""
    invitation = _invitation(request, invitation_id)
    services.revoke_invitation(
        workspace=request.workspace, invitation=invitation, actor=request.actor, now=request.now
    )
    message = _("Invitation to %(email)s revoked.") % {"email": invitation.email}
    return success(request, message=message, to=reverse("team:members"))


def _invitation(request: WorkspaceRequest, invitation_id: int) -> Invitation:
    found = accounts_queries.find_open_invitation(request.workspace, invitation_id)
    if found is None:
        raise NotFound()
    return found


def _invitation_message(invited: list[str], already_members: list[str]) -> str:
    sentences = []
    if invited:
        count = len(invited)
        sentences.append(
            ngettext("%(count)s invitation sent.", "%(count)s invitations sent.", count) % {"count": count}
        )
    if already_members:
        sentences.append(_("Already in the team: %(emails)s.") % {"emails": ", ".join(already_members)})
    return " ".join(sentences)
