"""Job doors of the accounts room."""

from __future__ import annotations

from datetime import UTC, datetime

from quen.apps.accounts import services
from quen.core import jobs


@jobs.periodic("accounts.forget_old", cron="10 18 * * *", queue=jobs.BULK)
def forget_old(timestamp: int) -> None:
    """Erase system mail, ended invitations and used links whose time is over."""
    now = datetime.fromtimestamp(timestamp, UTC)
    services.forget_old_mail(now=now)
    services.forget_old_invitations(now=now)
    services.forget_old_links(now=now)
