"""Services of the accounts app. All of them write to the shared schema."""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import IntegrityError, connection, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.text import slugify

from quen.apps.accounts import queries, signals
from quen.apps.accounts.models import AccountEvent, Invitation, Membership, SignInLink, User, Workspace
from quen.apps.accounts.security import (
    DEVICE_COOKIE,
    DEVICE_DAYS,
    RESET_BY_ADDRESS,
    ClientInfo,
    allow_sign_in,
    confirm_email_change,
    confirm_password,
    count_sign_in,
    delete_expired_email_changes,
    delete_expired_sessions,
    delete_old_account_events,
    end_other_sessions,
    find_email_change,
    forget_email_change,
    forget_session,
    new_device,
    record_event,
    record_failed_sign_in,
    refund_sign_in,
    replace_sessions,
    request_email_change,
    request_password_reset,
    send_password_reset,
    start_session,
    tell_password_changed,
    touch_session,
)
from quen.apps.accounts.system_mail import delete_old_system_mail, send_due_system_mail, store_system_mail
from quen.apps.accounts.types import (
    BACKED_UP_USER_FIELDS,
    RESERVED_SLUGS,
    WORKSPACE_EVENTS,
    AccountEventKind,
    EmailTaken,
    InvalidSlug,
    InvitationGone,
    LastOperator,
    MayNotCreateWorkspaces,
    SignInLinkGone,
    SlugTaken,
    TooManyWorkspaces,
)
from quen.core import clock, jobs, schemas
from quen.core.database.base import PUBLIC
from quen.core.text import fold

INVITATION_DAYS = 7
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])")


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


def suggest_slug(name: str) -> str:
    """Return a free slug for a workspace's name."""
    base = slugify(fold(name))[:36].strip("-") or "shop"
    base = base if len(base) > 1 and base not in RESERVED_SLUGS else f"{base}-shop"
    with schemas.use(PUBLIC):
        taken = set(Workspace.objects.filter(slug__startswith=base).values_list("slug", flat=True))
    numbered = (base if n == 1 else f"{base}-{n}" for n in range(1, 10_000))
    return next(slug for slug in numbered if slug not in taken)


@transaction.atomic
def create_workspace(
    *, name: str, slug: str, owner: User, created_by: User | None = None, **settings_: object
) -> Workspace:
    """Create a workspace with its schema and the owner's membership, and return it.

    ``team.services.open_workspace`` fills the schema.
    created_by: the user whose permission and quota are checked; None for the command line.
    Raises InvalidSlug, SlugTaken, and with created_by MayNotCreateWorkspaces, TooManyWorkspaces.
    """
    if created_by is not None:
        ensure_may_create_workspace(created_by)
    if not _SLUG.fullmatch(slug) or slug in RESERVED_SLUGS:
        raise InvalidSlug(slug=slug)
    with schemas.use(PUBLIC):
        try:
            with transaction.atomic():
                workspace = Workspace.objects.create(
                    name=name,
                    slug=slug,
                    schema_name=f"new_{secrets.token_hex(8)}",
                    created_by=created_by,
                    **settings_,
                )
        except IntegrityError as error:
            raise SlugTaken(slug=slug) from error
        workspace.schema_name = f"ws_{workspace.pk}"
        workspace.save(update_fields=["schema_name"])
        schemas.create_schema(workspace.schema_name)
        Membership.objects.create(user=owner, workspace=workspace)
        record_event(
            AccountEventKind.WORKSPACE_CREATED,
            user=created_by or owner,
            now=workspace.created_at,
            data={"name": name, "slug": slug},
        )
    return workspace


def ensure_may_create_workspace(user: User) -> None:
    """Check the setting and the quota. Raises MayNotCreateWorkspaces, TooManyWorkspaces.

    Inside a transaction it locks the user's row, so that two requests cannot both take the last one.
    """
    if not queries.may_create_workspaces(user):
        raise MayNotCreateWorkspaces(who=queries.operator_names())
    limit = settings.WORKSPACES_PER_USER
    with schemas.use(PUBLIC):
        if connection.in_atomic_block:
            User.objects.select_for_update().get(pk=user.pk)
        if limit and Workspace.objects.filter(created_by=user).count() >= limit:
            raise TooManyWorkspaces(limit=limit)


