"""Background tasks of the accounts app."""

from __future__ import annotations

from datetime import datetime

from quen.apps.accounts import services
from quen.core import jobs, ratelimit


@jobs.periodic("accounts.delete_expired", cron="10 18 * * *", queue=jobs.BULK)
def delete_expired(now: datetime) -> None:
    """Delete old system emails, ended invitations, expired sign-in links and counters of rate limits."""
    services.delete_old_system_mail(now=now)
    services.delete_old_invitations(now=now)
    services.delete_expired_sign_in_links(now=now)
    ratelimit.delete_expired()
