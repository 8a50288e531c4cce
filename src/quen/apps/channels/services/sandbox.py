"""The sandbox: nothing leaves, everything can be looked at and played with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.db import connection, transaction

from quen.apps.channels.models import SandboxMessage
from quen.apps.channels.rules.reading import headers_of, texts_of
from quen.apps.channels.services.telling import tell_receipt
from quen.apps.channels.types import NothingToPlay, Outcome, Outgoing, PlayedAlready, ReceiptKind, Result
from quen.apps.team import services as team
from quen.core import live

if TYPE_CHECKING:
    from quen.apps.team.models import Member

KEEP = timedelta(days=30)
TOPIC = "sandbox"
_INSERT = """
INSERT INTO channels_sandboxmessage
       (message_id, kind, recipient, sender, subject, html, text, headers, at, played)
SELECT NULLIF(message_id, 0), %(kind)s, recipient, sender, subject, html, body, headers::jsonb, %(now)s, '{}'
  FROM unnest(%(keys)s::bigint[], %(recipients)s::text[], %(senders)s::text[], %(subjects)s::text[],
              %(htmls)s::text[], %(texts)s::text[], %(headers)s::text[])
       AS given(message_id, recipient, sender, subject, html, body, headers)
    ON CONFLICT (message_id) DO NOTHING
"""


def keep_in_sandbox(window: Sequence[Outgoing], *, kind: str, now: datetime) -> list[Result]:
    """Keep a window of messages where people can look at them, by one statement."""
    if window:
        heads = [headers_of(message.body) for message in window]
        bodies = [texts_of(message) for message in window]
        senders = [message.parts.get("from") or message.sender for message in window]
        with connection.cursor() as cursor:
            cursor.execute(
                _INSERT,
                {
                    "kind": kind,
                    "now": now,
                    "keys": [message.key for message in window],
                    "recipients": [message.recipient for message in window],
                    "senders": [_storable(sender)[:330] for sender in senders],
                    "subjects": [_storable(subject) for subject, _html, _text in bodies],
                    "htmls": [_storable(html) for _subject, html, _text in bodies],
                    "texts": [_storable(text) for _subject, _html, text in bodies],
                    "headers": [_storable(json.dumps(head)) for head in heads],
                },
            )
        live.announce(TOPIC)
    return [
        Result(key=message.key, outcome=Outcome.ACCEPTED, code="250", text="sandbox") for message in window
    ]


def _storable(text: str) -> str:
    return text.replace("\x00", "").replace("\\u0000", "")


@transaction.atomic
def play(*, message: SandboxMessage, kind: ReceiptKind, now: datetime) -> None:
    """Tell about a message what a provider would tell. Raises NothingToPlay, PlayedAlready."""
    row = SandboxMessage.objects.select_for_update().get(pk=message.pk)
    if row.message_id is None:
        raise NothingToPlay()
    if kind.value in row.played:
        raise PlayedAlready()
    note_played(message=row, what=kind.value, now=now)
    tell_receipt(message_id=row.message_id, kind=kind, text=_words(kind), at=now)


def note_played(*, message: SandboxMessage, what: str, now: datetime) -> None:
    """Remember what was played with a message."""
    message.played = {**message.played, what: now.isoformat()}
    message.save(update_fields=["played"])
    live.announce(TOPIC)


def _words(kind: ReceiptKind) -> str:
    return {
        ReceiptKind.BOUNCED_HARD: "550 5.1.1 No such user (played in the sandbox)",
        ReceiptKind.BOUNCED_SOFT: "452 4.2.2 Mailbox full (played in the sandbox)",
        ReceiptKind.COMPLAINED: "Feedback loop: abuse (played in the sandbox)",
        ReceiptKind.DELIVERED: "250 2.0.0 Delivered (played in the sandbox)",
    }[kind]


@transaction.atomic
def empty_sandbox(*, actor: Member, now: datetime) -> int:
    """Delete everything in the sandbox and give how much it was."""
    gone = SandboxMessage.objects.all().delete()[0]
    team.log_action(actor, "channels.sandbox_emptied", now=now, data={"messages": gone})
    live.announce(TOPIC)
    return gone


def forget_sandbox(*, now: datetime) -> int:
    """Delete what is older than 30 days; gives how much it was."""
    return SandboxMessage.objects.filter(at__lt=now - KEEP).delete()[0]
