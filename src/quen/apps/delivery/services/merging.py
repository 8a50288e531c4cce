"""Messages follow when contacts are merged, and return when that is undone."""

from __future__ import annotations

from datetime import datetime

from quen.apps.contacts import services as contacts
from quen.apps.contacts.types import ContactRows
from quen.apps.delivery.models import DispatchRecipient, Message
from quen.core import sql
from quen.core.sql import Relation

#: Both may have got one sending: the second message then counts as a further attempt.
_MESSAGES = ContactRows(
    model=Message,
    on_move={
        "attempt": "m.attempt + coalesce((SELECT max(k.attempt) FROM delivery_message k WHERE k.contact_id = p.kept_id"
        " AND k.dispatch_id = m.dispatch_id AND k.scheduled_for = m.scheduled_for), 0)"
    },
)
MERGE_COLUMNS = {
    "delivery_message.contact_id": "follows",
    "delivery_dispatchrecipient.contact_id": "follows, unless the contact kept gets the same sending",
}


def merge_messages(pairs: Relation, now: datetime) -> None:
    """Give the messages of merged contacts, and those that are still to be made, to the contacts that are kept."""
    contacts.carry_rows(pairs, _MESSAGES)
    # What both would get, they get once: fan-out passes over a contact who is gone.
    recipients = DispatchRecipient._meta.db_table
    sql.execute(
        sql.compose(
            f"UPDATE {recipients} m SET contact_id = p.kept_id FROM {{pairs}} p WHERE m.contact_id = p.merged_id"
            f" AND NOT EXISTS (SELECT 1 FROM {recipients} k WHERE k.contact_id = p.kept_id"
            " AND k.dispatch_id = m.dispatch_id)",
            pairs=pairs,
        )
    )


def unmerge_messages(pairs: Relation, now: datetime) -> None:
    """Give the messages back."""
    contacts.return_rows(pairs, _MESSAGES)
