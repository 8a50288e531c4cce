"""Verbs of the team room."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, BinaryIO

from django.conf import settings
from django.core.mail import send_mail
from django.db import connection, transaction
from django.urls import get_resolver
from django.utils import translation
from django.utils.translation import gettext as _

from quen.core import live, schemas
from quen.rooms.accounts import queries as accounts_queries
from quen.rooms.accounts import services as accounts_services
from quen.rooms.accounts.models import Invitation, User, Workspace
from quen.rooms.team import registry, signals
from quen.rooms.team.models import Action, File, Member, Notice, Progress
from quen.rooms.team.types import (
    InviteOutcome,
    LastOwner,
    MemberExists,
    NotYourInvitation,
    OnlyOwners,
    ProgressState,
    Role,
)

CHUNK_BYTES = 1024 * 1024
COPIED_SETTINGS = ("logo", "sender_address", "sender_phone", "sender_email", "sender_website")


@transaction.atomic
def open_workspace(
    *,
    name: str,
    slug: str,
    owner: User,
    now: datetime,
    copy_from: Workspace | None = None,
    **settings_: object,
) -> Workspace:
    """Create a workspace with everything a new one starts with, its owner inside.

    copy_from: take over the sender's identity and logo of this workspace, and what each room copies.
    Raises accounts' BadSlug and SlugTaken; nothing is left behind then.
    """
    if copy_from is not None:
        settings_ = {name: getattr(copy_from, name) for name in COPIED_SETTINGS} | settings_
    workspace = accounts_services.create_workspace(name=name, slug=slug, owner=owner, **settings_)
    with schemas.use(workspace.schema_name):
        member = Member.objects.create(
            user_id=owner.pk, name=owner.name or owner.email, email=owner.email, role=Role.OWNER
        )
        for prepare in registry.new_workspace_steps():
            prepare(workspace=workspace, now=now)
        if copy_from is not None:
            for copy in registry.copy_steps():
                copy(source=copy_from, target=workspace, now=now)
        log_action(member, "workspace.created", now=now, data={"name": name})
    return workspace


@transaction.atomic
def add_member(*, user: User, role: str, now: datetime, invitation: Invitation | None = None) -> Member:
    """Give a user a seat in the present workspace; a seat once given up is taken again."""
    member, _created = Member.objects.update_or_create(
        user_id=user.pk,
        defaults={"name": user.name or user.email, "email": user.email, "role": role, "deactivated_at": None},
    )
    log_action(member, "team.joined", now=now, target=member, data={"role": role})
    if invitation is not None:
        owners = Member.objects.filter(role=Role.OWNER, deactivated_at=None).exclude(pk=member.pk)
        for owner in owners:
            notify(owner, "team.joined", now=now, path="/team/", data={"name": member.name})
    return member


def ensure_new_address(email: str) -> None:
    """Refuse an address that already sits in the team. Raises MemberExists."""
    if Member.objects.filter(email__iexact=email.strip(), deactivated_at=None).exists():
        raise MemberExists(email=email)


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


@transaction.atomic
def change_settings(*, workspace: Workspace, actor: Member, now: datetime, **changes: object) -> Workspace:
    """Change what holds for the workspace, and announce which settings are others now."""
    before = {name: getattr(workspace, name) for name in changes}
    changed = sorted(name for name, value in changes.items() if before[name] != value)
    if not changed:
        return workspace
    accounts_services.change_workspace(workspace=workspace, **{name: changes[name] for name in changed})
    log_action(actor, "workspace.changed", now=now, data={"fields": changed})
    signals.workspace_changed.send(sender=Workspace, workspace=workspace, fields=changed)
    return workspace


@transaction.atomic
def change_role(*, member: Member, role: str, actor: Member, now: datetime) -> Member:
    """Give a member another role. Raises LastOwner, OnlyOwners."""
    _guard_owners(member=member, role=role, actor=actor)
    if member.role == role:
        return member
    data = {"name": member.name, "from": member.role, "to": role}
    log_action(actor, "team.role_changed", now=now, target=member, data=data)
    member.role = role
    member.save(update_fields=["role"])
    return member


@transaction.atomic
def remove_member(*, member: Member, workspace: Workspace, actor: Member, now: datetime) -> None:
    """Deactivate a seat and take back the right to enter. Raises LastOwner, OnlyOwners."""
    _guard_owners(member=member, role=None, actor=actor)
    member.deactivated_at = now
    member.save(update_fields=["deactivated_at"])
    log_action(actor, "team.removed", now=now, target=member, data={"name": member.name})
    accounts_services.end_entry(user_id=member.user_id, workspace=workspace)


def rename_member(*, user: User, workspace: Workspace) -> None:
    """Copy a user's present name and address to their seat."""
    with schemas.use(workspace.schema_name):
        Member.objects.filter(user_id=user.pk).update(name=user.name or user.email, email=user.email)


def remember_choice(*, member: Member, key: str, value: Any) -> None:
    """Keep a member's own choice, such as the columns of a list."""
    member.choices = {**member.choices, key: value}
    member.save(update_fields=["choices"])


