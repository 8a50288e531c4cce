"""Events in any order, in any batches, repeated: the same result as a plain Python reading."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cast import NOW
from tests.proofs import proof, scaled

from quen.apps.delivery.models import Dispatch, DispatchLink, Message
from quen.apps.delivery.services.engagement import process_opens_and_clicks
from quen.apps.delivery.tests.engagement_factories import (
    APPLE,
    PHONE,
    SCANNER,
    SHOP,
    click_event,
    engagement_counters,
    event_kinds,
    make_active_dispatch,
    make_sent_message,
    open_event,
    recounted_engagement,
    seconds_later,
    state_counters,
)
from quen.apps.delivery.types import MessageState
from quen.apps.ingest.types import StoredEvent

pytestmark = pytest.mark.usefixtures("workspace")
CASES = scaled(300)
PlainEvent = tuple[int, float, str | None, str]
ANY_EVENT: st.SearchStrategy[PlainEvent] = st.tuples(
    st.integers(0, 2),
    st.one_of(st.integers(0, 40), st.integers(0, 100).map(lambda tenths: tenths / 10)),
    st.sampled_from([None, "a", "b", "c", "d"]),
    st.sampled_from([PHONE, PHONE, PHONE, APPLE, SCANNER]),
)


def expected_state(events: Sequence[PlainEvent]) -> dict[str, Any]:
    """Return the expected columns of one message, read plainly from its events."""
    opens: list[datetime] = []
    bot_opens: list[datetime] = []
    clicks: list[tuple[datetime, str]] = []
    for _message, seconds, path, agent in events:
        known = agent in (APPLE, SCANNER)
        if path is None:
            (bot_opens if known or seconds < 30 else opens).append(seconds_later(seconds))
            continue
        near = {
            p for _m, s, p, _a in events if p is not None and abs(round(s * 10) - round(seconds * 10)) <= 20
        }
        if not known and not (seconds < 30 and len(near) >= 3):
            clicks.append((seconds_later(seconds), SHOP + path))
    clicked_at = min((at for at, _url in clicks), default=None)
    return {
        "opened_at": min([*opens, *([clicked_at] if clicked_at else [])], default=None),
        "bot_opened_at": min(bot_opens, default=None),
        "clicked_at": clicked_at,
        "opens": max(len(opens), min(len(clicks), 1)),
        "clicks": len(clicks),
        "urls": sorted(url for _at, url in clicks),
    }


class TestAnyOrder:
    @proof("Opens and clicks in any order, batches and repetitions count the same", cases=CASES)
    @settings(max_examples=CASES, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(events=st.lists(ANY_EVENT, max_size=25), seed=st.integers(0, 10_000))
    def test_batches_order_and_repeats_make_no_difference(self, events: list[PlainEvent], seed: int) -> None:
        chance = random.Random(seed)
        dispatch = make_active_dispatch()
        before = [chance.choice([MessageState.ACCEPTED, MessageState.UNKNOWN_OUTCOME]) for _each in range(3)]
        messages = [make_sent_message(dispatch, state=state) for state in before]
        pending = [_stored(messages[each[0]], each) for each in events]
        chance.shuffle(pending)
        while pending:
            batch = pending[: chance.randint(1, len(pending))]
            del pending[: len(batch)]
            process_opens_and_clicks(batch, now=NOW)
            if chance.random() < 0.4:
                process_opens_and_clicks(chance.sample(batch, chance.randint(1, len(batch))), now=NOW)
        expected = [expected_state([each for each in events if each[0] == place]) for place in range(3)]
        for message, plain in zip(messages, expected, strict=True):
            message.refresh_from_db()
            assert {key: getattr(message, key) for key in plain if key != "urls"} == {
                key: value for key, value in plain.items() if key != "urls"
            }
        assert engagement_counters(dispatch) == recounted_engagement(dispatch)
        read = {place for place, *_rest in events}
        after = [MessageState.ACCEPTED if place in read else state for place, state in enumerate(before)]
        assert [message.state for message in messages] == after
        assert state_counters(dispatch).get("uncertain", 0) == after.count(MessageState.UNKNOWN_OUTCOME)
        assert [event_kinds(message).count("message_sent") for message in messages] == [
            int(was != now) for was, now in zip(before, after, strict=True)
        ]
        assert _links(dispatch) == _expected_links(expected)
        for message in messages:
            assert event_kinds(message).count("message_opened") <= 1
            assert message.opened_at is None or event_kinds(message).count("message_opened") == 1


def _stored(message: Message, event: PlainEvent) -> StoredEvent:
    _place, seconds, path, agent = event
    return (
        open_event(message, seconds, user_agent=agent)
        if path is None
        else click_event(message, seconds, path, user_agent=agent)
    )


def _links(dispatch: Dispatch) -> dict[str, tuple[int, int]]:
    found = DispatchLink.objects.filter(dispatch_id=dispatch.pk).exclude(clicks=0, unique_clicks=0)
    return {link.url: (link.clicks, link.unique_clicks) for link in found}


def _expected_links(expected: Sequence[dict[str, Any]]) -> dict[str, tuple[int, int]]:
    every = {url for plain in expected for url in plain["urls"]}
    return {
        url: (
            sum(plain["urls"].count(url) for plain in expected),
            sum(url in plain["urls"] for plain in expected),
        )
        for url in every
    }
