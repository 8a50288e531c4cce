"""Remove erased contacts from their messages."""

from __future__ import annotations

from quen.apps.channels import services as channels
from quen.apps.contacts import queries as contact_queries
from quen.core import sql
from quen.core.sql import Relation


def anonymize_messages(contacts: Relation) -> int:
    """Remove contacts from their messages and delete what they read; return the number of messages.

    The sandbox's copies are deleted. A message stays in the counters under the negative of its own id as contact_id.
    """
    _erase_copies(contacts)
    # A link that only they followed may contain a merge tag's value; its clicks stay, under the bare address.
    sql.execute(
        sql.compose(
            "UPDATE delivery_dispatchlink l SET url = split_part(split_part(l.url, '#', 1), '?', 1)"
            " WHERE l.unique_clicks <= 1 AND EXISTS (SELECT 1 FROM delivery_message m"
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


def _erase_copies(contacts: Relation) -> None:
    """Delete the sandbox's copies of these contacts' messages, and what a server said of their addresses."""
    messages = sql.compose(
        "SELECT id AS message_id FROM delivery_message WHERE contact_id IN (SELECT contact_id FROM {contacts} c)",
        contacts=contacts,
    )
    addresses = [
        address
        for column in ("email", "phone")
        for address in contact_queries.addresses_to_suppress(contacts, column=column)
    ]
    channels.erase_recipients(messages=messages, addresses=addresses)
    sql.execute(
        Relation(
            "UPDATE delivery_dispatch SET error = jsonb_set(error, '{text}', to_jsonb(''::text))"
            " WHERE error <> '{}' AND EXISTS (SELECT 1"
            " FROM unnest(%(addresses)s::text[]) AS a(value) WHERE position(a.value in error::text) > 0)",
            {"addresses": addresses},
        )
    )
