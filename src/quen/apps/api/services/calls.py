"""The log of calls."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings

from quen.apps.api.models import ApiCall, ApiKey


def record_call(
    *,
    key: ApiKey,
    method: str,
    operation: str,
    status: int,
    code: str,
    duration_ms: int,
    reference: str,
    now: datetime,
) -> None:
    """Add an entry to the log of calls."""
    ApiCall.objects.create(
        at=now,
        api_key=key,
        method=method,
        operation=operation,
        status=status,
        code=code,
        duration_ms=duration_ms,
        reference=reference,
    )


def delete_old_calls(*, now: datetime) -> int:
    """Delete entries older than QUEN_API_LOG_DAYS. Return their number."""
    return ApiCall.objects.filter(at__lt=now - timedelta(days=settings.API_LOG_DAYS)).delete()[0]
