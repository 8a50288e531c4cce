"""What providers tell later about a message: delivered, bounced, complained about."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from quen.apps.channels.types import ReceiptKind
from quen.apps.compliance import services as compliance
from quen.apps.compliance.types import SuppressionCause
from quen.apps.delivery.models import Hit, Launch, Message
from quen.apps.delivery.services.news import show
from quen.apps.delivery.services.tallies import move_tally, moved
from quen.apps.delivery.types import HitKind, MessageState, Source
from quen.apps.events import services as events
from quen.core.errors import DomainError

#: a message in one of these has left us, or perhaps has: a receipt settles it
_GONE = (MessageState.ACCEPTED, MessageState.DELIVERED, MessageState.UNCERTAIN)
_TOLD_MAX_CHARS = 300
#: the way of a refusal that came as a complaint
COMPLAINT = "complaint"


@transaction.atomic
def take_receipt(*, message_id: int, kind: ReceiptKind, text: str, at: datetime) -> None:
    """Note a receipt on its message; the same one again changes nothing, one for a message that is gone neither.

    A hard bounce or a complaint puts the address on the suppression list, a complaint withdraws the consent too.
    Locks the message, then the person.
    """
    message = Message.objects.select_for_update().filter(pk=message_id).first()
    if message is None:
        return
    launch = Launch.objects.get(pk=message.launch_id)
    if kind is ReceiptKind.DELIVERED:
        _delivered(message, launch, at)
    elif kind is ReceiptKind.BOUNCED_HARD:
        _bounced(message, launch, text, at)
    elif kind is ReceiptKind.COMPLAINED:
        _complained(message, launch, text, at)
    else:
        message.told = text[:_TOLD_MAX_CHARS]
        message.save(update_fields=["told"])
    show(launch)


def _delivered(message: Message, launch: Launch, at: datetime) -> None:
    if message.delivered_at is not None:
        return
    message.delivered_at = at
    figures = {"delivered": 1}
    # After a bounce it stays bounced: the provider took the mail, the mailbox did not.
    state = MessageState.DELIVERED if message.state in _GONE else message.state
    _move(message, launch, state, figures, at)
    message.save(update_fields=["state", "delivered_at"])


def _bounced(message: Message, launch: Launch, text: str, at: datetime) -> None:
    if message.bounced_at is not None:
        return
    message.bounced_at, message.told = at, text[:_TOLD_MAX_CHARS]
    _move(message, launch, MessageState.BOUNCED if message.state in _GONE else message.state, {}, at)
    message.save(update_fields=["state", "bounced_at", "told"])
    _suppress(message, launch, SuppressionCause.BOUNCE, text, at)
    _record("message_bounced", message, launch, text, at)


def _complained(message: Message, launch: Launch, text: str, at: datetime) -> None:
    if message.complained_at is not None:
        return
    message.complained_at = at
    _move(
        message,
        launch,
        MessageState.ACCEPTED if message.state == MessageState.UNCERTAIN else message.state,
        {"complained": 1},
        at,
    )
    message.save(update_fields=["state", "complained_at"])
    Hit.objects.create(message_id=message.pk, kind=HitKind.COMPLAINED, at=at)
    _suppress(message, launch, SuppressionCause.COMPLAINT, text, at)
    _record("message_complained", message, launch, text, at)
    if message.contact_id:
        try:
            with transaction.atomic():
                compliance.refuse(
                    contact_id=message.contact_id,
                    channel=launch.kind,
                    way=COMPLAINT,
                    everything=False,
                    message_id=message.pk,
                    now=at,
                )
        except DomainError:
            # The person is gone meanwhile; the address stays suppressed.
            pass


def _move(message: Message, launch: Launch, state: int, figures: dict[str, int], at: datetime) -> None:
    if message.state == MessageState.UNCERTAIN and launch.source != Source.TEST and message.contact_id:
        # It left us after all.
        events.record(
            "message_sent", contact_id=message.contact_id, at=at, ref=message.pk, data={"name": launch.name}
        )
    changes = moved([((message.state, message.reason), (state, message.reason))])
    changes.update(figures)
    move_tally({message.launch_id: changes})
    message.state = state


def _suppress(message: Message, launch: Launch, cause: SuppressionCause, text: str, at: datetime) -> None:
    if message.address:
        compliance.suppress(
            channel=launch.kind,
            addresses=[message.address],
            cause=cause,
            note=text[:_TOLD_MAX_CHARS],
            now=at,
            contact_ids=[message.contact_id or None],
        )


def _record(kind: str, message: Message, launch: Launch, text: str, at: datetime) -> None:
    if message.contact_id:
        data = {"name": launch.name, "text": text[:_TOLD_MAX_CHARS]}
        events.record(kind, contact_id=message.contact_id, at=at, ref=message.pk, data=data)
