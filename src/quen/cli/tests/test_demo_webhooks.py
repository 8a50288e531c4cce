"""The webhook endpoint of the demo shop."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.contacts.tests.factories import make_contact
from quen.apps.contacts.types import Status
from quen.apps.webhooks import queries
from quen.apps.webhooks import services as webhooks
from quen.cli.demo.webhooks import add_endpoint


class TestEndpoint:
    @pytest.fixture(autouse=True)
    def shop(self, workspace: Any, an: Any) -> None:
        for number in range(8):
            make_contact(full_name=f"Khách {number}", status=Status.SUBSCRIBED)
        add_endpoint(workspace, member=an, now=NOW)

    def test_its_messages_arrived_at_once_later_or_not_yet(self) -> None:
        (endpoint,) = queries.endpoints()
        newest_first = list(queries.messages_of(endpoint))
        assert [each.state for each in newest_first] == ["waiting", *["delivered"] * 7]
        assert sorted(each.attempts for each in newest_first) == [1, 1, 1, 1, 1, 1, 2, 3]
        assert all('"type":"tag.added"' in each.body for each in newest_first)

    def test_nothing_is_ever_sent(self) -> None:
        (endpoint,) = queries.endpoints()
        assert endpoint.paused_at == NOW
        assert endpoint.place.endswith(".example")
        assert webhooks.seconds_until_due(clock=lambda: NOW) is None
