"""Background tasks of the advertisers app."""

from __future__ import annotations

from datetime import datetime

from quen.apps.advertisers import services
from quen.core import jobs


@jobs.periodic("advertisers.delete_expired", cron="20 18 * * *", queue=jobs.BULK)
def delete_expired(now: datetime) -> None:
    """Delete old places, ended requests, and advertisers without any workspace."""
    services.delete_expired(now=now)
