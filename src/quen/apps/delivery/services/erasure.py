"""Remove erased contacts from their messages."""

from __future__ import annotations

from quen.core import sql
from quen.core.sql import Relation


def anonymize_messages(contacts: Relation) -> int:
    """Remove contacts from their messages and delete what they read; return the number of messages.

    A message stays in the counters under the negative of its own id as contact_id.
    """
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