def log_action(
    actor: Member | None,
    kind: str,
    *,
    now: datetime,
    target: Any = None,
    target_kind: str = "",
    target_id: int | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Write a line into the action log, in the same transaction as the deed."""
    Action.objects.create(
        at=now,
        member_id=actor.pk if actor else None,
        member_name=actor.name if actor else "",
        kind=kind,
        target_kind=target_kind or (target._meta.model_name if target is not None else ""),
        target_id=target_id if target_id is not None else getattr(target, "pk", None),
        data=data or {},
    )


def notify(
    member: Member, kind: str, *, now: datetime, path: str = "", data: dict[str, Any] | None = None
) -> None:
    """Give a member a notice, seen at once on open pages."""
    Notice.objects.create(member=member, at=now, kind=kind, path=path, data=data or {})
    live.announce(f"notices/{member.pk}")


def mail_member(member: Member, *, subject: str, text: str) -> None:
    """Mail a member once the transaction is through."""
    transaction.on_commit(lambda: send_mail(subject, text, None, [member.email], fail_silently=True))


def read_notices(*, member: Member, now: datetime) -> None:
    """Mark a member's notices as read."""
    if Notice.objects.filter(member=member, read_at=None).update(read_at=now):
        live.announce(f"notices/{member.pk}")


def read_notice(notice: Notice, *, now: datetime) -> None:
    """Mark one notice as read."""
    if notice.read_at is None:
        notice.read_at = now
        notice.save(update_fields=["read_at"])
        live.announce(f"notices/{notice.member_id}")


def start_progress(
    *,
    kind: str,
    title: str,
    path: str,
    member: Member | None,
    total: int | None = None,
    data: dict[str, Any] | None = None,
) -> Progress:
    """Open the record of a piece of long work."""
    return Progress.objects.create(
        kind=kind,
        title=title,
        path=path,
        member_id=member.pk if member else None,
        total=total,
        data=data or {},
    )


def advance(
    progress: Progress,
    *,
    done: int,
    now: datetime,
    total: int | None = None,
    data: dict[str, Any] | None = None,
) -> None:
    """Record how far long work is; open pages see it on commit."""
    if progress.started_at is None:
        progress.started_at = now
    seconds = (now - progress.started_at).total_seconds()
    progress.done, progress.state = done, ProgressState.RUNNING
    progress.total = progress.total if total is None else total
    progress.rate = done / seconds if seconds > 0 else 0
    progress.data = {**progress.data, **(data or {})}
    progress.save(update_fields=["done", "total", "state", "rate", "started_at", "data"])
    live.announce(f"progress/{progress.pk}", id=progress.pk, done=done, total=progress.total)


def end_progress(
    progress: Progress, *, state: ProgressState, now: datetime, data: dict[str, Any] | None = None
) -> None:
    """Close the record."""
    progress.state, progress.ended_at = state, now
    progress.data = {**progress.data, **(data or {})}
    progress.save(update_fields=["state", "ended_at", "data"])
    live.announce(f"progress/{progress.pk}", id=progress.pk, ended=True)


def ask_to_stop(progress: Progress, *, now: datetime) -> None:
    """Ask long work to stop at its next batch."""
    Progress.objects.filter(pk=progress.pk, ended_at=None).update(stop_asked_at=now)


def stop_asked(progress: Progress) -> bool:
    """Say whether someone asked the work to stop."""
    return Progress.objects.filter(pk=progress.pk, stop_asked_at__isnull=False).exists()


@transaction.atomic
def keep_file(
    *,
    name: str,
    content: BinaryIO | Iterable[bytes],
    member: Member | None = None,
    content_type: str = "",
    expires_at: datetime | None = None,
) -> File:
    """Keep a file as rows; the content is read a megabyte at a time."""
    file = File.objects.create(
        name=name[:300],
        content_type=content_type,
        member_id=member.pk if member else None,
        expires_at=expires_at,
    )
    size = 0
    with connection.cursor() as cursor:
        for position, chunk in enumerate(_megabytes(content)):
            size += len(chunk)
            cursor.execute(
                "INSERT INTO team_filechunk (file_id, position, data) VALUES (%s, %s, %s)",
                [file.pk, position, chunk],
            )
    file.size = size
    file.save(update_fields=["size"])
    return file


def drop_file(file_id: int) -> None:
    """Erase a file with its content."""
    File.objects.filter(pk=file_id).delete()


def drop_expired_files(*, now: datetime) -> int:
    """Erase the files whose time is over."""
    return File.objects.filter(expires_at__lt=now).delete()[0]


def forget_old_notices(*, now: datetime) -> int:
    """Erase notices older than 90 days."""
    return Notice.objects.filter(at__lt=now - timedelta(days=90)).delete()[0]


def _megabytes(content: BinaryIO | Iterable[bytes]) -> Iterable[bytes]:
    if hasattr(content, "read"):
        while chunk := content.read(CHUNK_BYTES):
            yield chunk
        return
    held = bytearray()
    for piece in content:
        held += piece
        while len(held) >= CHUNK_BYTES:
            yield bytes(held[:CHUNK_BYTES])
            del held[:CHUNK_BYTES]
    if held:
        yield bytes(held)


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


def _guard_owners(*, member: Member, role: str | None, actor: Member) -> None:
    touches_owner = Role.OWNER in (member.role, role)
    if touches_owner and actor.role != Role.OWNER:
        raise OnlyOwners()
    if member.role == Role.OWNER and role != Role.OWNER:
        # Locks the owners in key order, so that two cannot step down at the same moment.
        owners = list(
            Member.objects.select_for_update().filter(role=Role.OWNER, deactivated_at=None).order_by("pk")
        )
        if len(owners) < 2:
            raise LastOwner()
