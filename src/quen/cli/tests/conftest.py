"""Running commands: in this process, which takes a hundredth of the time that starting Python and Django takes."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation

from quen.cli.__main__ import main

#: exit code, the JSON value that was printed, everything that was printed on stdout and stderr
Ran = tuple[int, Any, str]


@pytest.fixture
def quen(
    committed_workspace: Any,
    test_server: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Callable[..., Ran]:
    """Run ``quen ARGUMENTS --json`` on Trà Sen's committed rows, in English, in a folder of the test."""
    database = settings.DATABASES["default"]["NAME"]
    monkeypatch.setenv("DATABASE_URL", test_server.replace("/postgres?", f"/{database}?"))
    monkeypatch.setenv("LC_ALL", "C")
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str, stdin: str = "", **variables: str) -> Ran:
        capsys.readouterr()
        with monkeypatch.context() as during, translation.override(None):
            for name, value in variables.items():
                during.setenv(name, value)
            # A program that starts the command gives it no terminal to ask at.
            during.setattr("sys.stdin", io.StringIO(stdin))
            try:
                code = main([*arguments, "--json"])
            except SystemExit as end:
                code = int(end.code or 0)
        out, err = capsys.readouterr()
        return code, json.loads(out.splitlines()[-1]) if out.strip() else None, out + err

    return run
