"""The order of changes of contacts: written by a consumer of events, so that it follows the order of commit.

A number that a transaction draws when it writes says nothing about when it commits. The consumer's queue does: a row is
read only once it is committed, and one drain of a workspace is at work at a time.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from quen.apps.contacts.models import ContactChange
from quen.apps.events import services as events
from quen.core import sql
from quen.core.sql import Relation

CONSUMER: Final = "contacts.changes"
#: how long deleted, merged and erased people stay in the order
_GONE_DAYS: Final = 30
#: what changes a contact as other systems see it; changes without an event come as contact_changed
KINDS: Final = (
    "contact_created",
    "contact_changed",
    "contact_imported",
    "contact_deleted",
    "contact_restored",
    "contacts_merged",
    "contacts_unmerged",
    "tag_added",
    "tag_removed",
    "status_changed",
    "consent_changed",
)


def enter_changes(batch: Relation, /, *, now: datetime) -> None:
    """Enter the contacts of a batch of events into the order of changes, behind all others."""
    last = ContactChange.objects.order_by("-seq").first()
    sql.execute(
        sql.compose(
            sql.text("contacts/feed_enter"),
            batch=batch,
            last=last.seq if last else 0,
            at=max(now, last.at) if last else now,
        )
    )


def catch_up_with_changes(*, now: datetime) -> None:
    """Enter every change that is committed, and wait for another process that is doing so.

    What is read of the order afterwards includes every change committed before the call.
    """
    events.drain(CONSUMER, now=now, wait=True)


def note_erased(contacts: Relation) -> None:
    """Queue contacts that have been erased for the order of changes: they leave no event behind."""
    events.notify_consumer(CONSUMER, contacts)


def delete_old_changes(*, now: datetime) -> int:
    """Delete the entries of contacts who have been gone for 30 days; the last entry stays, for the number that follows.

    Return how many.
    """
    return sql.execute(
        Relation(
            "DELETE FROM contacts_contactchange ch WHERE ch.at < %(limit)s"
            " AND ch.seq < (SELECT max(seq) FROM contacts_contactchange)"
            " AND NOT EXISTS (SELECT 1 FROM contacts_contact c WHERE c.id = ch.contact_id)",
            {"limit": now - timedelta(days=_GONE_DAYS)},
        )
    )
