"""People and what they said, for tests."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any

from tests.cast import NOW

from quen.apps.compliance import queries, services
from quen.apps.compliance.models import Refusal
from quen.apps.compliance.types import MessageClass, Reason, RefusalWay
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.contacts.types import Consent, Status
from quen.core import sql
from quen.core.sql import Relation

_numbers = count(1)


def make_reader(**changes: Any) -> Contact:
    """A person who signed up for mail."""
    given = {
        "email": f"lan{next(_numbers)}@thu.vn",
        "status": Status.SUBSCRIBED,
        "consent_email": Consent.GRANTED,
    }
    return make_contact(**given | changes)


def reasons(
    *people: Contact,
    message_class: str = MessageClass.MARKETING,
    channel: str = "email",
    now: datetime = NOW,
    capped: Relation | None = None,
) -> list[Reason | None]:
    """What the gate says of people, in their order."""
    asked = contacts.people([person.pk for person in people])
    found = queries.gate(asked, channel=channel, message_class=message_class, now=now, capped=capped)
    told = {contact_id: reason for contact_id, _address, _language, reason in sql.rows(found)}
    assert len(told) == len(people)
    return [None if told[person.pk] is None else Reason(told[person.pk]) for person in people]


def refuse(person: Contact, **changes: Any) -> Refusal:
    """A refusal by the link in a mail."""
    given: dict[str, Any] = {
        "contact_id": person.pk,
        "channel": "email",
        "way": RefusalWay.LINK,
        "everything": False,
        "message_id": None,
        "now": NOW,
    }
    return services.refuse(**given | changes)
