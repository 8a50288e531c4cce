"""Installations that the tests of backups read and write: an embedded one, databases of its server, the tests' own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from quen.cli.backups import archive
from quen.cli.backups.archive import BackupManifest
from quen.core import postgres
from quen.core.postgres.cluster import ADMIN, ROLE
from quen.core.tests.temporary_home import temporary_home

SLUG = "tra-sen"
OWNER, PASSWORD = "an@example.com", "sen-hong-2026"
#: rewritten by every start of the program
_OWN = {"public.procrastinate_jobs", "public.procrastinate_events", "public.procrastinate_workers"}
#: runs a command: exit code, the JSON value that was printed, what was printed on stderr
Runner = Callable[..., tuple[int, Any, str]]


@dataclass(frozen=True)
class Installation:
    """Where commands run, and the database that they read and write."""

    home: Path
    url: str
    runner: Runner

    def run(self, *arguments: str, **variables: str) -> Any:
        """Run a command that must succeed; return its result."""
        code, answer, text = self.runner(*arguments, **variables)
        assert code == 0, text
        return answer

    def refusal(self, *arguments: str, **variables: str) -> str:
        """Run a command that must be refused in one sentence; return the refusal's code."""
        code, answer, text = self.runner(*arguments, **variables)
        assert code == 1, text
        assert "Traceback" not in text
        return str(answer["code"])

    def backup(self, file: Path, *arguments: str, **variables: str) -> Path:
        """Write a backup; return its file."""
        self.run("backup", "-o", str(file), *arguments, **variables)
        return file

    def secret(self) -> str:
        """Return the secret key."""
        return (self.home / "secret.key").read_text().strip()

    def query(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of a statement."""
        with psycopg.connect(self.url) as session:
            return session.execute(statement.encode()).fetchall()

    def contents(self, *schemas: str) -> dict[str, str]:
        """Return a digest of all rows of every table, of the given schemas or of all."""
        with psycopg.connect(self.url, options="-c timezone=UTC") as session:
            tables = session.execute(
                "SELECT n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE c.relkind = 'r' AND n.nspname NOT LIKE 'pg\\_%%' AND n.nspname <> 'information_schema'"
                " AND (%(all)s OR n.nspname = ANY(%(schemas)s)) ORDER BY 1",
                {"all": not schemas, "schemas": list(schemas)},
            ).fetchall()
            digest = "SELECT coalesce(md5(string_agg(t::text, E'\\n' ORDER BY t::text)), '') FROM {} t"
            return {
                name: str(session.execute(digest.format(name).encode()).fetchone())
                for (name,) in tables
                if name not in _OWN
            }

    def schema(self, slug: str) -> str:
        """Return the schema of a workspace."""
        ((schema,),) = self.query(f"SELECT schema_name FROM accounts_workspace WHERE slug = '{slug}'")
        return str(schema)

    def workspace_contents(self, slug: str) -> dict[str, str]:
        """Return the digests of a workspace's tables by their names; migrations are the restore's own."""
        found = self.contents(self.schema(slug))
        names = {name.partition(".")[2]: digest for name, digest in found.items()}
        del names["django_migrations"]
        return names

    def definitions(self, slug: str) -> list[tuple[str, str]]:
        """Return names and definitions of a workspace's indexes and constraints, and the sequences' values."""
        schema = self.schema(slug)
        found = self.query(
            f"SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = '{schema}'"
            f" UNION ALL SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
            f" WHERE connamespace = '{schema}'::regnamespace"
            f" UNION ALL SELECT sequencename, last_value::text FROM pg_sequences WHERE schemaname = '{schema}'"
            " AND sequencename <> 'django_migrations_id_seq' ORDER BY 1, 2",
        )
        return [(name, str(value).replace(schema, "ws")) for name, value in found]


def as_processes(**variables: str) -> Runner:
    """Return a runner that starts each command as a user would, in English, with these variables."""
    of_the_tests = ("DATABASE_URL", "QUEN_SECRET_KEY", "DJANGO_SETTINGS_MODULE")
    inherited = {name: value for name, value in os.environ.items() if name not in of_the_tests}
    environment = {**inherited, "PYTHONPATH": os.pathsep.join(sys.path), "LC_ALL": "C", **variables}

    def run(*arguments: str, **more: str) -> tuple[int, Any, str]:
        done = subprocess.run(
            [sys.executable, "-m", "quen.cli", *arguments, "--json"],
            env={**environment, **more},
            capture_output=True,
            text=True,
            check=False,
        )
        return done.returncode, json.loads(done.stdout) if done.stdout.strip() else None, done.stderr

    return run


def make_shop(installation: Installation) -> None:
    """Create a workspace with 300 contacts and their events, and its owner."""
    create = ("workspace", "create", "Trà Sen", "--owner-email", OWNER, "--slug", SLUG)
    installation.run(*create, QUEN_OWNER_PASSWORD=PASSWORD)
    installation.run("demo", "-w", SLUG, "--contacts", "300", "--events", "2000")


@contextmanager
def another_home(like: Installation | None = None) -> Iterator[Path]:
    """Yield a home without data; with the secret key of another installation when that is given."""
    with temporary_home() as home:
        if like is not None:
            home.mkdir(mode=0o711)
            shutil.copy(like.home / "secret.key", home)
        yield home


@contextmanager
def embedded(home: Path, *, settings: Mapping[str, str] | None = None) -> Iterator[Installation]:
    """Yield an installation with a server of its own, which runs meanwhile."""
    cluster = postgres.Cluster(home, settings=settings)
    with postgres.running(cluster, as_child=True):
        yield Installation(home, cluster.url(), as_processes(QUEN_HOME=str(home)))


@contextmanager
def another_database(
    server: Installation, name: str, *, like: Installation | None = None, template: str = "template0"
) -> Iterator[Installation]:
    """Yield an installation with a home of its own on a new database of another's server.

    template: template0 for an empty one, in which an administrator has already created our extensions.
    """
    admin = server.url.replace(f"{ROLE}@", f"{ADMIN}@")
    url = server.url.replace("/quen?", f"/{name}?")
    with psycopg.connect(admin, autocommit=True) as session:
        session.execute(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {ROLE}".encode())
    try:
        if template == "template0":
            with psycopg.connect(url.replace(f"{ROLE}@", f"{ADMIN}@"), autocommit=True) as session:
                session.execute("CREATE EXTENSION pg_trgm")
                session.execute("CREATE EXTENSION btree_gin")
        with another_home(like) as home:
            runner = as_processes(QUEN_HOME=str(home), DATABASE_URL=url)
            yield Installation(home, url, runner)
    finally:
        with psycopg.connect(admin, autocommit=True) as session:
            session.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


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
    """Change a backup into one that a newer version seems to have made."""
    manifest.migrations.append("contacts.9999_from_the_future")
