"""Notifications and email to members."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from django.core.mail import send_mail

from quen.apps.team.models import Member, Notification
from quen.core import live


def notify(
    member: Member, kind: str, *, now: datetime, path: str = "", data: dict[str, Any] | None = None
) -> None:
    """Notify a member; open pages show it at once."""
    Notification.objects.create(member=member, at=now, kind=kind, path=path, data=data or {})
    _publish(member.pk)


def email_member(member: Member, *, subject: str, text: str) -> None:
    """Email a member; the email is stored in this transaction and sent by a job."""
    send_mail(subject, text, None, [member.email])


def mark_all_read(*, member: Member, now: datetime) -> None:
    """Mark all of a member's notifications as read."""
    if Notification.objects.filter(member=member, read_at=None).update(read_at=now):
        _publish(member.pk)


def mark_read(notification: Notification, *, now: datetime) -> None:
    """Mark one notification as read."""
    if notification.read_at is None:
        notification.read_at = now
        notification.save(update_fields=["read_at"])
        _publish(notification.member_id)


def delete_notifications(*, paths: Collection[str]) -> int:
    """Delete the notifications that lead to these pages, because what they name is erased."""
    return Notification.objects.filter(path__in=paths).delete()[0] if paths else 0


def delete_old_notifications(*, now: datetime) -> int:
    """Delete notifications older than 90 days."""
    return Notification.objects.filter(at__lt=now - timedelta(days=90)).delete()[0]


def _publish(member_id: int) -> None:
    live.publish(f"notifications/{member_id}")
