"""Reads of the data_requests app."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import QuerySet

from quen.apps.contacts import registry as contacts_registry
from quen.apps.data_requests.models import DataRequest, RequestSettings
from quen.apps.data_requests.types import OPEN_STATES
from quen.core.errors import NotFound


def request_settings() -> RequestSettings:
    """Return the settings; unsaved defaults if nobody changed them."""
    return RequestSettings.objects.order_by("pk").first() or RequestSettings()


def open_requests() -> QuerySet[DataRequest]:
    """Return the requests without an answer, overdue ones first."""
    return DataRequest.objects.filter(state__in=OPEN_STATES)


def ended_requests() -> QuerySet[DataRequest]:
    """Return the answered requests, newest first."""
    return DataRequest.objects.exclude(state__in=OPEN_STATES).order_by("-id")


def get_request(request_id: int) -> DataRequest:
    """Return a request. Raises NotFound."""
    found = DataRequest.objects.filter(pk=request_id).first()
    if found is None:
        raise NotFound()
    return found


def requests_of(contact_id: int) -> QuerySet[DataRequest]:
    """Return a person's requests, those that are due soonest first."""
    return DataRequest.objects.filter(contact_id=contact_id)


def overdue_count(now: datetime) -> int:
    """Return how many requests should have been answered already."""
    return open_requests().filter(due_at__lt=now).count()


def copy_of(contact_id: int) -> list[dict[str, Any]]:
    """Return everything the apps keep about a person: key, title and records of each part, in the active language."""
    return [
        {"key": part.key, "title": str(part.title), "records": part.read(contact_id)}
        for part in contacts_registry.personal_data_parts()
    ]
