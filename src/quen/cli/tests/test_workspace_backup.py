"""Backup and restore of one workspace alongside the others, also of one that another installation made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from django.db import connection, transaction
from tests.cast import AN, GOM_VIET, TRA_SEN

from quen.apps.accounts import queries as accounts
from quen.cli.backups import rows, secret
from quen.cli.backups.archive import BackupManifest
from quen.cli.tests.installations import (
    OWNER,
    SLUG,
    Installation,
    Runner,
    another_database,
    another_home,
    name_a_future_migration,
    rewritten,
)
from quen.core import citus


class TestWorkspaceBackup:
    def test_comes_back_equal_where_the_secret_key_is_the_same(self, shop: Installation, one: Path) -> None:
        with another_database(shop, "same_key", like=shop, template="quen_migrated") as new:
            assert new.run("restore", str(one))["same_id"] is True
            assert new.schema(SLUG) == shop.schema(SLUG)
            assert new.workspace_contents(SLUG) == shop.workspace_contents(SLUG)
            assert new.definitions(SLUG) == shop.definitions(SLUG)
            people = "SELECT email, password, is_operator FROM accounts_user"
            ((email, password, _operator),) = shop.query(people)
            assert new.query(people) == [(email, password, False)]
            seats = (
                f"SELECT u.email FROM {new.schema(SLUG)}.team_member m JOIN accounts_user u ON u.id = user_id"
            )
            assert new.query(seats) == [(OWNER,)]

    def test_stands_beside_the_one_it_came_from_under_another_name(
        self, here: Installation, tmp_path: Path
    ) -> None:
        here.run("demo", "-w", TRA_SEN, "--contacts", "60", "--events", "600")
        file = here.backup(tmp_path / "one.quen", "-w", TRA_SEN)
        assert here.refusal("restore", str(file)) == "slug_taken"
        assert here.run("restore", str(file), "--as", "ban-sao")["same_id"] is False
        assert here.schema(TRA_SEN) != here.schema("ban-sao")
        assert here.workspace_contents("ban-sao") == here.workspace_contents(TRA_SEN)
        assert here.definitions("ban-sao") == here.definitions(TRA_SEN)

    def test_made_by_a_newer_quen_is_refused_and_leaves_nothing(
        self, here: Installation, one: Path, tmp_path: Path
    ) -> None:
        newer = rewritten(one, tmp_path, name_a_future_migration)
        before = here.contents()
        assert here.refusal("restore", str(newer), "--as", "tuong-lai", "--foreign") == "newer"
        assert here.contents() == before

    def test_of_an_archived_one_about_to_be_deleted_is_restored_open(
        self, here: Installation, tmp_path: Path
    ) -> None:
        here.run("workspace", "create", "Cũ", "--slug", "cu", "--owner-email", AN)
        here.run("workspace", "delete", "cu", "--name", "Cũ")
        file = here.backup(tmp_path / "archived.quen", "-w", "cu")
        here.run("restore", str(file), "--as", "mo-lai")
        state = "SELECT archived_at, delete_after FROM accounts_workspace WHERE slug = 'mo-lai'"
        assert here.query(state) == [(None, None)]

    def test_erases_again_whom_the_workspace_has_erased_since(
        self, here: Installation, tmp_path: Path
    ) -> None:
        here.run("demo", "-w", TRA_SEN, "--contacts", "20", "--events", "0")
        schema = here.schema(TRA_SEN)
        ((who, phone), *_others) = here.query(
            f"SELECT id, phone FROM {schema}.contacts_contact WHERE phone IS NOT NULL ORDER BY id"
        )
        here.query(
            f"INSERT INTO {schema}.compliance_topicchoice (contact_id, topic_id, channel, consent, at)"
            f" VALUES ({who}, 1, 'email', 2, now()) RETURNING id"
        )
        here.query(
            f"INSERT INTO {schema}.data_requests_datarequest (contact_id, name, kind, state, origin, words,"
            " received_at, acknowledge_due_at, due_at, reason, note, extension_reason, member_name, certificate)"
            f" VALUES ({who}, 'Lan', 'copy', 'received', 'page', 'Tôi là Lan', now(), now(), now(), '', '', '', '',"
            " '{}') RETURNING id"
        )
        file = here.backup(tmp_path / "one.quen", "-w", TRA_SEN)
        here.run("contact", "erase", "-w", TRA_SEN, f"#{who}", "--reason", "request", "--yes")
        assert here.run("restore", str(file), "--as", "hai-moi")["erased"] == 1
        left = "SELECT count(*), count(*) FILTER (WHERE phone = '{1}') FROM {0}.contacts_contact"
        restored = here.query(left.format(here.schema("hai-moi"), phone))
        assert restored == here.query(left.format(schema, phone))
        assert restored[0][1] == 0
        again = here.schema("hai-moi")
        assert here.query(f"SELECT count(*) FROM {again}.compliance_topicchoice") == [(0,)]
        assert here.query(f"SELECT name, words FROM {again}.data_requests_datarequest") == [("", "")]

    def test_made_before_an_app_existed_is_migrated(self, here: Installation, tmp_path: Path) -> None:
        here.run("demo", "-w", TRA_SEN, "--contacts", "60", "--events", "600")
        now = here.backup(tmp_path / "now.quen", "-w", TRA_SEN)

        def forget_campaigns(manifest: BackupManifest, members: dict[str, bytes]) -> None:
            manifest.migrations = [name for name in manifest.migrations if not name.startswith("campaigns.")]
            for table in [name for name in manifest.tables if name.startswith("campaigns_")]:
                del manifest.tables[table], manifest.columns[table], members[f"tables/{table}.copy"]
            manifest.sequences = {
                name: value for name, value in manifest.sequences.items() if not name.startswith("campaigns_")
            }

        older = rewritten(now, tmp_path, forget_campaigns, secret=secret.read_secret(here.home))
        here.run("restore", str(older), "--as", "ngay-xua")
        old, new = here.workspace_contents(TRA_SEN), here.workspace_contents("ngay-xua")
        assert new.keys() == old.keys()
        assert all(name.startswith("campaigns_") for name in old if old[name] != new[name])


class TestForeignWorkspaceBackup:
    def test_is_refused_without_an_explicit_word(self, one: Path, command: Runner) -> None:
        with another_home() as home:
            nowhere = Installation(home, "", command)
            assert nowhere.refusal("restore", str(one), QUEN_HOME=str(home)) == "foreign"
            assert not (home / "postgres").exists()

    def test_brings_people_without_passwords_and_a_new_id(
        self, shop: Installation, one: Path, tmp_path: Path
    ) -> None:
        def make_operator(manifest: BackupManifest, _members: dict[str, bytes]) -> None:
            manifest.workspace["users"][0] |= {"is_operator": True, "is_superuser": True, "id": 2**62}
            manifest.workspace["workspace"] |= {"id": 2**62, "schema_name": "public"}

        with another_database(shop, "stranger", template="quen_migrated") as new:
            changed = rewritten(one, tmp_path, make_operator)
            done = new.run("restore", str(changed), "--foreign")
            assert (done["same_id"], done["members"]) == (False, [OWNER])
            people = "SELECT email, left(password, 1), is_operator, is_superuser, id < 100 FROM accounts_user"
            assert new.query(people) == [(OWNER, "!", False, False, True)]
            # Somebody must be able to enter: the next start creates an operator.
            assert new.run("prepare", "--no-demo")["sign_in_link"]
            operators = "SELECT email FROM accounts_user WHERE is_operator"
            assert new.query(operators) == [("chu@quen.localhost",)]
            assert new.query("SELECT schema_name, id < 100 FROM accounts_workspace") == [("ws_1", True)]

    def test_leaves_the_accounts_here_as_they_are(
        self, here: Installation, one: Path, tmp_path: Path
    ) -> None:
        def choose_password(manifest: BackupManifest, _members: dict[str, bytes]) -> None:
            manifest.workspace["users"][0]["password"] = "md5$chosen$by-a-stranger"

        here.run("workspace", "create", "Hai", "--slug", "hai", "--owner-email", OWNER)
        changed = rewritten(one, tmp_path, choose_password)
        before = here.query("SELECT * FROM accounts_user ORDER BY id")
        here.run("restore", str(changed), "--foreign", "--as", "la")
        assert here.query("SELECT * FROM accounts_user ORDER BY id") == before

    @pytest.mark.parametrize(
        ("case", "code"),
        [
            ("another table", "not_a_backup"),
            ("another column", "not_a_backup"),
            ("statements after the rows", "differs"),
            ("a broken row", "not_restored"),
            ("a missing row", "differs"),
            ("a contact of nobody", "not_restored"),
            ("no users", "not_a_backup"),
            ("a schema in the migrations", "newer"),
            ("months without end", "not_a_backup"),
        ],
    )
    def test_can_write_nothing_but_rows_of_its_own_tables(
        self, here: Installation, one: Path, tmp_path: Path, case: str, code: str
    ) -> None:
        evil = b"UPDATE public.accounts_user SET is_operator = true;\n"

        def change(manifest: BackupManifest, members: dict[str, bytes]) -> None:
            tags = "tables/contacts_tag.copy"
            if case == "another table":
                members["tables/accounts_user.copy"] = b"1\tx\n"
                manifest.tables["accounts_user"] = 1
                manifest.columns["accounts_user"] = ["id", "password"]
            elif case == "another column":
                manifest.columns["contacts_tag"][0] = "id) FROM STDIN; " + evil.decode()
            elif case == "statements after the rows":
                members[tags] += b"\\.\n" + evil
                manifest.tables["contacts_tag"] += 1
            elif case == "a broken row":
                members[tags] += b"nonsense\n"
            elif case == "a missing row":
                members[tags] = members[tags].split(b"\n", 1)[1]
            elif case == "a contact of nobody":
                name = "tables/contacts_contacttag.copy"
                members[name] += members[name].splitlines()[0].replace(b"\t", b"9999999\t", 1) + b"\n"
                manifest.tables["contacts_contacttag"] += 1
            elif case == "no users":
                del manifest.workspace["users"]
            elif case == "a schema in the migrations":
                manifest.migrations.append("x'); " + evil.decode())
            elif case == "months without end":
                manifest.months = [f"{year}-01" for year in range(1000, 9999)]

        changed = rewritten(one, tmp_path, change)
        before = here.contents()
        there = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1"
        schemas_before = here.query(there)
        assert here.refusal("restore", str(changed), "--foreign", "--as", "ke-gian") == code
        assert here.contents() == before
        assert here.query(there) == schemas_before


@pytest.mark.usefixtures("database")
class TestRestrictedRole:
    def test_may_insert_into_the_one_schema_and_nothing_else(self) -> None:
        own = accounts.get_workspace(TRA_SEN).schema_name
        other = accounts.get_workspace(GOM_VIET).schema_name
        forbidden = (
            "UPDATE public.accounts_user SET is_operator = true",
            "SELECT * FROM public.accounts_user",
            "CREATE TABLE public.mine (n int)",
            f"INSERT INTO {other}.contacts_tag (name) VALUES ('x')",
            f"DELETE FROM {own}.contacts_tag",
            f"CREATE TABLE {own}.mine (n int)",
        )
        with transaction.atomic(), citus.local_ddl(), connection.cursor() as cursor:
            with rows.restricted_to(own):
                cursor.execute("SELECT current_user")
                assert cursor.fetchone() == ("quen_restore",)
                for statement in forbidden:
                    with pytest.raises(psycopg.errors.InsufficientPrivilege), savepoint():
                        cursor.connection.execute(statement.encode())
            with rows.restricted_to(other), pytest.raises(psycopg.errors.InsufficientPrivilege), savepoint():
                cursor.connection.execute(f"INSERT INTO {own}.contacts_tag (name) VALUES ('x')".encode())
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() != ("quen_restore",)


@contextmanager
def savepoint() -> Iterator[None]:
    with transaction.atomic():
        yield
