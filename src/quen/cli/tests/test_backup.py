"""Backup and restore: everything into an empty home, one workspace alongside the others."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from tests.cast import GOM_VIET, TRA_SEN
from tests.oldest_server import IS_INSTALLED, oldest_server

from quen.apps.accounts import queries as accounts
from quen.cli.backups import archive, rows
from quen.cli.backups.archive import BackupManifest
from quen.cli.tests.test_command_line import quen
from quen.core import postgres
from quen.core.tests.temporary_home import temporary_home

SLUG = "tra-sen"
OWNER, PASSWORD = "an@example.com", "sen-hong-2026"
#: rewritten by every start of the program
_OWN = {"public.procrastinate_jobs", "public.procrastinate_events", "public.procrastinate_workers"}


@pytest.fixture(scope="module")
def shop() -> Iterator[Path]:
    """A home with a shop of 300 contacts and their events, and its owner's password."""
    with pytest.MonkeyPatch.context() as patch, temporary_home() as home:
        for name in ("DATABASE_URL", "QUEN_SECRET_KEY", "DJANGO_SETTINGS_MODULE"):
            patch.delenv(name, raising=False)
        # One server for all commands: each would start and stop its own.
        with postgres.ensure_running(home):
            make_shop(QUEN_HOME=str(home))
            yield home


