"""What stays of the messages of people who are erased: numbers, nothing that leads to anybody."""

from __future__ import annotations

from quen.core import sql
from quen.core.sql import Relation


def anonymize_messages(contacts: Relation) -> int:
    """Take people out of their messages, with what they read; give how many messages there were.

    A message keeps its place in the figures under a number below zero that is nobody's.
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
