"""Background tasks of the website app."""

from __future__ import annotations

from datetime import datetime

from quen.apps.website import services
from quen.core import jobs


@jobs.periodic("website.delete_expired", cron="40 18 * * *", queue=jobs.BULK, each_workspace=True)
def delete_expired(now: datetime) -> None:
    """Delete visits at the end of their retention period."""
    services.delete_expired(now=now)


@jobs.periodic("website.join_signed_claims", cron="*/10 * * * *", queue=jobs.BULK, each_workspace=True)
def join_signed_claims(now: datetime) -> None:
    """Join visitors who signed in before the shop's customer was in Quen."""
    services.join_signed_claims(now=now)
