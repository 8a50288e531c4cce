"""A dump brings back what was there, into an empty database only."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from quen.cli.tests.test_command_line import quen
from quen.core import postgres
from quen.core.tests.homes import temporary_home


class TestDumpAndRestore:
    def test_what_was_dumped_comes_back_elsewhere(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("DATABASE_URL", raising=False)
        file = tmp_path / "quen.dump"
        with temporary_home() as old, temporary_home() as new:
            with postgres.ensure_running(old) as url, psycopg.connect(url, autocommit=True) as connection:
                connection.execute("CREATE EXTENSION pg_trgm")
                connection.execute("CREATE SCHEMA ws_7")
                connection.execute("CREATE TABLE ws_7.kept AS SELECT 'Đạt' AS name")
            assert quen("dump", str(file), "--home", str(old)).returncode == 0
            assert file.stat().st_mode & 0o077 == 0
            assert quen("restore", str(file), "--home", str(new)).returncode == 0
            with postgres.ensure_running(new) as url, psycopg.connect(url) as connection:
                row = connection.execute("SELECT name FROM ws_7.kept").fetchone()
            assert row == ("Đạt",)
            again = quen("restore", str(file), "--home", str(new))
            assert again.returncode == 1
            assert "holds data already" in again.stderr

    def test_an_existing_file_is_never_overwritten(self, tmp_path: Path) -> None:
        file = tmp_path / "quen.dump"
        file.write_text("precious")
        refused = quen("dump", str(file))
        assert refused.returncode == 1
        assert file.read_text() == "precious"
