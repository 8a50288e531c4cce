"""Delete visits at the end of their retention period."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from quen.apps.website import queries
from quen.apps.website.models import LinkUse, Visitor, VisitorClaim, WebsiteAction, WebsiteSession


@transaction.atomic
def delete_expired(*, now: datetime) -> int:
    """Delete what is older than the retention period. Return how many actions; events of contacts stay with them."""
    before = now - timedelta(days=queries.website_settings().retention_days)
    deleted, _each = WebsiteAction.objects.filter(at__lt=before).delete()
    WebsiteSession.objects.filter(last_at__lt=before).delete()
    gone = Visitor.objects.filter(last_seen_at__lt=before)
    for model in (VisitorClaim, LinkUse):
        model.objects.filter(visitor__in=gone).delete()
    VisitorClaim.objects.filter(at__lt=before).delete()
    gone.delete()
    return deleted
