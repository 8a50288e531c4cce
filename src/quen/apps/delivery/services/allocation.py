"""Values of merge tags that are allocated once per message, such as voucher codes, and stored with it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from quen.apps.content import queries as content_queries
from quen.apps.content import registry as content
from quen.apps.delivery.models import Dispatch
from quen.apps.delivery.types import MessageState
from quen.core import sql
from quen.core.sql import Relation


def allocated_tags(content_id: int) -> list[str]:
    """Return the keys of allocated merge tags that a content uses."""
    known = content.allocated_tags()
    if not known or not content_id:
        return []
    return sorted(known.keys() & content_queries.tags_used(content_queries.get_content(content_id)))


def allocate_values(
    dispatch: Dispatch, contacts: Relation, *, scheduled_for: datetime, now: datetime
) -> None:
    """Allocate the values of messages just created for contacts, in the same transaction.

    A fan-out that dies rolls back messages and values together, so a repetition never allocates twice.
    Raises the DomainError of a tag whose values have run out.
    """
    for key in dispatch.allocated_tags:
        messages = sql.compose(
            "SELECT id AS message_id, contact_id FROM delivery_message WHERE dispatch_id = %(dispatch)s"
            " AND attempt = 1 AND scheduled_for = %(scheduled_for)s AND state = %(queued)s"
            " AND contact_id IN (SELECT contact_id FROM {contacts} c)"
            " AND NOT coalesce(allocated_values, '{}') ? %(key)s",
            contacts=contacts,
            dispatch=dispatch.pk,
            scheduled_for=scheduled_for,
            queued=int(MessageState.QUEUED),
            key=key,
        )
        allocated = content.allocated_tags()[key].allocate(
            Relation(messages.text, messages.params, ("message_id", "contact_id")), now=now
        )
        sql.execute(
            sql.compose(
                "WITH fresh AS MATERIALIZED ("
                "  SELECT message_id, jsonb_build_object(%(key)s::text, value) AS value FROM {allocated} a)"
                " UPDATE delivery_message m SET allocated_values = coalesce(m.allocated_values, '{}') || fresh.value"
                " FROM fresh WHERE m.id = fresh.message_id",
                allocated=allocated,
                key=key,
            )
        )


def release_values(dispatch: Dispatch, messages: Relation | Collection[int], *, now: datetime) -> None:
    """Release the values of messages that will not be sent, in the transaction that cancels or skips them.

    messages: column message_id, or ids.
    """
    if not dispatch.allocated_tags:
        return
    if not isinstance(messages, Relation):
        if not messages:
            return
        messages = Relation(
            "SELECT unnest(%(ids)s::bigint[]) AS message_id", {"ids": sorted(messages)}, ("message_id",)
        )
    known = content.allocated_tags()
    for key in dispatch.allocated_tags:
        if key in known:
            known[key].release(messages, now=now)
    sql.execute(
        sql.compose(
            "UPDATE delivery_message SET allocated_values = NULL"
            " WHERE id IN (SELECT message_id FROM {messages} m) AND allocated_values IS NOT NULL",
            messages=messages,
        )
    )
