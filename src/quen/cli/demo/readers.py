"""What the readers of the demo shop's mails do: a seeded dice, for people the services wrote to."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from quen.apps.delivery.models import Message
from quen.apps.ingest.types import Kept
from quen.cli.demo.letters import Letter

_AGENTS = (
    "Mozilla/5.0 (Linux; Android 14; SM-A556E) AppleWebKit/537.36 Chrome/129.0 Mobile Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/129.0 Safari/537.36",
    "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
)
#: the prefetching of Apple Mail: an open no person made
_PREFETCH = "Mozilla/5.0"
_BOUNCES, _PREFETCHES, _COMES_AGAIN, _LEAVES = 0.014, 0.05, 0.18, 0.05
#: hits of one message get numbers of their own below zero, where no raw hit lies
_HITS_OF_A_MESSAGE = 16


@dataclass(slots=True)
class Deeds:
    """What became of the mails of one campaign."""

    hits: list[Kept] = field(default_factory=list)
    #: message and when the provider said that there is no such address
    bounces: list[tuple[Message, datetime]] = field(default_factory=list)
    #: message and when its reader unsubscribed
    leaves: list[tuple[Message, datetime]] = field(default_factory=list)


def draw_deeds(messages: Sequence[Message], letter: Letter, *, seed: int, now: datetime) -> Deeds:
    """Draw what happened to mails up to now. The n-th mail of a seed always meets the same fate."""
    rng = random.Random(f"{seed}:{letter.name}")
    found = Deeds()
    for message in messages:
        handed = message.handed_at
        if handed is None:
            continue
        dice = rng.random()
        if dice < _BOUNCES:
            found.bounces.append((message, handed + timedelta(seconds=rng.randrange(4, 90))))
        elif dice < _BOUNCES + _PREFETCHES:
            found.hits += _numbered(
                message, [(handed + timedelta(seconds=rng.randrange(2, 25)), "")], _PREFETCH
            )
        elif rng.random() < letter.opens:
            _read(message, handed, letter, rng, now, found)
    return found


def _read(
    message: Message, handed: datetime, letter: Letter, rng: random.Random, now: datetime, found: Deeds
) -> None:
    """Somebody opens: most within hours, some days later; of those, some follow a link, come again, or leave."""
    opened = handed + timedelta(minutes=2 + rng.lognormvariate(5.0, 1.6))
    if opened >= now:
        return
    told = [(opened, "")]
    if rng.random() < letter.clicks:
        (url,) = rng.choices(list(letter.links), weights=list(letter.links.values()))
        told.append((opened + timedelta(seconds=rng.randrange(8, 240)), url))
    elif rng.random() < _LEAVES:
        found.leaves.append((message, opened + timedelta(seconds=rng.randrange(10, 120))))
    if rng.random() < _COMES_AGAIN:
        told.append((opened + timedelta(hours=rng.uniform(1, 60)), ""))
    found.hits += _numbered(message, [each for each in told if each[0] < now], rng.choice(_AGENTS))


def _numbered(message: Message, told: Sequence[tuple[datetime, str]], agent: str) -> list[Kept]:
    first = message.pk * _HITS_OF_A_MESSAGE
    return [
        Kept(
            id=-(first + place),
            at=at,
            body={"message": message.pk, "agent": agent} | ({"url": url} if url else {}),
        )
        for place, (at, url) in enumerate(told)
    ]
