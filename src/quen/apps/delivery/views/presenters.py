"""Presentation of messages and their states."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from quen.apps.channels import registry as channels
from quen.apps.compliance.types import ExclusionReason
from quen.apps.contacts import queries as contacts
from quen.apps.delivery import queries
from quen.apps.delivery.models import Dispatch, Message
from quen.apps.delivery.types import DispatchSource, MessageState, state_text
from quen.ui.lists import Column, EmptyState, ListTable, Row, StatusLabel, Title

#: reply of the sandbox adapter
_SANDBOX_MESSAGE = "sandbox"
#: tone and icon
_STATE_STYLES: dict[MessageState, tuple[str, str]] = {
    MessageState.QUEUED: ("", "clock"),
    MessageState.IN_FLIGHT: ("live", "send"),
    MessageState.DEFERRED: ("wait", "rotate-cw"),
    MessageState.ACCEPTED: ("good", "check"),
    MessageState.DELIVERED: ("good", "check-check"),
    MessageState.REFUSED: ("bad", "ban"),
    MessageState.BOUNCED: ("bad", "mail-x"),
    MessageState.UNKNOWN_OUTCOME: ("wait", "circle-help"),
    MessageState.SKIPPED: ("", "circle-minus"),
    MessageState.CANCELLED: ("", "circle-slash"),
    MessageState.FAILED: ("bad", "circle-x"),
}


_EMPTY = EmptyState(
    gettext_lazy("No messages yet"),
    gettext_lazy("Every message to a customer is listed here, with its state and the server's reply."),
    "notices",
)
_FILTERED_EMPTY = EmptyState(
    gettext_lazy("Nothing found"),
    gettext_lazy("No messages match these filters. Change the filters or show all messages."),
    "search",
)


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message in a list. contact_name: empty when erased or unknown; contact_id: 0 without a contact page.

    note: what the server's reply means, or why there was no message.  reply: the server's own words.
    delivered: how the channel calls the state "delivered".
    """

    message: Message
    dispatch_name: str
    source: str
    contact_name: str
    contact_id: int
    state: str
    tone: str
    icon: str
    note: str
    reply: str
    at: datetime
    delivered: str


def message_rows(messages: Sequence[Message]) -> list[MessageRow]:
    """Return the rows of some messages in two queries."""
    dispatches = queries.dispatches_by_id({each.dispatch_id for each in messages})
    known = contacts.contacts().filter(pk__in={each.contact_id for each in messages if each.contact_id > 0})
    names = {contact.pk: str(contact) for contact in known.only("full_name", "email", "phone")}
    found = []
    for each in messages:
        dispatch = dispatches[each.dispatch_id]
        tone, icon = _STATE_STYLES[MessageState(each.state)]
        name = names.get(each.contact_id, "")
        found.append(
            MessageRow(
                message=each,
                dispatch_name=dispatch.name,
                source=str(DispatchSource(dispatch.source).label),
                contact_name=name,
                contact_id=each.contact_id if name else 0,
                state=_state_label(each, dispatch),
                tone=tone,
                icon=icon,
                note=_note(each, dispatch),
                reply=_reply(each),
                at=each.sent_at or each.scheduled_for,
                delivered=str(channels.channel(dispatch.channel).texts.delivered),
            )
        )
    return found


def message_table(rows: Sequence[MessageRow], *, filtered: bool, pager: Mapping[str, str]) -> ListTable:
    """Return the message log."""
    return ListTable(
        label=_("Message log"),
        columns=(
            Column("at", _("When"), "instant", phone="note-side", align="left"),
            Column("contact", _("Customer"), "title", phone="title"),
            Column("message", _("Message"), "text", min_width=44, phone="note"),
            Column("state", _("State"), "state", phone="side"),
            Column("reply", _("Server reply"), "note", min_width=68),
            Column("whole_reply", _("Server reply"), "wrapped", phone="wide", hide_label=True),
        ),
        rows=[
            Row(
                (
                    row.at,
                    Title(row.contact_name or row.message.address or _("Erased customer"), _address(row)),
                    f"{row.dispatch_name} · {row.source}",
                    StatusLabel(row.state, row.tone, row.icon),
                    row.note,
                    row.note,
                ),
                key=row.message.pk,
                href=reverse("delivery:message", args=[row.message.pk]),
            )
            for row in rows
        ],
        empty=_FILTERED_EMPTY if filtered else _EMPTY,
        pager=pager,
    )


def _address(row: MessageRow) -> str:
    return row.message.address if row.contact_name else ""


def _state_label(message: Message, dispatch: Dispatch) -> str:
    """Return the state as the channel names it."""
    return state_text(message.state, channels.channel(dispatch.channel).texts)


def _note(message: Message, dispatch: Dispatch) -> str:
    if message.state == MessageState.SKIPPED and message.reason:
        return str(ExclusionReason(message.reason).label)
    if message.provider_message == _SANDBOX_MESSAGE:
        return str(_("Delivered to the sandbox inbox."))
    reply = _reply(message)
    return channels.channel(dispatch.channel).explain_reply(reply) or reply


def _reply(message: Message) -> str:
    """Return the server's own words, "" when there was no server."""
    if message.provider_message == _SANDBOX_MESSAGE or message.state == MessageState.SKIPPED:
        return ""
    return f"{message.code} {message.provider_message}".strip()
