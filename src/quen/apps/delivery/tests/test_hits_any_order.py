"""Hits in any order, in any batches, repeated: the same as a person with a pencil makes of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cast import NOW

from quen.apps.delivery.models import Launch, Link, Message
from quen.apps.delivery.services.hits import understand_hits
from quen.apps.delivery.tests.readers import (
    APPLE,
    PHONE,
    SCANNER,
    SHOP,
    clicked,
    counted,
    later,
    make_launch,
    make_message,
    opened,
    standing,
    tallied,
    told,
)
from quen.apps.delivery.types import MessageState
from quen.apps.ingest.types import Kept

pytestmark = pytest.mark.usefixtures("workspace")
Told = tuple[int, float, str | None, str]
ANY_HIT: st.SearchStrategy[Told] = st.tuples(
    st.integers(0, 2),
    st.one_of(st.integers(0, 40), st.integers(0, 100).map(lambda tenths: tenths / 10)),
    st.sampled_from([None, "a", "b", "c", "d"]),
    st.sampled_from([PHONE, PHONE, PHONE, APPLE, SCANNER]),
)


def read_plainly(hits: Sequence[Told]) -> dict[str, Any]:
    """What a person with a pencil makes of the hits of one message."""
    opens: list[datetime] = []
    machines: list[datetime] = []
    clicks: list[tuple[datetime, str]] = []
    for _message, seconds, path, agent in hits:
        known = agent in (APPLE, SCANNER)
        if path is None:
            (machines if known or seconds < 30 else opens).append(later(seconds))
            continue
        near = {
            p for _m, s, p, _a in hits if p is not None and abs(round(s * 10) - round(seconds * 10)) <= 20
        }
        if not known and not (seconds < 30 and len(near) >= 3):
            clicks.append((later(seconds), SHOP + path))
    clicked_at = min((at for at, _url in clicks), default=None)
    return {
        "opened_at": min([*opens, *([clicked_at] if clicked_at else [])], default=None),
        "machine_opened_at": min(machines, default=None),
        "clicked_at": clicked_at,
        "opens": max(len(opens), min(len(clicks), 1)),
        "clicks": len(clicks),
        "urls": sorted(url for _at, url in clicks),
    }


class TestAnyOrder:
    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(hits=st.lists(ANY_HIT, max_size=25), seed=st.integers(0, 10_000))
    def test_batches_order_and_repeats_make_no_difference(self, hits: list[Told], seed: int) -> None:
        chance = random.Random(seed)
        launch = make_launch()
        before = [chance.choice([MessageState.ACCEPTED, MessageState.UNCERTAIN]) for _each in range(3)]
        messages = [make_message(launch, state=state) for state in before]
        waiting = [_kept(messages[each[0]], each) for each in hits]
        chance.shuffle(waiting)
        while waiting:
            batch = waiting[: chance.randint(1, len(waiting))]
            del waiting[: len(batch)]
            understand_hits(batch, now=NOW)
            if chance.random() < 0.4:
                understand_hits(chance.sample(batch, chance.randint(1, len(batch))), now=NOW)
        expected = [read_plainly([each for each in hits if each[0] == place]) for place in range(3)]
        for message, plain in zip(messages, expected, strict=True):
            message.refresh_from_db()
            assert {key: getattr(message, key) for key in plain if key != "urls"} == {
                key: value for key, value in plain.items() if key != "urls"
            }
        assert tallied(launch) == counted(launch)
        read = {place for place, *_rest in hits}
        after = [MessageState.ACCEPTED if place in read else state for place, state in enumerate(before)]
        assert [message.state for message in messages] == after
        assert standing(launch).get("uncertain", 0) == after.count(MessageState.UNCERTAIN)
        assert [told(message).count("message_sent") for message in messages] == [
            int(was != now) for was, now in zip(before, after, strict=True)
        ]
        assert _links(launch) == _expected_links(expected)
        for message in messages:
            assert told(message).count("message_opened") <= 1
            assert message.opened_at is None or told(message).count("message_opened") == 1


def _kept(message: Message, hit: Told) -> Kept:
    _place, seconds, path, agent = hit
    return (
        opened(message, seconds, agent=agent)
        if path is None
        else clicked(message, seconds, path, agent=agent)
    )


def _links(launch: Launch) -> dict[str, tuple[int, int]]:
    found = Link.objects.filter(launch_id=launch.pk).exclude(clicks=0, people=0)
    return {link.url: (link.clicks, link.people) for link in found}


def _expected_links(expected: Sequence[dict[str, Any]]) -> dict[str, tuple[int, int]]:
    every = {url for plain in expected for url in plain["urls"]}
    return {
        url: (
            sum(plain["urls"].count(url) for plain in expected),
            sum(url in plain["urls"] for plain in expected),
        )
        for url in every
    }
