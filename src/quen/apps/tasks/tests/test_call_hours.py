"""When advertising calls may be made: worked times, and a property over any calls."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quen.apps.tasks.rules.call_hours import BETWEEN_CALLS, CallHours, collides, next_permitted
from quen.core.clock import VIETNAM

INSTANTS = st.integers(0, 31 * 24 * 60 * 60 - 1).map(
    lambda seconds: datetime(2026, 1, 1, tzinfo=VIETNAM) + timedelta(seconds=seconds)
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM)


class TestHours:
    @pytest.mark.parametrize(
        ("asked", "permitted"),
        [
            ("2026-10-14T08:00", "2026-10-14T08:00"),
            ("2026-10-14T16:59", "2026-10-14T16:59"),
            ("2026-10-14T07:59", "2026-10-14T08:00"),
            ("2026-10-14T17:00", "2026-10-15T08:00"),
            ("2026-10-14T00:00", "2026-10-14T08:00"),
            ("2026-10-31T23:59", "2026-11-01T08:00"),
        ],
    )
    def test_calls_are_made_from_eight_to_five(self, asked: str, permitted: str) -> None:
        assert CallHours().next_from(at(asked)) == at(permitted)
        assert CallHours().include(at(asked)) == (asked == permitted)

    def test_the_hours_are_those_of_vietnam_wherever_the_shop_is(self) -> None:
        assert CallHours().include(datetime.fromisoformat("2026-10-14T01:30+00:00"))
        assert not CallHours().include(datetime.fromisoformat("2026-10-14T10:30+00:00"))

    @pytest.mark.parametrize(
        ("since", "until"),
        [(time(7, 59), time(17)), (time(8), time(17, 1)), (time(12), time(12)), (time(15), time(9))],
    )
    def test_a_shop_may_narrow_the_hours_and_not_widen_them(self, since: time, until: time) -> None:
        assert not CallHours(since, until).is_legal
        assert CallHours(time(9), time(11, 30)).is_legal

    def test_one_call_in_24_hours_before_and_after(self) -> None:
        call = at("2026-10-14T10:00")
        assert collides(at("2026-10-15T09:59"), [call]) == call
        assert collides(at("2026-10-13T10:01"), [call]) == call
        assert collides(at("2026-10-15T10:00"), [call]) is None

    def test_the_next_time_is_24_hours_after_a_call_and_within_the_hours(self) -> None:
        assert next_permitted(
            at("2026-10-14T12:00"), hours=CallHours(), calls=[at("2026-10-14T10:00")]
        ) == at("2026-10-15T10:00")
        # A narrower shop: 24 hours later it is closed.
        assert next_permitted(
            at("2026-10-14T12:00"), hours=CallHours(time(8), time(11)), calls=[at("2026-10-14T11:30")]
        ) == at("2026-10-16T08:00")

    @given(asked=INSTANTS, calls=st.lists(INSTANTS, max_size=8))
    def test_the_next_time_is_always_permitted_and_never_earlier(
        self, asked: datetime, calls: list[datetime]
    ) -> None:
        found = next_permitted(asked, hours=CallHours(), calls=calls)
        assert found >= asked
        assert CallHours().include(found)
        assert all(abs(found - call) >= BETWEEN_CALLS for call in calls)
        # Nothing earlier would do: every half hour before it is closed or too near a call.
        earlier = asked
        while earlier < found:
            assert not CallHours().include(earlier) or collides(earlier, calls) is not None
            earlier += timedelta(minutes=30)
