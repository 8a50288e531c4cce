"""A webhook endpoint of the demo shop with the messages of two days. It is paused: nothing is ever sent."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from quen.apps.api import queries as api
from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.types import Status
from quen.apps.events import services as events
from quen.apps.webhooks import queries
from quen.apps.webhooks import services as webhooks
from quen.apps.webhooks.types import Answer, WebhookMessageState
from quen.core import schemas

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.team.models import Member
    from quen.apps.webhooks.models import WebhookMessage

#: a name that never exists on the internet
_URL = "https://may-tinh-tien.trasen.example/quen/thong-bao"
_DESCRIPTION = "Máy tính tiền tại quầy (ví dụ, không gửi đi đâu)"
_KINDS = (
    "contact.created",
    "contact.deleted",
    "tag.added",
    "tag.removed",
    "consent.changed",
)
#: each a message about a customer who gets it
_TAGS = ("quà tặng", "VIP", "hội chợ", "quà tặng", "thân thiết", "hội chợ", "sỉ", "quà tặng")


@dataclass(frozen=True, slots=True)
class _Reply:
    """What the other system answers to one attempt."""

    status: int | None
    took_ms: int
    error: str = ""
    text: str = ""


_TAKEN = _Reply(200, 84, text='{"ok":true}')
_BUSY = _Reply(503, 312, text="Máy chủ đang bảo trì")
_SILENT = _Reply(None, 15_000, error="timeout")
#: of messages that were not taken at the first attempt, by the number of the message
_REPLIES = {2: (_BUSY, _TAKEN), 5: (_SILENT, _BUSY, _TAKEN), len(_TAGS) - 1: (_BUSY,)}
_EVERY = timedelta(hours=6)


def add_endpoint(workspace: Workspace, *, member: Member, now: datetime) -> None:
    """Create the endpoint, tag some customers, and record how its messages went; the last one waits."""
    with schemas.use(workspace.schema_name):
        began = now - (len(_TAGS) + 1) * _EVERY
        key = api.keys().order_by("name").last()
        endpoint = webhooks.create_endpoint(
            url=_URL,
            description=_DESCRIPTION,
            kinds=_KINDS,
            own_key_id=key.pk if key else None,
            actor=member.actor,
            now=began,
        ).endpoint
        people = contacts.contacts().filter(status=Status.SUBSCRIBED).order_by("-last_activity_at", "-pk")
        for number, (tag, person) in enumerate(zip(_TAGS, people[: len(_TAGS)], strict=False)):
            at = began + (number + 1) * _EVERY
            contacts_services.add_tags(contact=person, names=[tag], actor=member.actor, now=at)
            events.drain(webhooks.CONSUMER, now=at)
            for message in queries.messages_of(endpoint, state=WebhookMessageState.WAITING.value):
                _deliver(message, _REPLIES.get(number, (_TAKEN,)), at)
        webhooks.pause_endpoint(endpoint=endpoint, actor=member.actor, now=now)


def _deliver(message: WebhookMessage, replies: tuple[_Reply, ...], at: datetime) -> None:
    ready = webhooks.ReadyMessage(
        id=message.pk,
        endpoint_id=message.endpoint_id,
        kind=message.kind,
        contact_id=message.contact_id,
        at=message.at,
        created_at=message.created_at,
        attempts=message.attempts,
        body=message.body,
    )
    webhooks.write_bodies([ready], now=at)
    for number, reply in enumerate(replies):
        tried_at = at + number * timedelta(minutes=5)
        _store(
            Answer(
                message_id=message.pk,
                at=tried_at,
                duration_ms=reply.took_ms,
                status=reply.status,
                error=reply.error,
                text=reply.text,
            )
        )


def _store(answer: Answer) -> None:
    webhooks.store_answers([answer], clock=lambda: answer.at)
