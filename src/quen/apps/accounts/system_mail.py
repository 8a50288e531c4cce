"""Emails of the product itself: stored first, sent by a job, tried again while the mail server is down."""

from __future__ import annotations

import logging
import smtplib
from datetime import datetime, timedelta

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction

from quen.apps.accounts.models import SystemMail
from quen.core import clock, jobs, schemas
from quen.core.database.base import PUBLIC
from quen.core.locks import AdvisoryLock

log = logging.getLogger(__name__)
#: one process at a time: a server that does not respond occupies one slot of the workers, not all
_LOCK = AdvisoryLock("accounts.send_system_mail")
_MAX_PER_RUN = 200
_GIVE_UP_DAYS, _MAX_WAIT_MINUTES = 3, 60
PERMANENT = 500


def store_system_mail(*, to: str, subject: str, text: str) -> SystemMail:
    """Store an email of the product. With a mail server a job sends it after the commit; otherwise it stays here."""
    now = clock.now()
    with schemas.use(PUBLIC):
        sends = bool(settings.SYSTEM_MAIL_BACKEND)
        mail = SystemMail.objects.create(
            to=to[:500], subject=subject[:500], text=text, next_try_at=now if sends else None
        )
        if sends:
            transaction.on_commit(_enqueue)
    return mail


def send_due_system_mail(*, now: datetime) -> int:
    """Send what is due and return how many were sent. What was sent is deleted; what was not waits and is logged.

    A server that cannot be reached ends the run: what else is due would only wait for it, too.
    """
    sent = 0
    with schemas.use(PUBLIC), _LOCK.session(wait=False) as free:
        if not free or not settings.SYSTEM_MAIL_BACKEND:
            return 0
        due = list(
            SystemMail.objects.filter(next_try_at__lte=now).order_by("next_try_at", "id")[:_MAX_PER_RUN]
        )
        connection = get_connection(settings.SYSTEM_MAIL_BACKEND)
        for mail in due:
            try:
                message = EmailMessage(mail.subject, mail.text, None, [mail.to], connection=connection)
                message.send()
            except (OSError, smtplib.SMTPException) as error:
                _note_failure(mail, error, now)
                if not isinstance(error, smtplib.SMTPRecipientsRefused):
                    break
            else:
                mail.delete()
                sent += 1
    return sent


def delete_old_system_mail(*, now: datetime) -> int:
    """Delete system emails older than 30 days."""
    with schemas.use(PUBLIC):
        return SystemMail.objects.filter(created_at__lt=now - timedelta(days=30)).delete()[0]


def _enqueue() -> None:
    with schemas.use(PUBLIC):
        jobs.enqueue_unique("accounts.send_system_mail")


def _note_failure(mail: SystemMail, error: Exception, now: datetime) -> None:
    mail.tries += 1
    mail.error = f"{type(error).__name__}: {error}"[:300]
    wait = timedelta(minutes=min(2 ** min(mail.tries, 10) // 2, _MAX_WAIT_MINUTES))
    is_old = now - mail.created_at > timedelta(days=_GIVE_UP_DAYS)
    mail.next_try_at = None if is_old or _is_permanent(error) else now + wait
    mail.save(update_fields=["tries", "error", "next_try_at"])
    log.warning("a system email could not be sent (try %d): %s", mail.tries, mail.error)


def _is_permanent(error: Exception) -> bool:
    """Return whether the server refused the recipient or the message for good."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= PERMANENT for code, _text in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= PERMANENT
