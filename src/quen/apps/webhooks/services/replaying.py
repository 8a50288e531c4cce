"""Sending messages again that did not arrive, and deleting what is old."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from quen.apps.team import services as team
from quen.apps.webhooks import queries
from quen.apps.webhooks.models import Endpoint, WebhookMessage
from quen.apps.webhooks.services.messages import write_test
from quen.apps.webhooks.services.waking import wake_sender
from quen.apps.webhooks.types import LOG_DAYS, EndpointPaused, WebhookMessageState
from quen.core import pauses, sql
from quen.core.actors import Actor
from quen.core.sql import Relation

_CHUNK = 5_000
_ENDED = (WebhookMessageState.FAILED, WebhookMessageState.SKIPPED)


@transaction.atomic
def send_test(*, endpoint: Endpoint, now: datetime) -> WebhookMessage:
    """Write a message that tries an endpoint, have it sent, and return it. Raises EndpointPaused."""
    _ensure_active(endpoint)
    message = write_test(endpoint=endpoint, now=now)
    wake_sender()
    return message


@transaction.atomic
def replay(*, endpoint: Endpoint, message_id: int, actor: Actor, now: datetime) -> None:
    """Send one message again, with the same id and body, whether or not it arrived. Raises NotFound, EndpointPaused."""
    _ensure_active(endpoint)
    message = queries.get_message(endpoint, message_id)
    _send_again(WebhookMessage.objects.filter(pk=message.pk), now=now)
    team.audit(actor, "webhooks.replayed", now=now, target=endpoint, data=_data(endpoint, 1))
    wake_sender()


@transaction.atomic
def replay_failed(*, endpoint: Endpoint, since: datetime, actor: Actor, now: datetime) -> int:
    """Send again all messages since a time that were given up or left out; return how many. Raises EndpointPaused."""
    _ensure_active(endpoint)
    failed = WebhookMessage.objects.filter(endpoint=endpoint, state__in=_ENDED, created_at__gte=since)
    count = _send_again(failed, now=now)
    if count:
        team.audit(actor, "webhooks.replayed", now=now, target=endpoint, data=_data(endpoint, count))
        wake_sender()
    return count


def delete_old(*, now: datetime) -> int:
    """Delete messages and their attempts after 30 days, whatever became of them. Return the number of messages."""
    return _delete(
        "created_at < %(before)s", {"before": now - timedelta(days=LOG_DAYS)}, give_way=pauses.give_way
    )


def clear_deleted() -> int:
    """Delete what belongs to deleted endpoints, and then these. Return the number of messages."""
    gone = list(Endpoint.objects.exclude(deleted_at=None).values_list("pk", flat=True))
    count = _delete("endpoint_id = ANY(%(gone)s)", {"gone": gone}, give_way=pauses.give_way) if gone else 0
    Endpoint.objects.filter(pk__in=gone).delete()
    return count


def _ensure_active(endpoint: Endpoint) -> None:
    if queries.get_endpoint(endpoint.pk).paused_at is not None:
        raise EndpointPaused()


def _send_again(messages: QuerySet[WebhookMessage], *, now: datetime) -> int:
    return messages.update(state=WebhookMessageState.WAITING, next_at=now, attempts=0, ended_at=None)


def _data(endpoint: Endpoint, count: int) -> dict[str, object]:
    return {"place": endpoint.place, "count": count}


def _delete(condition: str, params: dict[str, object], *, give_way: Callable[[], None]) -> int:
    """Delete messages in chunks, each a transaction."""
    deleted = 0
    while True:
        with transaction.atomic():
            chosen = Relation(
                f"SELECT id FROM webhooks_webhookmessage WHERE {condition} ORDER BY id LIMIT %(chunk)s FOR UPDATE",
                {**params, "chunk": _CHUNK},
            )
            ids = [pk for (pk,) in sql.rows(chosen)]
            for table, column in (
                ("webhooks_deliveryattempt", "message_id"),
                ("webhooks_webhookmessage", "id"),
            ):
                sql.execute(Relation(f"DELETE FROM {table} WHERE {column} = ANY(%(ids)s)", {"ids": ids}))
        deleted += len(ids)
        if len(ids) < _CHUNK:
            return deleted
        give_way()
