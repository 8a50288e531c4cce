"""Opens, clicks, bounces and unsubscribes of the demo shop's emails, drawn from a seeded generator."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from quen.apps.ingest.types import StoredEvent
from quen.cli.demo.mails import DemoMail

if TYPE_CHECKING:
    from quen.apps.delivery.models import Message

_AGENTS = (
    "Mozilla/5.0 (Linux; Android 14; SM-A556E) AppleWebKit/537.36 Chrome/129.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/129.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
)
#: the prefetching of Apple Mail: an automatic open
_PREFETCH = "Mozilla/5.0"
_BOUNCES, _PREFETCHES, _REOPENS, _UNSUBSCRIBES = 0.014, 0.05, 0.18, 0.05
#: events of a message get ids below zero, which raw events never have
_IDS_PER_MESSAGE = 16


@dataclass(slots=True)
class DrawnEngagement:
    """What happened to the emails of one campaign."""

    events: list[StoredEvent] = field(default_factory=list)
    #: message and the time of the bounce
    bounces: list[tuple[Message, datetime]] = field(default_factory=list)
    #: message and the time its contact unsubscribed
    unsubscribes: list[tuple[Message, datetime]] = field(default_factory=list)


def draw_engagement(
    messages: Sequence[Message], mail: DemoMail, *, seed: int, now: datetime
) -> DrawnEngagement:
    """Return what happened to the emails up to now. The n-th email of a seed always has the same result."""
    rng = random.Random(f"{seed}:{mail.name}")
    drawn = DrawnEngagement()
    for message in messages:
        sent_at = message.sent_at
        if sent_at is None:
            continue
        dice = rng.random()
        if dice < _BOUNCES:
            drawn.bounces.append((message, sent_at + timedelta(seconds=rng.randrange(4, 90))))
        elif dice < _BOUNCES + _PREFETCHES:
            drawn.events += _stored_events(
                message, [(sent_at + timedelta(seconds=rng.randrange(2, 25)), "")], _PREFETCH
            )
        elif rng.random() < mail.opens:
            _draw_opens_and_clicks(message, sent_at, mail, rng, now, drawn)
    return drawn


def _draw_opens_and_clicks(
    message: Message,
    sent_at: datetime,
    mail: DemoMail,
    rng: random.Random,
    now: datetime,
    drawn: DrawnEngagement,
) -> None:
    """Draw an open, mostly within hours, sometimes days later, and perhaps a click, another open or an unsubscribe."""
    opened = sent_at + timedelta(minutes=2 + rng.lognormvariate(5.0, 1.6))
    if opened >= now:
        return
    occurrences = [(opened, "")]
    if rng.random() < mail.clicks:
        (url,) = rng.choices(list(mail.links), weights=list(mail.links.values()))
        occurrences.append((opened + timedelta(seconds=rng.randrange(8, 240)), url))
    elif rng.random() < _UNSUBSCRIBES:
        drawn.unsubscribes.append((message, opened + timedelta(seconds=rng.randrange(10, 120))))
    if rng.random() < _REOPENS:
        occurrences.append((opened + timedelta(hours=rng.uniform(1, 60)), ""))
    drawn.events += _stored_events(
        message, [each for each in occurrences if each[0] < now], rng.choice(_AGENTS)
    )


def _stored_events(
    message: Message, occurrences: Sequence[tuple[datetime, str]], agent: str
) -> list[StoredEvent]:
    first = message.pk * _IDS_PER_MESSAGE
    return [
        StoredEvent(
            id=-(first + place),
            at=at,
            body={"message": message.pk, "user_agent": agent} | ({"url": url} if url else {}),
        )
        for place, (at, url) in enumerate(occurrences)
    ]