def ensure_slug_available(slug: str) -> None:
    """Raise InvalidSlug or SlugTaken when no workspace can be created with this slug."""
    if not _SLUG.fullmatch(slug) or slug in RESERVED_SLUGS:
        raise InvalidSlug(slug=slug)
    with schemas.use(PUBLIC):
        if Workspace.objects.filter(slug=slug).exists():
            raise SlugTaken(slug=slug)


def allocate_workspace_id(record: Mapping[str, Any] | None) -> tuple[int, str]:
    """Return id and schema of a restored workspace: its former ones if free, since links already sent carry the id.

    record: the workspace's row in the backup; None when its links belong to another installation.
    """
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        if record is not None:
            cursor.execute(
                "SELECT NOT EXISTS (SELECT FROM accounts_workspace WHERE id = %(id)s)"
                " AND to_regnamespace(%(schema)s) IS NULL",
                {"id": record["id"], "schema": f"ws_{record['id']}"},
            )
            if cursor.fetchone()[0]:
                return record["id"], f"ws_{record['id']}"
        cursor.execute("SELECT nextval(pg_get_serial_sequence('accounts_workspace', 'id'))")
        workspace_id = int(cursor.fetchone()[0])
        return workspace_id, f"ws_{workspace_id}"


@transaction.atomic
def register_schema(
    shared: Mapping[str, Any], *, workspace_id: int, schema: str, slug: str | None, is_foreign: bool
) -> tuple[Workspace, dict[int, User]]:
    """Create a restored workspace's rows in the shared schema; return it, and its users by their former ids.

    A user who already exists here, by email address, keeps their password and profile. A workspace that was archived
    is open again.
    is_foreign: the rows come from another installation, so new users get no password and no former id.
    """
    fields = {field.attname: field for field in Workspace._meta.concrete_fields}
    row = {
        name: fields[name].to_python(value) for name, value in shared["workspace"].items() if name in fields
    }
    row |= {"id": workspace_id, "schema_name": schema, "archived_at": None, "paused_at": None}
    row |= {"created_by_id": None, "delete_after": None}
    row |= {"slug": slug} if slug else {}
    users: dict[int, User] = {}
    with schemas.use(PUBLIC), connection.cursor() as cursor:
        workspace = Workspace(**row)
        if is_foreign:
            workspace.clean_fields(exclude=["required_fields"])
        workspace.save(force_insert=True)
        Workspace.objects.filter(pk=workspace_id).update(created_at=row["created_at"])
        for record in shared["users"]:
            user = User.objects.filter(email=record["email"].lower()).first()
            if user is None:
                user = _restored_user(record, is_foreign=is_foreign)
            users[record["id"]] = user
            Membership.objects.get_or_create(user=user, workspace=workspace)
        for table in ("accounts_workspace", "accounts_user"):
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
            )
    return workspace, users


def _restored_user(record: Mapping[str, Any], *, is_foreign: bool) -> User:
    user = User(**{name: record[name] for name in BACKED_UP_USER_FIELDS})
    user.email = user.email.lower()
    if is_foreign:
        user.set_unusable_password()
        user.clean_fields()
    elif not User.objects.filter(pk=record["id"]).exists():
        user.pk = record["id"]
    user.save(force_insert=True)
    return user


@transaction.atomic
def archive_workspace(
    *, workspace: Workspace, user: User | None, now: datetime, delete_after: datetime | None = None
) -> Workspace:
    """Archive a workspace, to be deleted after ``delete_after`` if given, and write it to the log of accounts.

    ``team.services`` stops what is being sent and checks who may.
    """
    workspace = change_workspace(
        workspace=workspace, archived_at=workspace.archived_at or now, delete_after=delete_after
    )
    kind = (
        AccountEventKind.WORKSPACE_ARCHIVED
        if delete_after is None
        else AccountEventKind.WORKSPACE_DELETION_REQUESTED
    )
    record_event(kind, user=user, now=now, data={"name": workspace.name, "slug": workspace.slug})
    return workspace


