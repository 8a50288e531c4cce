"""What a command says when the database goes away under it or a disk is full, and the files it leaves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.patience import PATIENCE_SECONDS

from quen.cli import base
from quen.cli.tests.test_command_line import quen
from quen.core import postgres
from quen.core.postgres.cluster import ADMIN, Cluster
from quen.core.tests.temporary_home import temporary_home

CREATE = ("workspace", "create", "Trà Sen", "--owner-email")


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    """A home with a workspace, whose server keeps running."""
    with pytest.MonkeyPatch.context() as patch, temporary_home() as home:
        for name in ("DATABASE_URL", "QUEN_SECRET_KEY", "DJANGO_SETTINGS_MODULE"):
            patch.delenv(name, raising=False)
        with postgres.ensure_running(home):
            done = quen(*CREATE, "an@example.com", QUEN_HOME=str(home))
            assert done.returncode == 0, done.stderr
            yield home


def admin(home: Path) -> psycopg.Connection[Any]:
    return psycopg.connect(Cluster(home).url(role=ADMIN), autocommit=True)


@contextmanager
def answering_disk_full(home: Path) -> Iterator[None]:
    """Let the server answer an insert of a user as it does when its disk is full."""
    with admin(home) as session:
        session.execute(
            "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION"
            " 'could not extend file \"base/1\": No space left on device' USING ERRCODE = '53100'; END $$"
        )
        session.execute(
            "CREATE TRIGGER full_disk BEFORE INSERT ON accounts_user FOR EACH ROW EXECUTE FUNCTION full_disk()"
        )
        yield
        session.execute("DROP FUNCTION full_disk CASCADE")


class TestOutage:
    @pytest.mark.parametrize(
        ("language", "words"), [("C", "The disk is full."), ("vi_VN.UTF-8", "Ổ đĩa đã đầy.")]
    )
    def test_a_full_disk_of_the_database_is_one_sentence(self, home: Path, language: str, words: str) -> None:
        with answering_disk_full(home):
            done = quen(*CREATE, "binh@example.com", "--json", QUEN_HOME=str(home), LC_ALL=language)
        assert done.returncode == base.EXIT_UNAVAILABLE
        assert done.stderr.startswith(words)
        assert done.stderr.count("\n") == 1
        assert json.loads(done.stdout)["code"] == "disk_full"

    def test_a_database_that_goes_away_is_one_sentence(self, home: Path) -> None:
        environment = {
            **os.environ,
            "QUEN_HOME": str(home),
            "PYTHONPATH": os.pathsep.join(sys.path),
            "LC_ALL": "C",
        }
        waiting = "SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = 'quen'"
        with admin(home) as holder, holder.transaction(), admin(home) as session:
            holder.execute("LOCK TABLE accounts_workspace")
            command = subprocess.Popen(
                [sys.executable, "-m", "quen.cli", "workspace", "list", "--json"],
                env=environment,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            limit = time.monotonic() + PATIENCE_SECONDS
            while not (found := session.execute(waiting.encode()).fetchall()):
                assert command.poll() is None and time.monotonic() < limit
                time.sleep(0.05)
            session.execute("SELECT pg_terminate_backend(%s)", found[0])
            printed, said = command.communicate(timeout=PATIENCE_SECONDS)
        assert command.returncode == base.EXIT_UNAVAILABLE
        assert "Traceback" not in said
        assert "The connection to the database was lost" in said
        assert json.loads(printed)["code"] == "database_away"

    def test_a_full_disk_of_a_file_is_one_sentence(self, home: Path, tmp_path: Path) -> None:
        file = tmp_path / "all.quen"
        # Its temporary name leads to a device that is always full.
        (tmp_path / "all.quen.part").symlink_to("/dev/full")
        done = quen("backup", "-o", str(file), "--json", QUEN_HOME=str(home))
        assert done.returncode == base.EXIT_UNAVAILABLE
        assert "Traceback" not in done.stderr
        assert json.loads(done.stdout)["code"] == "disk_full"
        assert not file.exists()


class TestOwnerPassword:
    def test_among_the_arguments_is_refused(self, home: Path) -> None:
        done = quen(*CREATE, "chi@example.com", "--owner-password", "sen-hong-2026", QUEN_HOME=str(home))
        assert done.returncode == 1
        assert "QUEN_OWNER_PASSWORD" in done.stderr
        assert "chi@example.com" not in quen("workspace", "list", QUEN_HOME=str(home)).stdout

    def test_comes_from_standard_input(self, home: Path) -> None:
        environment = {**os.environ, "QUEN_HOME": str(home), "PYTHONPATH": os.pathsep.join(sys.path)}
        done = subprocess.run(
            [sys.executable, "-m", "quen.cli", *CREATE, "dung@example.com", "--password-stdin"],
            env=environment,
            input="sen-hong-2026\n",
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        with admin(home) as session:
            people = "SELECT password LIKE 'pbkdf2%' FROM accounts_user WHERE email = 'dung@example.com'"
            assert session.execute(people).fetchall() == [(True,)]


class TestHome:
    def test_files_of_an_older_version_become_private(self, home: Path) -> None:
        spooled = home / "spooled-events.jsonl"
        spooled.write_text("")
        spooled.chmod(0o644)
        assert quen("workspace", "list", QUEN_HOME=str(home)).returncode == 0
        assert spooled.stat().st_mode & 0o077 == 0
