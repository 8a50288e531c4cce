"""Invitations to a workspace: sending, revoking, accepting."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import get_resolver
from django.utils import translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from quen.apps.accounts import queries as accounts_queries
from quen.apps.accounts import services as accounts_services
from quen.apps.team import queries
from quen.apps.team.models import Member
from quen.apps.team.services.audit_log import audit
from quen.apps.team.services.members import add_member, ensure_email_available
from quen.apps.team.types import InvitationEmailMismatch, InvitationOutcome, MemberExists, OnlyOwners, Role
from quen.core import pauses, schemas
from quen.core.actors import Actor

if TYPE_CHECKING:
    from quen.apps.accounts.models import Invitation, User, Workspace


@transaction.atomic
def send_invitations(
    *, workspace: Workspace, emails: Iterable[str], role: str, actor: Actor, user: User, now: datetime
) -> InvitationOutcome:
    """Email each address a link that works once, for seven days. Addresses of members are skipped and returned.

    Raises OnlyOwners.
    """
    if role == Role.OWNER and not queries.is_owner(actor):
        raise OnlyOwners()
    outcome = InvitationOutcome(invited=[], already_members=[])
    for email in dict.fromkeys(email.strip().lower() for email in emails):
        try:
            ensure_email_available(email)
        except MemberExists:
            outcome.already_members.append(email)
            continue
        _send_invitation(workspace=workspace, email=email, role=role, user=user, now=now)
        audit(actor, "team.invited", now=now, data={"email": email, "role": role})
        outcome.invited.append(email)
    return outcome


@transaction.atomic
def resend_invitation(
    *, workspace: Workspace, invitation: Invitation, actor: Actor, user: User, now: datetime
) -> None:
    """Email a new link; the previous one stops working. Raises OnlyOwners."""
    if invitation.role == Role.OWNER and not queries.is_owner(actor):
        raise OnlyOwners()
    _send_invitation(workspace=workspace, email=invitation.email, role=invitation.role, user=user, now=now)
    audit(actor, "team.invitation_resent", now=now, data={"email": invitation.email})


@transaction.atomic
def revoke_invitation(*, workspace: Workspace, invitation: Invitation, actor: Actor, now: datetime) -> None:
    """Revoke an invitation; its link stops working."""
    accounts_services.revoke_invitation(workspace=workspace, invitation_id=invitation.pk, now=now)
    audit(actor, "team.invitation_revoked", now=now, data={"email": invitation.email})


@transaction.atomic
def accept_invitation(*, invitation: Invitation, user: User, now: datetime) -> Member:
    """Accept an invitation and return the new member.

    Raises InvitationGone, InvitationEmailMismatch, core's WorkspacePaused.
    """
    if user.email.lower() != invitation.email.lower():
        raise InvitationEmailMismatch(email=invitation.email)
    accounts_services.accept_invitation(invitation=invitation, user=user, now=now)
    schema = invitation.workspace.schema_name
    with pauses.working(schema), schemas.use(schema):
        return add_member(user=user, role=invitation.role, now=now, invitation=invitation)


@transaction.atomic
def sign_up_and_join(
    *, invitation: Invitation, name: str, password: str, language: str, now: datetime
) -> User:
    """Create a user for the invited address, accept, and return the user. Raises EmailTaken, InvitationGone."""
    user = accounts_services.create_user(
        email=invitation.email, name=name, password=password, language=language
    )
    accept_invitation(invitation=invitation, user=user, now=now)
    return user


def public_url(name: str, *args: object) -> str:
    """Return the absolute URL of a page outside workspaces, whatever the active URL configuration."""
    return f"{settings.BASE_URL}/{get_resolver(settings.ROOT_URLCONF).reverse(name, *args)}"


def _send_invitation(*, workspace: Workspace, email: str, role: str, user: User, now: datetime) -> None:
    invitation, token = accounts_services.create_invitation(
        workspace=workspace, email=email, role=role, invited_by=user, now=now
    )
    invitee = accounts_queries.find_user(email)
    with translation.override(invitee.language if invitee else workspace.language):
        values = {
            "inviter": user.name or user.email,
            "workspace": workspace.name,
            "role": str(Role(role).label),
            "url": public_url("invitation", token),
            "date": date_format(invitation.expires_at.astimezone(workspace.zone), "DATE_FORMAT"),
        }
        subject = _("%(inviter)s invited you to %(workspace)s") % values
        text = (
            _(
                "%(inviter)s invited you to work in “%(workspace)s” on Quen as %(role)s.\n\n"
                "Open this link to accept:\n%(url)s\n\n"
                "The link works once and expires on %(date)s. If you don't know the sender, ignore this email."
            )
            % values
        )
    send_mail(subject, text, None, [email])
