"""``quen workspace archive | unarchive | delete``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from tests.cast import TRA_SEN

from quen.apps.accounts import queries as accounts

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def workspace_command(committed_workspace: Any, test_server: str, tmp_path: Path) -> Any:
    """Run ``quen workspace`` in another process. Returns exit code and result."""

    def run(*arguments: str) -> tuple[int, Any]:
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(sys.path),
            "LC_ALL": "C",
            "DATABASE_URL": test_server.replace("/postgres?", f"/{settings.DATABASES['default']['NAME']}?"),
            "DJANGO_SETTINGS_MODULE": "quen.config.settings",
        }
        command = [sys.executable, "-m", "quen.cli", "workspace", *arguments, "--json"]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, cwd=tmp_path
        )
        return done.returncode, json.loads(done.stdout.splitlines()[-1])

    return run


def test_archives_deletes_and_restores(workspace_command: Any) -> None:
    assert workspace_command("archive", TRA_SEN)[0] == 0
    assert accounts.get_workspace(TRA_SEN).archived_at is not None
    code, refused = workspace_command("delete", TRA_SEN, "--name", "Tra Sen")
    assert (code, refused["code"]) == (1, "wrong_workspace_name")
    code, answer = workspace_command("delete", TRA_SEN, "--name", "Trà Sen")
    assert (code, bool(answer["delete_after"])) == (0, True)
    assert workspace_command("unarchive", TRA_SEN)[0] == 0
    workspace = accounts.get_workspace(TRA_SEN)
    assert (workspace.archived_at, workspace.delete_after) == (None, None)
    assert workspace_command("archive", "khong-co")[1]["code"] == "workspace_not_found"
