"""Invitations and sign-in links: tokens are stored as hashes, and a link works once."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from quen.apps.accounts.models import Invitation, SignInLink, User, Workspace
from quen.apps.accounts.services.workspaces import add_membership
from quen.apps.accounts.types import (
    InvitationGone,
    SignInLinkGone,
)
from quen.core import clock, schemas
from quen.core.database.base import PUBLIC

INVITATION_DAYS = 7


@transaction.atomic
def create_invitation(
    *, workspace: Workspace, email: str, role: str, invited_by: User, now: datetime
) -> tuple[Invitation, str]:
    """Create an invitation and return it with its one-time token. A pending one for the address is revoked."""
    token = secrets.token_urlsafe(24)
    email = email.strip().lower()
    with schemas.use(PUBLIC):
        Invitation.objects.filter(workspace=workspace, email=email, accepted_at=None, revoked_at=None).update(
            revoked_at=now
        )
        invitation = Invitation.objects.create(
            workspace=workspace,
            email=email,
            role=role,
            token_hash=_hash(token),
            invited_by=invited_by,
            expires_at=now + timedelta(days=INVITATION_DAYS),
        )
    return invitation, token


def get_invitation(token: str, *, now: datetime) -> Invitation:
    """Return a pending, unexpired invitation by its token. Raises InvitationGone."""
    invitation = (
        Invitation.objects.select_related("workspace", "invited_by")
        .filter(token_hash=_hash(token), accepted_at=None, revoked_at=None, expires_at__gt=now)
        .first()
    )
    if invitation is None:
        raise InvitationGone()
    return invitation


@transaction.atomic
def accept_invitation(*, invitation: Invitation, user: User, now: datetime) -> Invitation:
    """Accept an invitation: the user becomes a member. Raises InvitationGone when it is no longer pending."""
    with schemas.use(PUBLIC):
        accepted = Invitation.objects.filter(pk=invitation.pk, accepted_at=None, revoked_at=None).update(
            accepted_at=now
        )
        if not accepted:
            raise InvitationGone()
        add_membership(user=user, workspace=invitation.workspace)
    return invitation


def revoke_invitation(*, workspace: Workspace, invitation_id: int, now: datetime) -> None:
    """Revoke a pending invitation."""
    with schemas.use(PUBLIC):
        Invitation.objects.filter(workspace=workspace, pk=invitation_id, accepted_at=None).update(
            revoked_at=now
        )


def create_sign_in_link(*, user: User | None = None) -> str | None:
    """Return a one-time sign-in URL for a user without a password (default: the operator); None if they have one."""
    with schemas.use(PUBLIC):
        user = user or User.objects.filter(is_operator=True).order_by("id").first()
        if user is None or user.has_usable_password():
            return None
        token = secrets.token_urlsafe(24)
        SignInLink.objects.create(
            user=user, token_hash=_hash(token), expires_at=clock.now() + timedelta(hours=1)
        )
    return f"{settings.BASE_URL}{reverse('sign_in_link', args=[token], urlconf=settings.ROOT_URLCONF)}"


def sign_in_link_works(token: str, *, now: datetime) -> bool:
    """Return whether a sign-in link is not used up and not expired."""
    links = SignInLink.objects.filter(token_hash=_hash(token), used_at=None, expires_at__gte=now)
    return links.exists()


@transaction.atomic
def use_sign_in_link(token: str, *, now: datetime) -> User:
    """Use up a sign-in link and return its user. Raises SignInLinkGone when it was used or has expired."""
    link = SignInLink.objects.select_for_update().filter(token_hash=_hash(token), used_at=None).first()
    if link is None or link.expires_at < now:
        raise SignInLinkGone()
    link.used_at = now
    link.save(update_fields=["used_at"])
    return link.user


def delete_old_invitations(*, now: datetime) -> int:
    """Delete invitations that were accepted, revoked or expired more than 30 days ago."""
    limit = now - timedelta(days=30)
    ended = Q(accepted_at__lt=limit) | Q(revoked_at__lt=limit) | Q(expires_at__lt=limit)
    with schemas.use(PUBLIC):
        return Invitation.objects.filter(ended).delete()[0]


def delete_expired_sign_in_links(*, now: datetime) -> int:
    """Delete used and expired sign-in links."""
    with schemas.use(PUBLIC):
        return SignInLink.objects.filter(Q(used_at__lt=now) | Q(expires_at__lt=now)).delete()[0]


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
