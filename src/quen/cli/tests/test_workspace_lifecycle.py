"""``quen workspace archive | unarchive | delete``."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import TRA_SEN

from quen.apps.accounts import queries as accounts

pytestmark = pytest.mark.django_db(transaction=True)


def test_archives_deletes_and_restores(quen: Any) -> None:
    assert quen("workspace", "archive", TRA_SEN)[0] == 0
    assert accounts.get_workspace(TRA_SEN).archived_at is not None
    code, refused = quen("workspace", "delete", TRA_SEN, "--name", "Tra Sen")[:2]
    assert (code, refused["code"]) == (1, "wrong_workspace_name")
    code, answer = quen("workspace", "delete", TRA_SEN, "--name", "Trà Sen")[:2]
    assert (code, bool(answer["delete_after"])) == (0, True)
    assert quen("workspace", "unarchive", TRA_SEN)[0] == 0
    workspace = accounts.get_workspace(TRA_SEN)
    assert (workspace.archived_at, workspace.delete_after) == (None, None)
    assert quen("workspace", "archive", "khong-co")[1]["code"] == "workspace_not_found"