@transaction.atomic
def unarchive_workspace(*, workspace: Workspace, user: User | None, now: datetime) -> Workspace:
    """Restore a workspace from the archive; it is no longer to be deleted."""
    workspace = change_workspace(workspace=workspace, archived_at=None, delete_after=None)
    data = {"name": workspace.name, "slug": workspace.slug}
    record_event(AccountEventKind.WORKSPACE_RESTORED, user=user, now=now, data=data)
    return workspace


@transaction.atomic
def delete_workspace(*, workspace_id: int, now: datetime, user: User | None = None) -> bool:
    """Delete a workspace that is due: schema, memberships, invitations, jobs. Return False if it is not due any more.

    ``team.services.delete_workspace`` deletes what the apps keep of it in shared tables. The log keeps its name.
    """
    with schemas.use(PUBLIC):
        due = Workspace.objects.select_for_update().filter(pk=workspace_id, delete_after__lte=now).first()
        if due is None:
            return False
        jobs.delete_jobs_of(due.schema_name)
        schemas.drop_schema(due.schema_name)
        data = {"name": due.name, "slug": due.slug}
        due.delete()
        record_event(AccountEventKind.WORKSPACE_DELETED, user=user, now=now, data=data)
    return True


@transaction.atomic
def change_workspace(*, workspace: Workspace, **changes: object) -> Workspace:
    """Change a workspace's name or settings."""
    with schemas.use(PUBLIC):
        for field, value in changes.items():
            setattr(workspace, field, value)
        workspace.save(update_fields=list(changes))
    return workspace


def add_membership(*, user: User, workspace: Workspace) -> None:
    """Give a user access to a workspace; idempotent."""
    with schemas.use(PUBLIC):
        Membership.objects.get_or_create(user=user, workspace=workspace)


def remove_membership(*, user_id: int, workspace: Workspace) -> None:
    """Remove a user's access to a workspace."""
    with schemas.use(PUBLIC):
        Membership.objects.filter(user_id=user_id, workspace=workspace).delete()


def record_visit(*, user: User, workspace: Workspace, now: datetime) -> None:
    """Save when the user last visited the workspace; written at most once a minute."""
    Membership.objects.filter(user=user, workspace=workspace).exclude(
        last_seen_at__gt=now - timedelta(minutes=1)
    ).update(last_seen_at=now)


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


@transaction.atomic
def use_sign_in_link(token: str, *, now: datetime) -> User:
    """Use up a sign-in link and return its user. Raises SignInLinkGone when it was used or has expired."""
    link = SignInLink.objects.select_for_update().filter(token_hash=_hash(token), used_at=None).first()
    if link is None or link.expires_at < now:
        raise SignInLinkGone()
    link.used_at = now
    link.save(update_fields=["used_at"])
    return link.user


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


__all__ = [
    "DEVICE_COOKIE",
    "DEVICE_DAYS",
    "RESET_BY_ADDRESS",
    "ClientInfo",
    "accept_invitation",
    "add_membership",
    "allocate_workspace_id",
    "allow_sign_in",
    "archive_workspace",
    "change_profile",
    "change_workspace",
    "confirm_email_change",
    "confirm_password",
    "count_sign_in",
    "create_invitation",
    "create_sign_in_link",
    "create_user",
    "create_workspace",
    "delete_expired_email_changes",
    "delete_expired_sessions",
    "delete_expired_sign_in_links",
    "delete_old_account_events",
    "delete_old_invitations",
    "delete_old_system_mail",
    "delete_user",
    "delete_workspace",
    "end_other_sessions",
    "ensure_may_create_workspace",
    "ensure_slug_available",
    "find_email_change",
    "forget_email_change",
    "forget_session",
    "get_invitation",
    "make_operator",
    "new_device",
    "record_event",
    "record_failed_sign_in",
    "record_visit",
    "refund_sign_in",
    "register_schema",
    "remove_membership",
    "replace_sessions",
    "request_email_change",
    "request_password_reset",
    "revoke_invitation",
    "send_due_system_mail",
    "send_password_reset",
    "set_password",
    "start_session",
    "store_system_mail",
    "suggest_slug",
    "tell_password_changed",
    "touch_session",
    "unarchive_workspace",
    "use_sign_in_link",
]