@pytest.fixture(scope="module")
def one(shop: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the shop's workspace."""
    return backup_of(shop, tmp_path_factory.mktemp("one") / "one.quen", "-w", SLUG)


def make_shop(**environment: str) -> None:
    create = ("workspace", "create", "Trà Sen", "--owner-email", OWNER, "--slug", SLUG)
    run(*create, QUEN_OWNER_PASSWORD=PASSWORD, **environment)
    run("demo", "-w", SLUG, "--contacts", "300", "--events", "2000", **environment)


def run(*arguments: str, **environment: str) -> dict[str, Any]:
    """Run a command that must succeed; return its result."""
    done = quen(*arguments, "--json", **environment)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def refusal(*arguments: str, **environment: str) -> str:
    """Run a command that must be refused in one sentence; return the refusal's code."""
    done = quen(*arguments, "--json", **environment)
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    return str(json.loads(done.stdout)["code"])


@contextmanager
def another_home(like: Path | None = None) -> Iterator[Path]:
    """Yield a home without data; with the secret key of another when that is given."""
    with temporary_home() as home:
        if like is not None:
            home.mkdir(mode=0o711)
            shutil.copy(like / "secret.key", home)
        yield home


def query(home: Path, statement: str) -> list[tuple[Any, ...]]:
    with postgres.ensure_running(home) as url, psycopg.connect(url) as session:
        return session.execute(statement.encode()).fetchall()


def contents(url: str, *schemas_: str) -> dict[str, str]:
    """Return a digest of all rows of every table, of the given schemas or of all."""
    with psycopg.connect(url, options="-c timezone=UTC") as session:
        tables = session.execute(
            "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%%' AND n.nspname <> 'information_schema'"
            " AND (%(all)s OR n.nspname = ANY(%(schemas)s)) ORDER BY 1",
            {"all": not schemas_, "schemas": list(schemas_)},
        ).fetchall()
        digest = "SELECT coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '') FROM {} t"
        return {
            name: str(session.execute(digest.format(name).encode()).fetchone())
            for (name,) in tables
            if name not in _OWN
        }


def contents_of(home: Path, *schemas_: str) -> dict[str, str]:
    with postgres.ensure_running(home) as url:
        return contents(url, *schemas_)


def workspace_contents(home: Path, slug: str) -> dict[str, str]:
    return without_schema(contents_of(home, schema_of(home, slug)))


def without_schema(found: dict[str, str]) -> dict[str, str]:
    """Return the digests of a workspace's tables by their names; migrations are the restore's own."""
    names = {name.partition(".")[2]: digest for name, digest in found.items()}
    del names["django_migrations"]
    return names


def same(one: dict[str, str], other: dict[str, str]) -> bool:
    return without_schema(one) == without_schema(other)


def definitions(home: Path, slug: str) -> list[tuple[Any, ...]]:
    """Return the names and definitions of all indexes and constraints of a workspace, and the sequences' values."""
    schema = schema_of(home, slug)
    found = query(
        home,
        f"SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = '{schema}'"
        f" UNION ALL SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        f" WHERE connamespace = '{schema}'::regnamespace"
        f" UNION ALL SELECT sequencename, last_value::text FROM pg_sequences WHERE schemaname = '{schema}'"
        " AND sequencename <> 'django_migrations_id_seq' ORDER BY 1, 2",
    )
    return [(name, str(value).replace(schema, "ws")) for name, value in found]


def schema_of(home: Path, slug: str) -> str:
    ((schema,),) = query(home, f"SELECT schema_name FROM accounts_workspace WHERE slug = '{slug}'")
    return str(schema)


def backup_of(home: Path, file: Path, *arguments: str) -> Path:
    run("backup", "-o", str(file), *arguments, QUEN_HOME=str(home))
    return file


def rewritten(
    file: Path,
    folder: Path,
    change: Callable[[BackupManifest, dict[str, bytes]], None],
    *,
    secret: str | None = None,
) -> Path:
    """Return a backup with another manifest and other members, whose digests are right again."""
    backup = archive.read(file)
    members = {}
    for name in backup.manifest.digests:
        with backup.open(name) as member:
            members[name] = member.read()
    change(backup.manifest, members)
    new = folder / f"changed-{file.name}"
    backup.manifest.digests.clear()
    with archive.writing(new, backup.manifest, secret) as writer:
        for name, content in members.items():
            writer.add(name, [content])
    return new


def name_a_future_migration(manifest: BackupManifest, _members: dict[str, bytes]) -> None:
    manifest.migrations.append("contacts.9999_from_the_future")


class TestFullBackup:
    def test_comes_back_equal_into_an_empty_home_and_nowhere_else(self, shop: Path, tmp_path: Path) -> None:
        file, word = tmp_path / "all.quen", tmp_path / "word"
        word.write_text("con ngựa đá con ngựa đá\n")
        before = contents_of(shop)
        backup_of(shop, file, "--passphrase-file", str(word))
        assert file.stat().st_mode & 0o077 == 0
        with another_home() as new:
            wrong = tmp_path / "wrong"
            wrong.write_text("something else\n")
            restore = ("restore", str(file), "--passphrase-file")
            assert refusal(*restore, str(wrong), QUEN_HOME=str(new)) == "wrong_passphrase"
            run(*restore, str(word), QUEN_HOME=str(new))
            assert (new / "secret.key").read_text() == (shop / "secret.key").read_text()
            assert contents_of(new) == before
            assert not (new / "restoring").exists()
            assert refusal("restore", str(file), QUEN_HOME=str(new)) == "not_empty"

    def test_the_secret_is_never_in_it_in_the_clear(self, shop: Path, tmp_path: Path) -> None:
        secret = (shop / "secret.key").read_text().strip().encode()
        for number, extra in enumerate(({}, {"QUEN_BACKUP_PASSPHRASE": "một câu dài"})):
            file = tmp_path / f"{number}.quen"
            assert quen("backup", "-o", str(file), QUEN_HOME=str(shop), **extra).returncode == 0
            assert secret not in file.read_bytes()

    def test_an_existing_file_is_never_overwritten(self, tmp_path: Path) -> None:
        file = tmp_path / "all.quen"
        file.write_text("precious")
        assert refusal("backup", "-o", str(file)) == "file_exists"
        assert file.read_text() == "precious"

    def test_a_damaged_file_is_refused_before_anything_is_touched(self, shop: Path, tmp_path: Path) -> None:
        file = backup_of(shop, tmp_path / "all.quen")
        whole = bytearray(file.read_bytes())
        whole[len(whole) // 2] ^= 1
        file.write_bytes(whole)
        with another_home(like=shop) as new:
            assert refusal("restore", str(file), QUEN_HOME=str(new)) == "not_a_backup"
            assert not (new / "postgres").exists()

    def test_needs_the_key_that_signed_it_or_an_explicit_word(self, shop: Path, tmp_path: Path) -> None:
        file = backup_of(shop, tmp_path / "all.quen")
        with another_home() as new:
            assert refusal("restore", str(file), QUEN_HOME=str(new)) == "foreign"
            assert not (new / "postgres").exists()
            assert run("restore", str(file), "--foreign", QUEN_HOME=str(new))["foreign"] is True
        with another_home(like=shop) as new:
            assert run("restore", str(file), QUEN_HOME=str(new))["foreign"] is False

    def test_changed_by_somebody_without_the_passphrase_is_refused(self, shop: Path, tmp_path: Path) -> None:
        word = tmp_path / "word"
        word.write_text("con ngựa đá con ngựa đá\n")
        file = backup_of(shop, tmp_path / "all.quen", "--passphrase-file", str(word))

        def add_sql(_manifest: BackupManifest, members: dict[str, bytes]) -> None:
            members["database.dump"] += b"UPDATE public.accounts_user SET is_operator = true;"

        for signed_with in (None, "another installation's secret"):
            changed = rewritten(file, tmp_path, add_sql, secret=signed_with)
            with another_home() as new:
                restore = ("restore", str(changed), "--passphrase-file", str(word), "--foreign")
                assert refusal(*restore, QUEN_HOME=str(new)) == "changed"
                assert not (new / "postgres").exists()

    def test_cut_short_is_refused_and_the_database_stays_empty(self, shop: Path, tmp_path: Path) -> None:
        def cut(_manifest: BackupManifest, members: dict[str, bytes]) -> None:
            members["database.dump"] = members["database.dump"][: -len(members["database.dump"]) // 4]

        shorter = rewritten(backup_of(shop, tmp_path / "all.quen"), tmp_path, cut)
        with another_home(like=shop) as new:
            assert refusal("restore", str(shorter), "--foreign", QUEN_HOME=str(new)) == "not_restored"
            assert contents_of(new) == {}

    def test_made_by_a_newer_quen_is_refused_and_the_home_stays_empty(
        self, shop: Path, tmp_path: Path
    ) -> None:
        file = backup_of(shop, tmp_path / "all.quen")
        newer = rewritten(file, tmp_path, name_a_future_migration)
        with another_home(like=shop) as new:
            assert refusal("restore", str(newer), "--foreign", QUEN_HOME=str(new)) == "newer"
            run("restore", str(file), QUEN_HOME=str(new))


class TestWorkspaceBackup:
    def test_comes_back_equal_where_the_secret_key_is_the_same(
        self, shop: Path, one: Path, tmp_path: Path
    ) -> None:
        with another_home(like=shop) as new:
            assert run("restore", str(one), QUEN_HOME=str(new))["same_id"] is True
            assert schema_of(new, SLUG) == schema_of(shop, SLUG)
            assert workspace_contents(new, SLUG) == workspace_contents(shop, SLUG)
            assert definitions(new, SLUG) == definitions(shop, SLUG)
            people = "SELECT email, password, is_operator FROM accounts_user"
            ((email, password, _operator),) = query(shop, people)
            assert query(new, people) == [(email, password, False)]
            seats = f"SELECT u.email FROM {schema_of(new, SLUG)}.team_member m JOIN accounts_user u ON u.id = user_id"
            assert query(new, seats) == [(OWNER,)]

    def test_stands_beside_the_one_it_came_from_under_another_name(
        self, shop: Path, one: Path, tmp_path: Path
    ) -> None:
        assert refusal("restore", str(one), QUEN_HOME=str(shop)) == "slug_taken"
        assert run("restore", str(one), "--as", "ban-sao", QUEN_HOME=str(shop))["same_id"] is False
        assert schema_of(shop, SLUG) != schema_of(shop, "ban-sao")
        assert workspace_contents(shop, "ban-sao") == workspace_contents(shop, SLUG)

    def test_made_by_a_newer_quen_is_refused_and_leaves_nothing(
        self, shop: Path, one: Path, tmp_path: Path
    ) -> None:
        newer = rewritten(one, tmp_path, name_a_future_migration)
        before = contents_of(shop)
        assert (
            refusal("restore", str(newer), "--as", "tuong-lai", "--foreign", QUEN_HOME=str(shop)) == "newer"
        )
        assert contents_of(shop) == before

    def test_of_an_archived_one_about_to_be_deleted_is_restored_open(
        self, shop: Path, tmp_path: Path
    ) -> None:
        run("workspace", "create", "Cũ", "--slug", "cu", "--owner-email", OWNER, QUEN_HOME=str(shop))
        run("workspace", "delete", "cu", "--name", "Cũ", QUEN_HOME=str(shop))
        file = backup_of(shop, tmp_path / "archived.quen", "-w", "cu")
        run("restore", str(file), "--as", "mo-lai", QUEN_HOME=str(shop))
        state = "SELECT archived_at, delete_after FROM accounts_workspace WHERE slug = 'mo-lai'"
        assert query(shop, state) == [(None, None)]

    def test_erases_again_whom_the_workspace_has_erased_since(self, shop: Path, tmp_path: Path) -> None:
        run("workspace", "create", "Hai", "--slug", "hai", "--owner-email", OWNER, QUEN_HOME=str(shop))
        run("demo", "-w", "hai", "--contacts", "20", "--events", "0", QUEN_HOME=str(shop))
        file = backup_of(shop, tmp_path / "hai.quen", "-w", "hai")
        schema = schema_of(shop, "hai")
        ((who, phone), *_others) = query(
            shop,
            f"SELECT id, phone FROM {schema}.contacts_contact WHERE phone IS NOT NULL ORDER BY id",
        )
        erase = ("contact", "erase", "-w", "hai", f"#{who}", "--reason", "request", "--yes")
        run(*erase, QUEN_HOME=str(shop))
        done = run("restore", str(file), "--as", "hai-moi", QUEN_HOME=str(shop))
        assert done["erased"] == 1
        restored = schema_of(shop, "hai-moi")
        left = "SELECT count(*), count(*) FILTER (WHERE phone = '{1}') FROM {0}.contacts_contact"
        assert query(shop, left.format(restored, phone)) == query(shop, left.format(schema, phone))
        assert query(shop, left.format(restored, phone))[0][1] == 0

    def test_made_before_an_app_existed_is_migrated(self, shop: Path, tmp_path: Path) -> None:
        # Not the shared one: other tests have changed the workspace since.
        now = backup_of(shop, tmp_path / "now.quen", "-w", SLUG)

        def forget_campaigns(manifest: BackupManifest, members: dict[str, bytes]) -> None:
            manifest.migrations = [name for name in manifest.migrations if not name.startswith("campaigns.")]
            for table in [name for name in manifest.tables if name.startswith("campaigns_")]:
                del manifest.tables[table], manifest.columns[table], members[f"tables/{table}.copy"]
            manifest.sequences = {
                name: value for name, value in manifest.sequences.items() if not name.startswith("campaigns_")
            }

        secret = (shop / "secret.key").read_text().strip()
        older = rewritten(now, tmp_path, forget_campaigns, secret=secret)
        run("restore", str(older), "--as", "ngay-xua", QUEN_HOME=str(shop))
        old, new = workspace_contents(shop, SLUG), workspace_contents(shop, "ngay-xua")
        assert new.keys() == old.keys()
        assert all(name.startswith("campaigns_") for name in old if old[name] != new[name])


class TestForeignWorkspaceBackup:
    def test_is_refused_without_an_explicit_word(self, shop: Path, one: Path, tmp_path: Path) -> None:
        with another_home() as new:
            assert refusal("restore", str(one), QUEN_HOME=str(new)) == "foreign"
            assert not (new / "postgres").exists()

    def test_brings_people_without_passwords_and_a_new_id(
        self, shop: Path, one: Path, tmp_path: Path
    ) -> None:

        def make_operator(manifest: BackupManifest, _members: dict[str, bytes]) -> None:
            manifest.workspace["users"][0] |= {"is_operator": True, "is_superuser": True, "id": 2**62}
            manifest.workspace["workspace"] |= {"id": 2**62, "schema_name": "public"}

        with another_home() as new:
            changed = rewritten(one, tmp_path, make_operator)
            done = run("restore", str(changed), "--foreign", QUEN_HOME=str(new))
            assert (done["same_id"], done["members"]) == (False, [OWNER])
            people = "SELECT email, left(password, 1), is_operator, is_superuser, id < 100 FROM accounts_user"
            assert query(new, people) == [(OWNER, "!", False, False, True)]
            # Somebody must be able to enter: the next start creates an operator.
            assert run("prepare", "--no-demo", QUEN_HOME=str(new))["sign_in_link"]
            operators = "SELECT email FROM accounts_user WHERE is_operator"
            assert query(new, operators) == [("chu@quen.localhost",)]
            assert query(new, "SELECT schema_name, id < 100 FROM accounts_workspace") == [("ws_1", True)]

    def test_leaves_the_accounts_here_as_they_are(self, shop: Path, one: Path, tmp_path: Path) -> None:

        def choose_password(manifest: BackupManifest, _members: dict[str, bytes]) -> None:
            manifest.workspace["users"][0]["password"] = "md5$chosen$by-a-stranger"

        changed = rewritten(one, tmp_path, choose_password)
        before = query(shop, "SELECT * FROM accounts_user ORDER BY id")
        run("restore", str(changed), "--foreign", "--as", "la", QUEN_HOME=str(shop))
        assert query(shop, "SELECT * FROM accounts_user ORDER BY id") == before

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
        self, shop: Path, one: Path, tmp_path: Path, case: str, code: str
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
        before = contents_of(shop)
        there = "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_' ORDER BY 1"
        schemas_before = query(shop, there)
        restore = ("restore", str(changed), "--foreign", "--as", "ke-gian")
        assert refusal(*restore, QUEN_HOME=str(shop)) == code
        assert contents_of(shop) == before
        assert query(shop, there) == schemas_before


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
        with transaction.atomic(), connection.cursor() as cursor:
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


@pytest.mark.skipif(not IS_INSTALLED, reason="the oldest PostgreSQL is not installed")
class TestOldestServer:
    def test_restores_a_workspace_and_everything(self, shop: Path, tmp_path: Path) -> None:
        with oldest_server() as admin, another_home(like=shop) as home:
            for number in (1, 2, 3):
                with psycopg.connect(admin, autocommit=True) as session:
                    if number == 1:
                        session.execute("CREATE ROLE shop LOGIN")
                    session.execute(f"CREATE DATABASE d{number} OWNER shop".encode())
            url = admin.replace("postgres@/postgres", "shop@/d{}")
            first, second, third = (
                {"DATABASE_URL": url.format(n), "QUEN_HOME": str(home)} for n in (1, 2, 3)
            )
            make_shop(**first)
            one, everything = tmp_path / "one.quen", tmp_path / "all.quen"
            run("backup", "-o", str(one), "-w", SLUG, **first)
            run("backup", "-o", str(everything), **first)
            run("restore", str(one), "--as", "ban-sao", **first)
            run("restore", str(everything), **second)
            assert same(contents(second["DATABASE_URL"], "ws_1"), contents(first["DATABASE_URL"], "ws_1"))
            assert same(contents(first["DATABASE_URL"], "ws_2"), contents(first["DATABASE_URL"], "ws_1"))
            # A full backup of the newer embedded server fits as well.
            newer = backup_of(shop, tmp_path / "newer.quen")
            run("restore", str(newer), **third)
            assert same(contents(third["DATABASE_URL"], "ws_1"), contents_of(shop, "ws_1"))

    def test_that_refuses_a_dump_leaves_an_empty_database_and_a_sentence(
        self, shop: Path, tmp_path: Path
    ) -> None:
        file = backup_of(shop, tmp_path / "all.quen")
        with oldest_server() as admin, another_home(like=shop) as home:
            with psycopg.connect(admin, autocommit=True) as session:
                session.execute("CREATE ROLE shop LOGIN")
                session.execute("CREATE DATABASE d OWNER shop")
                # The dump needs extensions, which nobody may create here.
            with psycopg.connect(admin.replace("/postgres?", "/d?"), autocommit=True) as session:
                session.execute("REVOKE CREATE ON DATABASE d FROM shop")
                session.execute("ALTER DATABASE d OWNER TO postgres")
            url = admin.replace("postgres@/postgres", "shop@/d")
            environment = {"DATABASE_URL": url, "QUEN_HOME": str(home)}
            assert refusal("restore", str(file), **environment) == "not_restored"
            assert contents(url) == {}
            assert not (home / "restoring").exists()
