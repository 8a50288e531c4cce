"""Notices and mail to members."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.core.mail import send_mail
from django.db import transaction

from quen.apps.team.models import Member, Notice
from quen.core import live


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


def forget_old_notices(*, now: datetime) -> int:
    """Erase notices older than 90 days."""
    return Notice.objects.filter(at__lt=now - timedelta(days=90)).delete()[0]
