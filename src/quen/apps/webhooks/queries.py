"""Reads of the webhooks app."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db.models import QuerySet

from quen.apps.webhooks.models import DeliveryAttempt, Endpoint, WebhookMessage
from quen.apps.webhooks.types import WebhookMessageState
from quen.core import crypto, sql
from quen.core.errors import NotFound
from quen.core.sql import Relation

SECRET_PURPOSE = "webhooks.secret"  # noqa: S105  # the name of a use
#: counts on pages stop here
COUNT_LIMIT = 100_000


def endpoints() -> QuerySet[Endpoint]:
    """Return the endpoints, in the order they were made."""
    return Endpoint.objects.filter(deleted_at=None)


def get_endpoint(endpoint_id: int) -> Endpoint:
    """Return an endpoint. Raises NotFound."""
    found = endpoints().filter(pk=endpoint_id).first()
    if found is None:
        raise NotFound()
    return found


def messages_of(endpoint: Endpoint, *, state: str = "") -> QuerySet[WebhookMessage]:
    """Return the messages of an endpoint, the newest first; only those in a state if one is named."""
    found = WebhookMessage.objects.filter(endpoint=endpoint).order_by("-id")
    return found.filter(state=state) if state in WebhookMessageState.values else found


def get_message(endpoint: Endpoint, message_id: int) -> WebhookMessage:
    """Return a message of an endpoint. Raises NotFound."""
    found = messages_of(endpoint).filter(pk=message_id).first()
    if found is None:
        raise NotFound()
    return found


def attempts_of(message: WebhookMessage) -> list[DeliveryAttempt]:
    """Return the attempts of a message, the newest first."""
    return list(DeliveryAttempt.objects.filter(message=message).order_by("-id"))


def counts(endpoint_ids: Collection[int], *, since: datetime | None = None) -> dict[tuple[int, str], int]:
    """Return how many messages there are by endpoint and state, each up to COUNT_LIMIT. since: of creation."""
    statement = Relation(
        "SELECT e.id, s.state, (SELECT count(*) FROM (SELECT 1 FROM webhooks_webhookmessage m"
        " WHERE m.endpoint_id = e.id AND m.state = s.state"
        " AND (%(since)s::timestamptz IS NULL OR m.created_at >= %(since)s) LIMIT %(limit)s) counted)"
        " FROM webhooks_endpoint e CROSS JOIN unnest(%(states)s::text[]) AS s (state)"
        " WHERE e.id = ANY(%(ids)s)",
        {
            "ids": list(endpoint_ids),
            "states": WebhookMessageState.values,
            "limit": COUNT_LIMIT,
            "since": since,
        },
    )
    return {(endpoint_id, state): count for endpoint_id, state, count in sql.rows(statement)}


def secrets_of(endpoint: Endpoint, *, now: datetime) -> list[str]:
    """Return the secrets that sign messages to an endpoint, the newest first."""
    kept = [endpoint.secret]
    if endpoint.previous_until is not None and endpoint.previous_until > now:
        kept.append(endpoint.previous_secret)
    return [crypto.decrypt(each, purpose=SECRET_PURPOSE) for each in kept]
