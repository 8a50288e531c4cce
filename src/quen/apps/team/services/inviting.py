"""Invitations: asking people in, and their way through the door."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.mail import send_mail
from django.db import transaction
from django.urls import get_resolver
from django.utils import translation
from django.utils.translation import gettext as _

from quen.apps.accounts import queries as accounts_queries
from quen.apps.accounts import services as accounts_services
from quen.apps.team.models import Member
from quen.apps.team.services.logging import log_action
from quen.apps.team.services.seats import add_member, ensure_new_address
from quen.apps.team.types import InviteOutcome, MemberExists, NotYourInvitation, OnlyOwners, Role
from quen.core import schemas

if TYPE_CHECKING:
    from quen.apps.accounts.models import Invitation, User, Workspace


@transaction.atomic
def invite_people(
    *, workspace: Workspace, emails: Iterable[str], role: str, actor: Member, user: User, now: datetime
) -> InviteOutcome:
    """Mail each address a link that works once, for seven days; who sits in the team already is left out.

    Raises OnlyOwners.
    """
    if role == Role.OWNER and actor.role != Role.OWNER:
        raise OnlyOwners()
    outcome = InviteOutcome(invited=[], already=[])
    for email in dict.fromkeys(email.strip().lower() for email in emails):
        try:
            ensure_new_address(email)
        except MemberExists:
            outcome.already.append(email)
            continue
        _send_invitation(workspace=workspace, email=email, role=role, user=user, now=now)
        log_action(actor, "team.invited", now=now, data={"email": email, "role": role})
        outcome.invited.append(email)
    return outcome


@transaction.atomic
def resend_invitation(
    *, workspace: Workspace, invitation: Invitation, actor: Member, user: User, now: datetime
) -> None:
    """Mail a new link; the one sent before stops working. Raises OnlyOwners."""
    if invitation.role == Role.OWNER and actor.role != Role.OWNER:
        raise OnlyOwners()
    _send_invitation(workspace=workspace, email=invitation.email, role=invitation.role, user=user, now=now)
    log_action(actor, "team.invitation_resent", now=now, data={"email": invitation.email})


@transaction.atomic
def revoke_invitation(*, workspace: Workspace, invitation: Invitation, actor: Member, now: datetime) -> None:
    """Take an invitation back; its link stops working."""
    accounts_services.revoke_invitation(workspace=workspace, invitation_id=invitation.pk, now=now)
    log_action(actor, "team.invitation_revoked", now=now, data={"email": invitation.email})


@transaction.atomic
def join(*, invitation: Invitation, user: User, now: datetime) -> Member:
    """Accept an invitation: the right to enter and a seat. Raises InvitationGone, NotYourInvitation."""
    if user.email.lower() != invitation.email.lower():
        raise NotYourInvitation(email=invitation.email)
    accounts_services.accept_invitation(invitation=invitation, user=user, now=now)
    with schemas.use(invitation.workspace.schema_name):
        return add_member(user=user, role=invitation.role, now=now, invitation=invitation)


@transaction.atomic
def join_as_new(*, invitation: Invitation, name: str, password: str, language: str, now: datetime) -> User:
    """Make an account for the invited address and accept. Raises EmailTaken, InvitationGone."""
    user = accounts_services.create_user(
        email=invitation.email, name=name, password=password, language=language
    )
    join(invitation=invitation, user=user, now=now)
    return user


def public_address(name: str, *args: object) -> str:
    """Give the full address of a page outside workspaces, also from inside one."""
    return f"{settings.BASE_URL}/{get_resolver(settings.ROOT_URLCONF).reverse(name, *args)}"


def _send_invitation(*, workspace: Workspace, email: str, role: str, user: User, now: datetime) -> None:
    invitation, token = accounts_services.invite(
        workspace=workspace, email=email, role=role, by=user, now=now
    )
    known = accounts_queries.find_user(email)
    with translation.override(known.language if known else workspace.language):
        values = {
            "inviter": user.name or user.email,
            "workspace": workspace.name,
            "role": str(Role(role).label),
            "address": public_address("invitation", token),
            "day": f"{invitation.expires_at.astimezone(workspace.zone):%d/%m/%Y}",
        }
        subject = _("%(inviter)s invites you to %(workspace)s") % values
        text = (
            _(
                "%(inviter)s invites you to work in “%(workspace)s” on Quen, as: %(role)s.\n\n"
                "Open this link to accept:\n%(address)s\n\n"
                "The link works once, until %(day)s. If you do not know who this is, do nothing."
            )
            % values
        )
    transaction.on_commit(lambda: send_mail(subject, text, None, [email], fail_silently=True))
