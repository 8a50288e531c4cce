"""Running commands: in this process, which takes a hundredth of the time that starting Python and Django takes."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.utils import translation

from quen.cli.__main__ import main
from quen.cli.tests.installations import SLUG, Installation, embedded, make_shop
from quen.core import postgres
from quen.core.postgres.cluster import ADMIN, ROLE, THROWAWAY
from quen.core.tests.temporary_home import temporary_home

#: exit code, the JSON value that was printed, everything that was printed on stdout and stderr
Ran = tuple[int, Any, str]


@pytest.fixture
def command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ran]:
    """Run ``quen ARGUMENTS --json`` in English, in a folder of the test: what is refused before a database is used."""
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


@pytest.fixture
def quen(
    committed_workspace: Any,
    test_server: str,
    monkeypatch: pytest.MonkeyPatch,
    command: Callable[..., Ran],
) -> Callable[..., Ran]:
    """Run ``quen ARGUMENTS --json`` on Trà Sen's committed rows, in English, in a folder of the test."""
    database = settings.DATABASES["default"]["NAME"]
    monkeypatch.setenv("DATABASE_URL", test_server.replace("/postgres?", f"/{database}?"))
    return command


@pytest.fixture
def here(quen: Callable[..., Ran]) -> Installation:
    """The tests' own installation, with the committed rows of the standing cast."""
    return Installation(postgres.home_from_environment(), os.environ["DATABASE_URL"], quen)


@pytest.fixture(scope="session")
def shop() -> Iterator[Installation]:
    """An installation with a shop of 300 contacts and their events, and its owner's password.

    Its server also has the database quen_migrated, without workspaces. An operator has added to its database what
    belongs to no backup.
    """
    # One server for all commands: each would start and stop its own.
    with temporary_home() as home, embedded(home, settings=THROWAWAY) as found:
        found.run("workspace", "list")
        admin = found.url.replace(f"{ROLE}@", f"{ADMIN}@")
        with psycopg.connect(admin.replace("/quen?", "/postgres?"), autocommit=True) as session:
            session.execute("CREATE DATABASE quen_migrated TEMPLATE quen OWNER quen")
        make_shop(found)
        with psycopg.connect(admin, autocommit=True) as session:
            session.execute("CREATE EXTENSION pageinspect")
            session.execute("CREATE PUBLICATION for_a_copy_elsewhere FOR ALL TABLES")
        yield found


@pytest.fixture(scope="session")
def everything(shop: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of everything in the shop's installation, without its key."""
    return shop.backup(tmp_path_factory.mktemp("everything") / "all.quen")


@pytest.fixture(scope="session")
def passphrase(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a passphrase."""
    file = tmp_path_factory.mktemp("passphrase") / "word"
    file.write_text("con ngựa đá con ngựa đá\n")
    return file


@pytest.fixture(scope="session")
def sealed(shop: Installation, passphrase: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of everything with its key, which the passphrase opens."""
    file = tmp_path_factory.mktemp("sealed") / "sealed.quen"
    return shop.backup(file, "--passphrase-file", str(passphrase))


@pytest.fixture(scope="session")
def one(shop: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of the shop's workspace."""
    return shop.backup(tmp_path_factory.mktemp("one") / "one.quen", "-w", SLUG)
