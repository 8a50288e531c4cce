"""Messages are written in the transaction that handles the events they are about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from quen.apps.events import registry as events
from quen.apps.webhooks import queries, registry
from quen.apps.webhooks.models import Endpoint, WebhookMessage
from quen.apps.webhooks.services.waking import wake_sender
from quen.apps.webhooks.types import TEST_KIND, WebhookKind
from quen.core import live, sql
from quen.core.sql import Relation

#: about an erasure, which leaves no event behind
ERASED_KIND = "contact.erased"


def write_messages(batch: Relation, /, *, now: datetime) -> None:
    """Write a message to each endpoint that wants to know of these events: one statement, however many they are."""
    wanted = list(_wanted())
    if not wanted:
        return
    written = sql.execute(
        sql.compose(
            sql.text("webhooks/write_messages"),
            batch=batch,
            endpoints=[endpoint.pk for endpoint, _kind, _key in wanted],
            names=[kind.name for _endpoint, kind, _key in wanted],
            codes=[events.get(key).code for _endpoint, _kind, key in wanted],
            folds=[kind.folds for _endpoint, kind, _key in wanted],
            created=[kind.created.get(key) for _endpoint, kind, key in wanted],
            covering=[kind.covered_by for _endpoint, kind, _key in wanted],
            own_keys=[_left_out(endpoint) for endpoint, _kind, _key in wanted],
            changed=events.get("contact_changed").code,
            now=now,
        )
    )
    if written:
        for endpoint_id in {endpoint.pk for endpoint, _kind, _key in wanted}:
            live.publish(f"webhooks/{endpoint_id}", id=endpoint_id)
        wake_sender()


def erase_messages(erased: Relation, now: datetime) -> None:
    """Delete the messages about contacts that are being erased, and tell of the erasure by their numbers alone."""
    about = "IN (SELECT contact_id FROM {contacts} c)"
    sql.execute(
        sql.compose(
            "DELETE FROM webhooks_deliveryattempt WHERE message_id IN"
            f" (SELECT id FROM webhooks_webhookmessage WHERE contact_id {about})",
            contacts=erased,
        )
    )
    sql.execute(sql.compose(f"DELETE FROM webhooks_webhookmessage WHERE contact_id {about}", contacts=erased))
    endpoints = [each.pk for each in queries.endpoints() if ERASED_KIND in each.kinds]
    told = sql.compose(
        sql.text("webhooks/write_erasures"), contacts=erased, endpoints=endpoints, kind=ERASED_KIND, now=now
    )
    if endpoints and sql.execute(told):
        wake_sender()


def write_test(*, endpoint: Endpoint, now: datetime) -> WebhookMessage:
    """Write the message that tries an endpoint."""
    return WebhookMessage.objects.create(
        endpoint=endpoint, kind=TEST_KIND, at=now, created_at=now, next_at=now
    )


def _wanted() -> Iterator[tuple[Endpoint, WebhookKind, str]]:
    """Yield each endpoint with each kind it chose and each event that the kind follows."""
    for endpoint in queries.endpoints():
        for name in endpoint.kinds:
            kind = registry.find_kind(name)
            if kind is not None:
                yield from ((endpoint, kind, key) for key in kind.events)


def _left_out(endpoint: Endpoint) -> str:
    """Return the key whose changes an endpoint is not told, as it stands in an event; "" for none."""
    return "" if endpoint.include_own or endpoint.own_key_id is None else str(endpoint.own_key_id)
