"""Remove erased contacts from their messages."""

from __future__ import annotations

from quen.core import sql
from quen.core.sql import Relation


def anonymize_messages(contacts: Relation) -> int:
    """Remove contacts from their messages and delete what they read; return the number of messages.

    A message stays in the counters under the negative of its own id as contact_id.
    """
    # A link that only they followed may contain a merge tag's value; its clicks stay, under the bare address.
    sql.execute(
        sql.compose(
            "UPDATE delivery_dispatchlink l SET url = split_part(split_part(l.url, '#', 1), '?', 1)"
            " WHERE l.unique_clicks <= 1 AND EXISTS (SELECT FROM delivery_message m"
            " JOIN delivery_engagementevent e ON e.message_id = m.id"
            " WHERE m.dispatch_id = l.dispatch_id AND e.url = l.url"
            " AND m.contact_id IN (SELECT contact_id FROM {contacts} c))",
            contacts=contacts,
        )
    )
    sql.execute(
        sql.compose(
            "DELETE FROM delivery_engagementevent WHERE message_id IN (SELECT id FROM delivery_message"
            " WHERE contact_id IN (SELECT contact_id FROM {contacts} c))",
            contacts=contacts,
        )
    )
    sql.execute(
        sql.compose(
            "DELETE FROM delivery_messagereceipt WHERE message_id IN (SELECT id FROM delivery_message"
            " WHERE contact_id IN (SELECT contact_id FROM {contacts} c))",
            contacts=contacts,
        )
    )
    sql.execute(
        sql.compose(
            "DELETE FROM delivery_dispatchrecipient WHERE contact_id IN (SELECT contact_id FROM {contacts} c)",
            contacts=contacts,
        )
    )
    return sql.execute(
        sql.compose(
            "UPDATE delivery_message SET contact_id = -id, address = '', provider_message = '', provider_id = '',"
            " language = '' WHERE contact_id IN (SELECT contact_id FROM {contacts} c)",
            contacts=contacts,
        )
    )
