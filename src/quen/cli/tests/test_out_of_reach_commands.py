"""What commands say and do while a workspace's node is down."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.away import put_out_of_reach
from tests.cast import GOM_VIET, TRA_SEN

from quen.apps.accounts import queries
from quen.cli import base
from quen.cli.tests.conftest import Ran

Quen = Callable[..., Ran]


@pytest.fixture
def lost(quen: Quen) -> str:
    """Trà Sen's schema, out of reach."""
    schema = queries.get_workspace(TRA_SEN).schema_name
    put_out_of_reach(schema)
    return schema


class TestCommandsMeanwhile:
    def test_work_in_the_other_workspaces_and_name_what_is_missing(self, quen: Quen, lost: str) -> None:
        code, answer, printed = quen("segment", "list", "-w", GOM_VIET)
        assert code == 0
        assert isinstance(answer, list)
        assert f"Out of reach: {lost}: connection to the remote node" in printed

    def test_end_with_a_sentence_in_the_one_that_is(self, quen: Quen, lost: str) -> None:
        code, answer, printed = quen("segment", "list", "-w", TRA_SEN)
        assert (code, answer["code"]) == (base.EXIT_UNAVAILABLE, "node_away")
        assert answer["text"].startswith(
            "A server of the cluster can't be reached (connection to the remote node"
        )
        assert "Traceback" not in printed

    def test_doctor_says_which(self, quen: Quen, lost: str) -> None:
        code, checks, _printed = quen("doctor", "--port", "0")
        by_name = {check["name"]: check for check in checks}
        assert code == 1
        assert by_name["migrations"]["state"] == "ok"
        assert by_name["workspaces"]["state"] == "fail"
        assert by_name["workspaces"]["text"].startswith(f"out of reach: {lost}: ")
