"""Contacts and unsubscribes for tests."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any

from tests.cast import NOW

from quen.apps.compliance import queries, services
from quen.apps.compliance.models import Unsubscribe
from quen.apps.compliance.types import ExclusionReason, MessageClass, UnsubscribeMethod
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.contacts.types import Consent, Status
from quen.core import sql
from quen.core.sql import Relation

_numbers = count(1)


def make_subscriber(**changes: Any) -> Contact:
    """Create a contact subscribed to email."""
    given = {
        "email": f"lan{next(_numbers)}@thu.vn",
        "status": Status.SUBSCRIBED,
        "consent_email": Consent.GRANTED,
    }
    return make_contact(**given | changes)


def exclusion_reasons(
    *checked: Contact,
    message_class: str = MessageClass.MARKETING,
    channel: str = "email",
    now: datetime = NOW,
    capped: Relation | None = None,
) -> list[ExclusionReason | None]:
    """Return the exclusion reasons of contacts, in their order."""
    relation = contacts.relation_of_ids([contact.pk for contact in checked])
    eligible = queries.eligibility(
        relation, channel=channel, message_class=message_class, now=now, capped=capped
    )
    reasons = {contact_id: reason for contact_id, _address, _language, reason in sql.rows(eligible)}
    assert len(reasons) == len(checked)
    return [
        None if reasons[contact.pk] is None else ExclusionReason(reasons[contact.pk]) for contact in checked
    ]


def make_unsubscribe(contact: Contact, **changes: Any) -> Unsubscribe:
    """Unsubscribe a contact by the link in a message."""
    given: dict[str, Any] = {
        "contact_id": contact.pk,
        "channel": "email",
        "method": UnsubscribeMethod.LINK,
        "all_channels": False,
        "message_id": None,
        "now": NOW,
    }
    return services.unsubscribe(**given | changes)
