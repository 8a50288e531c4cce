"""How states and messages look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _

from quen.apps.compliance.types import Reason
from quen.apps.contacts import queries as contacts
from quen.apps.delivery import queries
from quen.apps.delivery.models import Message
from quen.apps.delivery.types import MessageState, Source

#: what the sandbox says when it takes a mail
_IN_SANDBOX = "sandbox"
#: tone and icon
_SIGNS: dict[MessageState, tuple[str, str]] = {
    MessageState.QUEUED: ("", "clock"),
    MessageState.HANDING: ("live", "send"),
    MessageState.DEFERRED: ("wait", "rotate-cw"),
    MessageState.ACCEPTED: ("good", "check"),
    MessageState.DELIVERED: ("good", "check-check"),
    MessageState.REFUSED: ("bad", "ban"),
    MessageState.BOUNCED: ("bad", "mail-x"),
    MessageState.UNCERTAIN: ("wait", "circle-help"),
    MessageState.SKIPPED: ("", "circle-minus"),
    MessageState.CANCELLED: ("", "circle-slash"),
    MessageState.FAILED: ("bad", "circle-x"),
}


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message in a list. person: their name, empty when erased or nobody; contact_id: 0 without a page."""

    message: Message
    launch: str
    source: str
    person: str
    contact_id: int
    state: str
    tone: str
    icon: str
    note: str
    at: datetime


def rows_of(messages: Sequence[Message]) -> list[MessageRow]:
    """Give the rows of some messages in two queries."""
    launches = queries.launches_by_id({each.launch_id for each in messages})
    known = contacts.contacts().filter(pk__in={each.contact_id for each in messages if each.contact_id > 0})
    people = {person.pk: str(person) for person in known.only("full_name", "email", "phone")}
    found = []
    for each in messages:
        launch = launches[each.launch_id]
        tone, icon = _SIGNS[MessageState(each.state)]
        name = people.get(each.contact_id, "")
        found.append(
            MessageRow(
                message=each,
                launch=launch.name,
                source=str(Source(launch.source).label),
                person=name,
                contact_id=each.contact_id if name else 0,
                state=str(MessageState(each.state).label),
                tone=tone,
                icon=icon,
                note=_note(each),
                at=each.handed_at or each.origin_at,
            )
        )
    return found


def _note(message: Message) -> str:
    if message.state == MessageState.SKIPPED and message.reason:
        return str(Reason(message.reason).label)
    if message.told == _IN_SANDBOX:
        return str(_("It lies in the sandbox inbox."))
    return f"{message.code} {message.told}".strip()
