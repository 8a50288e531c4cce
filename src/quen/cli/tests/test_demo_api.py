"""Keys of the demo shop."""

from __future__ import annotations

from typing import Any

from tests.cast import NOW

from quen.apps.api import queries
from quen.cli.demo.api import add_api_keys


class TestKeys:
    def test_there_are_two_with_calls_that_end_differently(self, workspace: Any, an: Any) -> None:
        add_api_keys(workspace, member=an, now=NOW)
        names = [key.name for key in list(queries.keys())]
        assert sorted(names) == ["Phần mềm kế toán", "Website bán hàng"]
        statuses = set(queries.calls().values_list("status", flat=True))
        assert statuses == {200, 403, 422}
        assert all(key.last_used_at and key.last_used_at <= NOW for key in list(queries.keys()))
