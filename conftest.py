"""Fixtures of all tests: a temporary PostgreSQL in memory, a template database, the standing cast.

Each test process runs its own server. A test runs in a transaction that is rolled back; after a test that commits
(``transaction=True``, ``live_server``) the database is copied from the template again. With ``bin/citus`` all processes
share a Citus cluster, and what is said here of a database is meant of one on every node.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import settings as hypothesis_settings

# A slow machine, or one with other work beside the tests, is no failure.
hypothesis_settings.register_profile("quen", deadline=None)
hypothesis_settings.load_profile("quen")

# Tests start Python hundreds of times; without the compiled code of modules each start takes twice as long.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
sys.dont_write_bytecode = False

_MEMORY = Path("/dev/shm")  # noqa: S108  # a folder of our own is made in it
_HOME = Path(tempfile.mkdtemp(prefix="quen-test-", dir=_MEMORY if _MEMORY.is_dir() else None))
_HOME.chmod(0o755)
os.environ["QUEN_HOME"] = str(_HOME)
#: of this process; those of pytest-xdist may share a server
_PROCESS = os.environ.get("PYTEST_XDIST_WORKER", "main")
_TEMPLATE, _DATABASE = f"quen_template_{_PROCESS}", f"quen_test_{_PROCESS}"

pytest_plugins = ["tests.proofs", "tests.log_texts", "tests.registries", "tests.citus_cluster"]


def pytest_sessionstart() -> None:
    # Pages and logged texts are read in Vietnamese.
    from django.utils.translation.reloader import translation_file_changed

    from quen.cli.translations import COMPILED, compile_stale

    compile_stale()
    # Django may have read the catalogue before it was compiled.
    translation_file_changed(None, COMPILED)


def pytest_unconfigure() -> None:
    shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture(scope="session")
def test_server() -> Iterator[str]:
    """The PostgreSQL of this test process; yields the URL of its maintenance database."""
    from tests import citus_cluster

    if citus_cluster.ports():
        yield citus_cluster.url("postgres")
        return
    server_url = os.environ.get("QUEN_TEST_SERVER")
    if server_url:
        yield server_url
        return
    from quen.core.postgres import Cluster
    from quen.core.postgres.cluster import THROWAWAY

    cluster = Cluster(_HOME, settings=THROWAWAY)
    cluster.start(as_child=True)
    try:
        yield cluster.url("postgres")
    finally:
        cluster.stop()


@pytest.fixture(scope="session")
def copied_database(django_db_setup: None, test_server: str) -> Callable[[str], AbstractContextManager[str]]:
    """Return a context manager: a database of that name with the standing cast; yields its URL, drops it afterwards."""

    @contextmanager
    def copied(name: str) -> Iterator[str]:
        _copy_template(test_server, name)
        try:
            yield test_server.replace("/postgres?", f"/{name}?")
        finally:
            _drop_database(test_server, name)

    return copied


def _use_database(server: str, database: str) -> None:
    from django.conf import settings
    from django.db import connection, connections

    from quen.config.settings import database_from_url

    connections.close_all()
    database_settings = database_from_url(server)
    database_settings["OPTIONS"].pop("pool")
    database_settings["NAME"] = database
    for target in (settings.DATABASES["default"], connection.settings_dict):
        target.update(database_settings)


def _copy_template(server: str, name: str) -> None:
    from tests import citus_cluster

    if citus_cluster.ports():
        citus_cluster.copy_template(_TEMPLATE, name)
        return
    _drop_database(server, name)
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {_TEMPLATE} STRATEGY FILE_COPY")


def _drop_database(server: str, name: str) -> None:
    from tests import citus_cluster

    if citus_cluster.ports():
        citus_cluster.drop_database(name)
        return
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _create_template(server: str) -> None:
    from tests import citus_cluster

    if citus_cluster.ports():
        citus_cluster.create_template(_TEMPLATE)
        return
    _drop_database(server, _TEMPLATE)
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {_TEMPLATE}")


def _build_template(server: str) -> None:
    from django.db import connections
    from tests import cast, citus_cluster, log_texts

    from quen.apps.accounts import services as accounts
    from quen.apps.team import services as team
    from quen.apps.team.types import Role
    from quen.core import schemas

    _create_template(server)
    _use_database(server, _TEMPLATE)
    schemas.migrate_all()
    log_texts.note_written()
    an = accounts.create_user(email=cast.AN, name="Nguyễn Hoài An", password=cast.PASSWORD, is_operator=True)
    binh = accounts.create_user(email=cast.BINH, name="Trần Bình", password=cast.PASSWORD)
    chi = accounts.create_user(email=cast.CHI, name="Lê Chi", password=cast.PASSWORD)
    tra_sen = team.open_workspace(name="Trà Sen", slug=cast.TRA_SEN, owner=an, now=cast.NOW)
    team.open_workspace(name="Gốm Việt", slug=cast.GOM_VIET, owner=chi, now=cast.NOW)
    accounts.add_membership(user=binh, workspace=tra_sen)
    with schemas.use(tra_sen.schema_name):
        team.add_member(user=binh, role=Role.VIEWER, now=cast.NOW)
    connections.close_all()
    if citus_cluster.ports():
        citus_cluster.seal_template(_TEMPLATE)


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any, test_server: str) -> Iterator[None]:
    """Build the template once and work on a copy."""
    from django.db import connections
    from django.test import TransactionTestCase

    from quen.apps.events import services as events

    with django_db_blocker.unblock():
        _build_template(test_server)
        _copy_template(test_server, _DATABASE)
        _use_database(test_server, _DATABASE)

    def restore_template(_self: Any) -> None:
        # TRUNCATE would also empty the workspaces; a copy of the template takes a tenth of a second.
        connections.close_all()
        _copy_template(test_server, _DATABASE)
        events.clear_partition_cache()

    TransactionTestCase._fixture_teardown = restore_template  # type: ignore[method-assign]
    yield
    with django_db_blocker.unblock():
        connections.close_all()


@pytest.fixture(autouse=True)
def _reset_process_state() -> Iterator[None]:
    yield
    from django.db import connection
    from django.utils import translation

    from quen.apps.channels.services import cache

    cache.clear_cache()
    connection.use_schema("public")  # type: ignore[attr-defined]
    translation.activate("vi")


@pytest.fixture
def database(db: None) -> None:
    """The database, with no workspace in use."""


@pytest.fixture
def workspace(db: None) -> Iterator[Any]:
    """Trà Sen, with its schema in use."""
    yield from _use_workspace("tra-sen")


@pytest.fixture
def committed_workspace(transactional_db: None) -> Iterator[Any]:
    """Trà Sen for tests that commit: other connections and processes see the rows."""
    yield from _use_workspace("tra-sen")


def _use_workspace(slug: str) -> Iterator[Any]:
    from quen.apps.accounts import queries
    from quen.core import schemas

    found = queries.get_workspace(slug)
    with schemas.use(found.schema_name):
        yield found


@pytest.fixture
def an(workspace: Any) -> Any:
    """An's member: owner of Trà Sen."""
    return _member("an@tra-sen.example")


@pytest.fixture
def binh(workspace: Any) -> Any:
    """Bình's member: may only read."""
    return _member("binh@tra-sen.example")


def _member(email: str) -> Any:
    from quen.apps.accounts import queries as accounts
    from quen.apps.team import queries as team

    user = accounts.find_user(email)
    assert user is not None
    return team.find_member(user.pk)


@pytest.fixture
def client_of(db: None) -> Callable[[str], Any]:
    """Return a function that signs a test client in: ``client_of(AN).get("/w/tra-sen/contacts/")``."""
    from django.test import Client

    from quen.apps.accounts import queries

    def sign_in(email: str) -> Client:
        client = Client()
        user = queries.find_user(email)
        assert user is not None
        client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
        return client

    return sign_in
