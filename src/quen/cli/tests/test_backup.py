"""Backup and restore: everything into an empty home, one workspace alongside the others."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from quen.cli.backups.workspace import rename_schema
from quen.cli.tests.test_command_line import quen
from quen.core import postgres
from quen.core.tests.temporary_home import temporary_home

SLUG = "tra-sen"
#: rewritten by every start of the program
_OWN = {"public.procrastinate_jobs", "public.procrastinate_events", "public.procrastinate_workers"}


@pytest.fixture(scope="module")
def shop() -> Iterator[Path]:
    """A home with a shop of 300 contacts and their events."""
    with pytest.MonkeyPatch.context() as patch, temporary_home() as home:
        for name in ("DATABASE_URL", "QUEN_SECRET_KEY", "DJANGO_SETTINGS_MODULE"):
            patch.delenv(name, raising=False)
        for arguments in (
            ("workspace", "create", "Trà Sen", "--owner-email", "an@example.com", "--slug", SLUG),
            ("demo", "-w", SLUG, "--contacts", "300", "--events", "2000"),
        ):
            done = quen(*arguments, QUEN_HOME=str(home))
            assert done.returncode == 0, done.stderr
        yield home


def contents_of(home: Path, *schemas: str) -> dict[str, str]:
    """Return a digest of all rows of every table, of the given schemas or of all."""
    with postgres.ensure_running(home) as url, psycopg.connect(url) as connection:
        tables = connection.execute(
            "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%%' AND n.nspname <> 'information_schema'"
            " AND (%(all)s OR n.nspname = ANY(%(schemas)s)) ORDER BY 1",
            {"all": not schemas, "schemas": list(schemas)},
        ).fetchall()
        digest = "SELECT coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '') FROM {} t"
        return {
            name: str(connection.execute(digest.format(name)).fetchone())
            for (name,) in tables
            if name not in _OWN
        }


def schema_of(home: Path, slug: str) -> str:
    with postgres.ensure_running(home) as url, psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT schema_name FROM accounts_workspace WHERE slug = %s", [slug]
        ).fetchone()
    assert row is not None
    return str(row[0])


def newer_backup(shop: Path, folder: Path, *arguments: str) -> Path:
    """Create a backup whose manifest names an unknown migration."""
    file, newer = folder / "today.quen", folder / "newer.quen"
    assert quen("backup", "-o", str(file), *arguments, QUEN_HOME=str(shop)).returncode == 0
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(newer, "w") as new:
        for name in old.namelist():
            text = old.read(name)
            if name == "manifest.json":
                manifest = json.loads(text)
                manifest["migrations"].append("contacts.9999_from_the_future")
                text = json.dumps(manifest).encode()
            new.writestr(name, text)
    return newer


class TestFullBackup:
    def test_comes_back_equal_into_an_empty_home_and_nowhere_else(self, shop: Path, tmp_path: Path) -> None:
        file, word = tmp_path / "all.quen", tmp_path / "word"
        word.write_text("con ngựa đá con ngựa đá\n")
        before = contents_of(shop)
        done = quen("backup", "-o", str(file), "--passphrase-file", str(word), QUEN_HOME=str(shop))
        assert done.returncode == 0, done.stderr
        assert file.stat().st_mode & 0o077 == 0
        with temporary_home() as new:
            wrong = tmp_path / "wrong"
            wrong.write_text("something else\n")
            refused = quen("restore", str(file), "--passphrase-file", str(wrong), QUEN_HOME=str(new))
            assert refused.returncode == 1
            assert "passphrase" in refused.stderr
            done = quen("restore", str(file), "--passphrase-file", str(word), QUEN_HOME=str(new))
            assert done.returncode == 0, done.stderr
            assert (new / "secret.key").read_text() == (shop / "secret.key").read_text()
            assert contents_of(new) == before
            assert not (new / "restoring").exists()
            again = quen("restore", str(file), QUEN_HOME=str(new))
            assert again.returncode == 1
            assert "already has data" in again.stderr

    def test_the_secret_is_never_in_it_in_the_clear(self, shop: Path, tmp_path: Path) -> None:
        secret = (shop / "secret.key").read_text().strip().encode()
        for number, extra in enumerate(({}, {"QUEN_BACKUP_PASSPHRASE": "một câu dài"})):
            file = tmp_path / f"{number}.quen"
            assert quen("backup", "-o", str(file), QUEN_HOME=str(shop), **extra).returncode == 0
            assert secret not in file.read_bytes()

    def test_an_existing_file_is_never_overwritten(self, tmp_path: Path) -> None:
        file = tmp_path / "all.quen"
        file.write_text("precious")
        refused = quen("backup", "-o", str(file))
        assert refused.returncode == 1
        assert file.read_text() == "precious"

    def test_a_damaged_file_is_refused_before_anything_is_touched(self, shop: Path, tmp_path: Path) -> None:
        file = tmp_path / "all.quen"
        assert quen("backup", "-o", str(file), QUEN_HOME=str(shop)).returncode == 0
        whole = bytearray(file.read_bytes())
        whole[len(whole) // 2] ^= 1
        file.write_bytes(whole)
        with temporary_home() as new:
            refused = quen("restore", str(file), QUEN_HOME=str(new))
            assert refused.returncode == 1
            assert "damaged" in refused.stderr
            assert not (new / "postgres").exists()

    def test_made_by_a_newer_quen_is_refused_and_the_home_stays_empty(
        self, shop: Path, tmp_path: Path
    ) -> None:
        newer = newer_backup(shop, tmp_path)
        with temporary_home() as new:
            refused = quen("restore", str(newer), QUEN_HOME=str(new))
            assert refused.returncode == 1
            assert "newer" in refused.stderr
            file = tmp_path / "all.quen"
            assert quen("backup", "-o", str(file), QUEN_HOME=str(shop)).returncode == 0
            assert quen("restore", str(file), QUEN_HOME=str(new)).returncode == 0


class TestWorkspaceBackup:
    def test_comes_back_equal_into_an_empty_home(self, shop: Path, tmp_path: Path) -> None:
        schema, file = schema_of(shop, SLUG), tmp_path / "one.quen"
        assert quen("backup", "-o", str(file), "-w", SLUG, QUEN_HOME=str(shop)).returncode == 0
        with temporary_home() as new:
            done = quen("restore", str(file), QUEN_HOME=str(new))
            assert done.returncode == 0, done.stderr
            assert schema_of(new, SLUG) == schema
            assert contents_of(new, schema) == contents_of(shop, schema)
            with postgres.ensure_running(new) as url, psycopg.connect(url) as connection:
                people = connection.execute("SELECT email FROM accounts_user").fetchall()
                seats = connection.execute(
                    f"SELECT count(*) FROM {schema}.team_member JOIN accounts_user u ON u.id = user_id"
                ).fetchone()
            assert seats == (len(people),)

    def test_stands_beside_the_one_it_came_from_under_another_name(self, shop: Path, tmp_path: Path) -> None:
        file = tmp_path / "one.quen"
        assert quen("backup", "-o", str(file), "-w", SLUG, QUEN_HOME=str(shop)).returncode == 0
        refused = quen("restore", str(file), QUEN_HOME=str(shop))
        assert refused.returncode == 1
        done = quen("restore", str(file), "--as", "ban-sao", QUEN_HOME=str(shop))
        assert done.returncode == 0, done.stderr
        old, new = schema_of(shop, SLUG), schema_of(shop, "ban-sao")
        assert old != new
        there = contents_of(shop, new)
        assert there == {name.replace(old, new): digest for name, digest in contents_of(shop, old).items()}

    def test_made_by_a_newer_quen_is_refused_and_leaves_nothing(self, shop: Path, tmp_path: Path) -> None:
        file = newer_backup(shop, tmp_path, "-w", SLUG)
        refused = quen("restore", str(file), "--as", "tuong-lai", QUEN_HOME=str(shop))
        assert refused.returncode == 1
        assert "newer" in refused.stderr
        assert "tuong-lai" not in quen("workspace", "list", "--json", QUEN_HOME=str(shop)).stdout


def test_only_the_sql_is_renamed_never_the_data() -> None:
    lines = [
        b"CREATE TABLE ws_7.note (text text);\n",
        b"COPY ws_7.note (text) FROM stdin;\n",
        b"CREATE TABLE ws_7.note\n",
        b"\\.\n",
        b"CREATE INDEX ON ws_7.note (text); -- not ws_77\n",
    ]
    assert list(rename_schema(lines, "ws_7", "ws_12")) == [
        b"CREATE TABLE ws_12.note (text text);\n",
        b"COPY ws_12.note (text) FROM stdin;\n",
        b"CREATE TABLE ws_7.note\n",
        b"\\.\n",
        b"CREATE INDEX ON ws_12.note (text); -- not ws_77\n",
    ]
