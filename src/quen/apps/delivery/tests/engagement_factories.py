"""Sent messages, and raw events about them."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from typing import Any

from tests.cast import NOW

from quen.apps.delivery import queries
from quen.apps.delivery.models import Dispatch, DispatchCounter, Message
from quen.apps.delivery.services.counters import add_counters, counters_for
from quen.apps.delivery.types import DispatchState, MessageState
from quen.apps.events import registry as kinds
from quen.apps.events.models import Event
from quen.apps.ingest.types import StoredEvent

SENT_AT = NOW
PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
GMAIL = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
APPLE = "Mozilla/5.0"
SCANNER = "Mozilla/5.0 (compatible; Barracuda Sentinel (EE))"
SHOP = "https://trasen.example/"
ENGAGEMENT_COUNTERS = ("opened", "opened_by_bot", "clicked", "unsubscribed", "complained")
_numbers = count(1)


def make_active_dispatch(**changes: Any) -> Dispatch:
    """A dispatch that is being sent."""
    columns: dict[str, Any] = {
        "source": "campaign",
        "source_id": next(_numbers),
        "scheduled_for": NOW,
        "channel": "email",
        "message_class": "marketing",
        "name": "Trà mùa thu",
        "connection_id": 1,
        "content_id": 1,
        "sender_name": "Trà Sen",
        "sender_address": "chao@trasen.example",
        "state": DispatchState.SENDING,
        "created_at": NOW,
    }
    return Dispatch.objects.create(**columns | changes)


def make_sent_message(dispatch: Dispatch, **changes: Any) -> Message:
    """A message accepted at SENT_AT, included in the counters."""
    number = next(_numbers)
    columns: dict[str, Any] = {
        "dispatch_id": dispatch.pk,
        "contact_id": 10_000 + number,
        "scheduled_for": dispatch.scheduled_for,
        "address": f"khach{number}@example.vn",
        "state": MessageState.ACCEPTED,
        "sent_at": SENT_AT,
    }
    message = Message.objects.create(**columns | changes)
    add_counters({dispatch.pk: dict.fromkeys(counters_for(message.state, message.reason), 1)})
    return message


def seconds_later(seconds: float) -> datetime:
    """The instant so many seconds after sending."""
    return SENT_AT + timedelta(seconds=seconds)


def open_event(
    message: Message, seconds: float, *, user_agent: str = PHONE, number: int | None = None
) -> StoredEvent:
    """A program loaded the open pixel."""
    return StoredEvent(
        number or next(_numbers), seconds_later(seconds), {"message": message.pk, "user_agent": user_agent}
    )


def click_event(
    message: Message, seconds: float, path: str = "", *, user_agent: str = PHONE, number: int | None = None
) -> StoredEvent:
    """A person or a bot followed a link."""
    body = {"message": message.pk, "user_agent": user_agent, "url": SHOP + path}
    return StoredEvent(number or next(_numbers), seconds_later(seconds), body)


def engagement_counters(dispatch: Dispatch) -> dict[str, int]:
    """The engagement counters of a dispatch that are not zero."""
    return {name: value for name, value in _counters(dispatch).items() if name in ENGAGEMENT_COUNTERS}


def state_counters(dispatch: Dispatch) -> dict[str, int]:
    """The state counters of a dispatch, after comparing them with the messages."""
    states = {name: value for name, value in _counters(dispatch).items() if name not in ENGAGEMENT_COUNTERS}
    assert states == {
        key: value for key in states if (value := queries.messages_counted(dispatch.pk, key).count())
    }
    assert sum(states.values()) == Message.objects.filter(dispatch_id=dispatch.pk).count()
    return states


def _counters(dispatch: Dispatch) -> dict[str, int]:
    return dict(
        DispatchCounter.objects.filter(dispatch_id=dispatch.pk).exclude(value=0).values_list("name", "value")
    )


def recounted_engagement(dispatch: Dispatch) -> dict[str, int]:
    """The engagement counters, recounted from the messages."""
    counted = {key: queries.messages_counted(dispatch.pk, key).count() for key in ENGAGEMENT_COUNTERS}
    return {key: value for key, value in counted.items() if value}


def event_kinds(message: Message) -> list[str]:
    """The kinds of events about a message, in order."""
    codes = Event.objects.filter(ref=message.pk).order_by("at", "id").values_list("kind", flat=True)
    return [kind.key for code in codes if (kind := kinds.by_code(code)) is not None]
