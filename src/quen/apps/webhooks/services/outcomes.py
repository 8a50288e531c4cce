"""What became of attempts is stored: the log, when a message is tried again, and how the endpoint is doing."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

from django.db import transaction

from quen.apps.webhooks import rules
from quen.apps.webhooks.models import Endpoint
from quen.apps.webhooks.services.endpoints import pause_failing
from quen.apps.webhooks.types import PAUSE_AFTER, Answer, EndpointPauseReason, WebhookMessageState
from quen.core import live, sql
from quen.core.sql import Relation

#: of a healthy endpoint the last success is written at most so often
_SUCCESS_RECORDED_EVERY: Final = timedelta(seconds=30)
_LOCK: Final = (
    "SELECT id, endpoint_id, attempts, state FROM webhooks_webhookmessage"
    " WHERE id = ANY(%(ids)s) ORDER BY id FOR UPDATE"
)


@transaction.atomic
def store_answers(answers: Sequence[Answer], *, clock: Callable[[], datetime]) -> None:
    """Store what became of attempts. A message that was erased meanwhile leaves nothing."""
    now = clock()
    rows = sql.rows(Relation(_LOCK, {"ids": [answer.message_id for answer in answers]}))
    found = {pk: (endpoint_id, attempts + 1, state) for pk, endpoint_id, attempts, state in rows}
    kept = [answer for answer in answers if answer.message_id in found]
    if not kept:
        return
    _log(kept)
    ends = [_end(answer, *found[answer.message_id][1:], now=now) for answer in kept]
    sql.execute(
        Relation(
            sql.text("webhooks/store_outcomes"),
            {
                "ids": [answer.message_id for answer in kept],
                "states": [state for state, _next_at, _ended_at in ends],
                "next": [next_at for _state, next_at, _ended_at in ends],
                "ended": [ended_at for _state, _next_at, ended_at in ends],
                "attempts": [found[answer.message_id][1] for answer in kept],
                "first": [answer.at for answer in kept],
                "statuses": [answer.status for answer in kept],
                "errors": [answer.error for answer in kept],
            },
        )
    )
    of_endpoints = defaultdict(list)
    for answer in kept:
        of_endpoints[found[answer.message_id][0]].append(answer)
    for endpoint_id, its_answers in sorted(of_endpoints.items()):
        _judge(endpoint_id, its_answers, now=now)
        live.publish(f"webhooks/{endpoint_id}", id=endpoint_id)


def _log(answers: Sequence[Answer]) -> None:
    sql.execute(
        Relation(
            "INSERT INTO webhooks_deliveryattempt (message_id, at, duration_ms, status, error, answer)"
            " SELECT * FROM unnest(%(ids)s::bigint[], %(at)s::timestamptz[], %(took)s::int[],"
            " %(statuses)s::smallint[], %(errors)s::text[], %(texts)s::text[])",
            {
                "ids": [answer.message_id for answer in answers],
                "at": [answer.at for answer in answers],
                "took": [answer.duration_ms for answer in answers],
                "statuses": [answer.status for answer in answers],
                "errors": [answer.error for answer in answers],
                "texts": [answer.text for answer in answers],
            },
        )
    )


def _end(
    answer: Answer, attempts: int, state: str, *, now: datetime
) -> tuple[str, datetime, datetime | None]:
    """Return state, when it is due, and when it ended."""
    if answer.succeeded:
        return WebhookMessageState.DELIVERED.value, now, now
    if state != WebhookMessageState.WAITING:
        # Left out while it was being sent.
        return state, now, now
    next_at = rules.next_attempt(attempts, now=now, after_seconds=answer.retry_after)
    if answer.is_gone:
        # The endpoint is paused, and its messages wait.
        next_at = next_at or now
    if next_at is None:
        return WebhookMessageState.FAILED.value, now, now
    return WebhookMessageState.WAITING.value, next_at, None


def _judge(endpoint_id: int, answers: Sequence[Answer], *, now: datetime) -> None:
    """Write how an endpoint is doing; let it rest while it is in trouble, pause it after days without one success."""
    endpoint = Endpoint.objects.select_for_update().filter(pk=endpoint_id).first()
    if endpoint is None:
        return
    if any(answer.succeeded for answer in answers):
        recorded = endpoint.last_success_at
        if (
            endpoint.failing_since is None
            and not endpoint.troubles
            and recorded is not None
            and now - recorded < _SUCCESS_RECORDED_EVERY
        ):
            return
        endpoint.last_success_at = now
        endpoint.failing_since, endpoint.troubles, endpoint.resting_until = None, 0, None
    else:
        endpoint.failing_since = endpoint.failing_since or now
        if any(answer.is_trouble for answer in answers):
            endpoint.troubles += 1
            asked = max((answer.retry_after or 0 for answer in answers), default=0)
            rest = max(rules.rest(endpoint.troubles), timedelta(seconds=min(asked, 3600)))
            endpoint.resting_until = now + rest
    endpoint.save(update_fields=["last_success_at", "failing_since", "troubles", "resting_until"])
    if endpoint.paused_at is None and endpoint.deleted_at is None and endpoint.failing_since is not None:
        if any(answer.is_gone for answer in answers):
            pause_failing(endpoint, EndpointPauseReason.GONE, now=now)
        elif now - endpoint.failing_since >= PAUSE_AFTER:
            pause_failing(endpoint, EndpointPauseReason.FAILING, now=now)
