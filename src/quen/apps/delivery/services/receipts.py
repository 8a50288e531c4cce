"""What providers tell later about a message: delivered, bounced, complained about."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from quen.apps.channels.types import ReceiptKind
from quen.apps.compliance import services as compliance
from quen.apps.compliance.types import SuppressionCause
from quen.apps.delivery.models import Dispatch, EngagementEvent, Message
from quen.apps.delivery.services.counters import add_counters, counter_deltas
from quen.apps.delivery.services.live_updates import publish
from quen.apps.delivery.types import DispatchSource, EngagementKind, MessageState
from quen.apps.events import services as events
from quen.core.errors import DomainError

#: a message in one of these has left us, or perhaps has: a receipt settles it
_SENT_OR_UNKNOWN = (MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.UNKNOWN_OUTCOME)
_PROVIDER_MESSAGE_MAX_CHARS = 300
#: the way of a refusal that came as a complaint
COMPLAINT = "complaint"


@transaction.atomic
def apply_receipt(*, message_id: int, kind: ReceiptKind, text: str, at: datetime) -> None:
    """Note a receipt on its message; the same one again deltas nothing, one for a message that is gone neither.

    A hard bounce or a complaint puts the address on the suppression list, a complaint withdraws the consent too.
    Locks the message, then the person.
    """
    message = Message.objects.select_for_update().filter(pk=message_id).first()
    if message is None:
        return
    dispatch = Dispatch.objects.get(pk=message.dispatch_id)
    if kind is ReceiptKind.DELIVERED:
        _record_delivery(message, dispatch, at)
    elif kind is ReceiptKind.BOUNCED_HARD:
        _record_bounce(message, dispatch, text, at)
    elif kind is ReceiptKind.COMPLAINED:
        _record_complaint(message, dispatch, text, at)
    else:
        message.provider_message = text[:_PROVIDER_MESSAGE_MAX_CHARS]
        message.save(update_fields=["provider_message"])
    publish(dispatch)


def _record_delivery(message: Message, dispatch: Dispatch, at: datetime) -> None:
    if message.delivered_at is not None:
        return
    message.delivered_at = at
    counters = {"delivered": 1}
    # After a bounce it stays bounced: the provider took the mail, the mailbox did not.
    state = MessageState.DELIVERED if message.state in _SENT_OR_UNKNOWN else message.state
    _set_state(message, dispatch, state, counters, at)
    message.save(update_fields=["state", "delivered_at"])


def _record_bounce(message: Message, dispatch: Dispatch, text: str, at: datetime) -> None:
    if message.bounced_at is not None:
        return
    message.bounced_at, message.provider_message = at, text[:_PROVIDER_MESSAGE_MAX_CHARS]
    _set_state(
        message,
        dispatch,
        MessageState.BOUNCED if message.state in _SENT_OR_UNKNOWN else message.state,
        {},
        at,
    )
    message.save(update_fields=["state", "bounced_at", "provider_message"])
    _suppress(message, dispatch, SuppressionCause.BOUNCE, text, at)
    _record_event("message_bounced", message, dispatch, text, at)


def _record_complaint(message: Message, dispatch: Dispatch, text: str, at: datetime) -> None:
    if message.complained_at is not None:
        return
    message.complained_at = at
    _set_state(
        message,
        dispatch,
        MessageState.ACCEPTED if message.state == MessageState.UNKNOWN_OUTCOME else message.state,
        {"complained": 1},
        at,
    )
    message.save(update_fields=["state", "complained_at"])
    EngagementEvent.objects.create(message_id=message.pk, kind=EngagementKind.COMPLAINED, at=at)
    _suppress(message, dispatch, SuppressionCause.COMPLAINT, text, at)
    _record_event("message_complained", message, dispatch, text, at)
    if message.contact_id:
        try:
            with transaction.atomic():
                compliance.unsubscribe(
                    contact_id=message.contact_id,
                    channel=dispatch.channel,
                    method=COMPLAINT,
                    all_channels=False,
                    message_id=message.pk,
                    now=at,
                )
        except DomainError:
            # The person is gone meanwhile; the address stays suppressed.
            pass


def _set_state(
    message: Message, dispatch: Dispatch, state: int, counters: dict[str, int], at: datetime
) -> None:
    if (
        message.state == MessageState.UNKNOWN_OUTCOME
        and dispatch.source != DispatchSource.TEST
        and message.contact_id
    ):
        # It left us after all.
        events.record(
            "message_sent", contact_id=message.contact_id, at=at, ref=message.pk, data={"name": dispatch.name}
        )
    deltas = counter_deltas([((message.state, message.reason), (state, message.reason))])
    deltas.update(counters)
    add_counters({message.dispatch_id: deltas})
    message.state = state


def _suppress(message: Message, dispatch: Dispatch, cause: SuppressionCause, text: str, at: datetime) -> None:
    if message.address:
        compliance.suppress(
            channel=dispatch.channel,
            addresses=[message.address],
            cause=cause,
            note=text[:_PROVIDER_MESSAGE_MAX_CHARS],
            now=at,
            contact_ids=[message.contact_id or None],
        )


def _record_event(kind: str, message: Message, dispatch: Dispatch, text: str, at: datetime) -> None:
    if message.contact_id:
        data = {"name": dispatch.name, "text": text[:_PROVIDER_MESSAGE_MAX_CHARS]}
        events.record(kind, contact_id=message.contact_id, at=at, ref=message.pk, data=data)
