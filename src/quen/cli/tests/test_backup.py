"""Backup and restore of everything, into an empty home or database."""

from __future__ import annotations

import io
from pathlib import Path

import psycopg
import pytest
from tests.oldest_server import IS_INSTALLED, oldest_server

from quen.cli.backups.archive import BackupManifest
from quen.cli.backups.full import rows_in
from quen.cli.tests.installations import (
    SLUG,
    Installation,
    Runner,
    another_database,
    another_home,
    as_processes,
    embedded,
    name_a_future_migration,
    rewritten,
)


def refusal(command: Runner, home: Path, *arguments: str) -> str:
    """Run a command that is refused in one sentence before it touches anything; return the refusal's code."""
    code = Installation(home, "", command).refusal(*arguments, QUEN_HOME=str(home))
    assert not (home / "postgres").exists()
    return code


class TestFullBackup:
    def test_comes_back_equal_into_an_empty_home_and_nowhere_else(
        self, shop: Installation, sealed: Path, passphrase: Path, tmp_path: Path, command: Runner
    ) -> None:
        assert sealed.stat().st_mode & 0o077 == 0
        with another_home() as home:
            wrong = tmp_path / "wrong"
            wrong.write_text("something else\n")
            restore = ("restore", str(sealed), "--passphrase-file")
            assert refusal(command, home, *restore, str(wrong)) == "wrong_passphrase"
            Installation(home, "", as_processes(QUEN_HOME=str(home))).run(*restore, str(passphrase))
            with embedded(home) as new:
                assert new.secret() == shop.secret()
                assert new.contents() == shop.contents()
                assert not (home / "restoring").exists()
                assert new.refusal("restore", str(sealed)) == "not_empty"

    def test_the_secret_is_never_in_it_in_the_clear(
        self, shop: Installation, everything: Path, sealed: Path, tmp_path: Path
    ) -> None:
        another = shop.backup(tmp_path / "another.quen", QUEN_BACKUP_PASSPHRASE="một câu dài")
        for file in (everything, sealed, another):
            assert shop.secret().encode() not in file.read_bytes()

    def test_an_existing_file_is_never_overwritten(self, tmp_path: Path, command: Runner) -> None:
        file = tmp_path / "all.quen"
        file.write_text("precious")
        assert refusal(command, tmp_path, "backup", "-o", str(file)) == "file_exists"
        assert file.read_text() == "precious"

    def test_a_damaged_file_is_refused_before_anything_is_touched(
        self, shop: Installation, everything: Path, tmp_path: Path, command: Runner
    ) -> None:
        file = tmp_path / "all.quen"
        whole = bytearray(everything.read_bytes())
        whole[len(whole) // 2] ^= 1
        file.write_bytes(whole)
        with another_home(like=shop) as home:
            assert refusal(command, home, "restore", str(file)) == "not_a_backup"

    def test_needs_the_key_that_signed_it_or_an_explicit_word(
        self, shop: Installation, everything: Path, command: Runner
    ) -> None:
        with another_home() as home:
            assert refusal(command, home, "restore", str(everything)) == "foreign"
        with another_database(shop, "foreign_one") as new:
            assert new.run("restore", str(everything), "--foreign")["foreign"] is True
            assert new.contents() == shop.contents()

    def test_changed_by_somebody_without_the_passphrase_is_refused(
        self, sealed: Path, passphrase: Path, tmp_path: Path, command: Runner
    ) -> None:
        def add_sql(_manifest: BackupManifest, members: dict[str, bytes]) -> None:
            members["database.dump"] += b"UPDATE public.accounts_user SET is_operator = true;"

        for signed_with in (None, "another installation's secret"):
            changed = rewritten(sealed, tmp_path, add_sql, secret=signed_with)
            with another_home() as home:
                restore = ("restore", str(changed), "--passphrase-file", str(passphrase), "--foreign")
                assert refusal(command, home, *restore) == "changed"

    def test_cut_short_is_refused_and_the_database_stays_empty(
        self, shop: Installation, everything: Path, tmp_path: Path
    ) -> None:
        def cut(_manifest: BackupManifest, members: dict[str, bytes]) -> None:
            members["database.dump"] = members["database.dump"][: -len(members["database.dump"]) // 4]

        shorter = rewritten(everything, tmp_path, cut)
        with another_database(shop, "cut_short", like=shop) as new:
            assert new.refusal("restore", str(shorter), "--foreign") == "not_restored"
            assert new.contents() == {}

    def test_made_by_a_newer_quen_is_refused_and_the_home_stays_empty(
        self, shop: Installation, everything: Path, tmp_path: Path
    ) -> None:
        newer = rewritten(everything, tmp_path, name_a_future_migration)
        with another_database(shop, "newer", like=shop) as new:
            assert new.refusal("restore", str(newer), "--foreign") == "newer"
            assert new.run("restore", str(everything))["foreign"] is False

    def test_holds_nothing_of_the_servers_operator(self, shop: Installation, everything: Path) -> None:
        """The role of an installation may not create these; extensions that exist it may not comment on."""
        theirs = "SELECT extname FROM pg_extension UNION ALL SELECT pubname FROM pg_publication ORDER BY 1"
        ours = [("btree_gin",), ("pg_trgm",), ("plpgsql",)]
        assert [name for name in shop.query(theirs) if name not in ours] == [
            ("for_a_copy_elsewhere",),
            ("pageinspect",),
        ]
        with another_database(shop, "of_another_operator", like=shop) as new:
            new.run("restore", str(everything))
            assert new.query(theirs) == ours


class TestRowsOfADump:
    def test_are_counted_as_postgresql_will_read_them(self) -> None:
        long = b"x" * 200_000
        script = (
            b"SET client_min_messages = warning;\n"
            b"COPY public.accounts_user (id, name) FROM stdin;\n1\tAn\n2\t\\\\.\n3\tCOPY a.b (c) FROM stdin;\n\\.\n\n"
            b"COPY public.nothing (id) FROM stdin;\n\\.\n\n"
            b'COPY ws_1."Odd.""name" (id) FROM stdin;\n' + long + b"\n" + long + b"\n\n\\.\n"
            b"SELECT pg_catalog.setval('public.accounts_user_id_seq', 3, true);\n"
        )
        assert rows_in(io.BytesIO(script)) == {
            "public.accounts_user": 3,
            "public.nothing": 0,
            'ws_1.Odd."name': 3,
        }


@pytest.mark.skipif(not IS_INSTALLED, reason="the oldest PostgreSQL is not installed")
class TestOldestServer:
    def test_restores_a_workspace_and_everything(
        self, shop: Installation, everything: Path, tmp_path: Path
    ) -> None:
        with oldest_server() as admin, another_home(like=shop) as home:
            with psycopg.connect(admin, autocommit=True) as session:
                session.execute("CREATE ROLE shop LOGIN")
                session.execute("CREATE DATABASE d1 OWNER shop")
                session.execute("CREATE DATABASE d2 OWNER shop")
            first, second = (
                Installation(home, url, as_processes(QUEN_HOME=str(home), DATABASE_URL=url))
                for url in (admin.replace("postgres@/postgres", f"shop@/d{n}") for n in (1, 2))
            )
            # A full backup of the newer embedded server fits as well.
            first.run("restore", str(everything))
            assert first.workspace_contents(SLUG) == shop.workspace_contents(SLUG)
            one = first.backup(tmp_path / "one.quen", "-w", SLUG)
            whole = first.backup(tmp_path / "all.quen")
            first.run("restore", str(one), "--as", "ban-sao")
            second.run("restore", str(whole))
            assert second.workspace_contents(SLUG) == first.workspace_contents(SLUG)
            assert first.workspace_contents("ban-sao") == first.workspace_contents(SLUG)

    def test_that_refuses_a_dump_leaves_an_empty_database_and_a_sentence(
        self, shop: Installation, everything: Path
    ) -> None:
        with oldest_server() as admin, another_home(like=shop) as home:
            with psycopg.connect(admin, autocommit=True) as session:
                session.execute("CREATE ROLE shop LOGIN")
                session.execute("CREATE DATABASE d OWNER shop")
                # The dump needs extensions, which nobody may create here.
            with psycopg.connect(admin.replace("/postgres?", "/d?"), autocommit=True) as session:
                session.execute("REVOKE CREATE ON DATABASE d FROM shop")
                session.execute("ALTER DATABASE d OWNER TO postgres")
            url = admin.replace("postgres@/postgres", "shop@/d")
            new = Installation(home, url, as_processes(QUEN_HOME=str(home), DATABASE_URL=url))
            assert new.refusal("restore", str(everything)) == "not_restored"
            assert new.contents() == {}
            assert not (home / "restoring").exists()
