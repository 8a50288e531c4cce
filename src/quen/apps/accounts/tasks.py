"""Background tasks of the accounts app."""

from __future__ import annotations

from datetime import datetime

from quen.apps.accounts import services
from quen.core import clock, jobs, ratelimit


@jobs.task("accounts.send_password_reset")
def send_password_reset(email: str) -> None:
    """Email a link for a new password, if the address has an account."""
    services.send_password_reset(email=email)


@jobs.task("accounts.send_system_mail")
def send_system_mail() -> None:
    """Send the system emails that are due."""
    services.send_due_system_mail(now=clock.now())


@jobs.periodic("accounts.retry_system_mail", cron="* * * * *")
def retry_system_mail(now: datetime) -> None:
    """Send the system emails whose job was lost, or that could not be sent before."""
    services.send_due_system_mail(now=now)


@jobs.periodic("accounts.delete_expired", cron="10 18 * * *", queue=jobs.BULK)
def delete_expired(now: datetime) -> None:
    """Delete what has expired: emails, invitations, links, sessions, entries of the log, counters of rate limits."""
    services.delete_old_system_mail(now=now)
    services.delete_old_invitations(now=now)
    services.delete_expired_sign_in_links(now=now)
    services.delete_expired_email_changes(now=now)
    services.delete_expired_sessions(now=now)
    services.delete_old_account_events(now=now)
    ratelimit.delete_expired()
