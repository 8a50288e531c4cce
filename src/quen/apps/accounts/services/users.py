"""Users: created, changed, deleted."""

from __future__ import annotations

from django.db import IntegrityError, transaction

from quen.apps.accounts import signals
from quen.apps.accounts.models import AccountEvent, SignInLink, User
from quen.apps.accounts.security import record_event
from quen.apps.accounts.types import (
    WORKSPACE_EVENTS,
    AccountEventKind,
    EmailTaken,
    LastOperator,
)
from quen.core import clock, schemas
from quen.core.database.base import PUBLIC


def create_user(
    *, email: str, name: str, password: str | None, language: str = "vi", is_operator: bool = False
) -> User:
    """Create a user. Raises EmailTaken."""
    try:
        with schemas.use(PUBLIC), transaction.atomic():
            return User.objects.create_user(
                email, password, name=name, language=language, is_operator=is_operator
            )
    except IntegrityError as error:
        raise EmailTaken(email=email) from error


def make_operator(*, user: User) -> None:
    """Let a user run this installation."""
    with schemas.use(PUBLIC):
        user.is_operator = True
        user.save(update_fields=["is_operator"])


def change_profile(*, user: User, **changes: object) -> User:
    """Change a user's own name, phone, language or theme. The address changes by ``request_email_change``."""
    with schemas.use(PUBLIC):
        for field, value in changes.items():
            setattr(user, field, value)
        user.save(update_fields=list(changes))
        if "name" in changes:
            signals.profile_changed.send(sender=User, user_id=user.pk)
    return user


def set_password(*, user: User, password: str) -> None:
    """Set a user's password; their one-time links stop working."""
    with schemas.use(PUBLIC):
        user.set_password(password)
        user.save(update_fields=["password"])
        SignInLink.objects.filter(user=user, used_at=None).delete()
        record_event(AccountEventKind.PASSWORD_CHANGED, user=user, now=clock.now())


@transaction.atomic
def delete_user(*, user: User) -> None:
    """Delete a user with their memberships and links. ``team.services.delete_account`` leaves the workspaces first.

    Raises LastOperator.
    """
    with schemas.use(PUBLIC):
        operators = User.objects.select_for_update().filter(is_operator=True, is_active=True).order_by("pk")
        if [operator.pk for operator in operators] == [user.pk]:
            raise LastOperator()
        AccountEvent.objects.filter(user=user).exclude(kind__in=WORKSPACE_EVENTS).delete()
        user.delete()
