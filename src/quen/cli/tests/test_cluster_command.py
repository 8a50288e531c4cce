"""``quen cluster check | adopt | leave`` and ``quen workspace move``, on plain PostgreSQL and on a Citus cluster."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from tests import citus_cluster
from tests.cast import GOM_VIET, NOW, TRA_SEN
from tests.patience import PATIENCE_SECONDS

from quen.apps.accounts import queries as accounts
from quen.apps.accounts import services as accounts_services
from quen.apps.accounts.models import Workspace
from quen.apps.accounts.types import PauseReason
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import make_contact
from quen.cli.bench import citus_nodes
from quen.cli.cluster import catalog, checks
from quen.cli.tests.test_command_line import quen as run_program
from quen.core import schemas
from quen.core.postgres.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
#: no server listens there
DEAD_PORT = 1
_CONTENT = "SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) FROM {}.{} t"
_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r' ORDER BY 1"


@contextmanager
def administrator(number: int) -> Iterator[psycopg.Connection[Any]]:
    """A superuser's session on a node, whose changes stay on that node."""
    url = citus_nodes.admin_url(citus_cluster.ports()[number], settings.DATABASES["default"]["NAME"])
    with psycopg.connect(url, autocommit=True) as session:
        session.execute("SET citus.enable_ddl_propagation = off")
        yield session


def lose_node(of: Workspace) -> str:
    """Let the coordinator look for a workspace's node where none is, and return that node's new address."""
    node = node_of(of)
    with administrator(0) as session:
        session.execute("UPDATE pg_dist_node SET nodeport = %s WHERE nodeport = %s", [DEAD_PORT, node.port])
    return f"{node.host}:{DEAD_PORT}"


def node_of(workspace: Workspace) -> catalog.ClusterNode:
    (group_id,) = catalog.places([workspace.schema_name])[workspace.schema_name].group_ids
    return next(node for node in catalog.nodes() if node.group_id == group_id)


def pause(slug: str, *, by: str) -> None:
    accounts_services.pause_workspace(
        workspace=accounts.get_workspace(slug), reason=PauseReason.MOVING, by=by, now=NOW
    )


def other_node(workspace: Workspace) -> str:
    here = node_of(workspace)
    return next(node.address for node in catalog.nodes() if node.takes_workspaces and node != here)


def content(schema: str) -> dict[str, str]:
    """Return a digest of every table of a schema."""
    with schemas.use("public"), connection.cursor() as cursor:
        cursor.execute(_TABLES, [schema])
        digests = {}
        for (table,) in cursor.fetchall():
            cursor.execute(_CONTENT.format(schema, table))
            digests[table] = cursor.fetchone()[0]
        return digests


def texts(report: dict[str, Any], state: str) -> str:
    return "\n".join(f"{c['text']} → {c['advice']}" for c in report["checks"] if c["state"] == state)


class TestWithoutCitus:
    pytestmark = pytest.mark.plain_only("the server speaks Citus")

    @pytest.mark.parametrize("verb", ["check", "adopt", "leave"])
    def test_there_is_nothing_to_do(self, quen: Any, verb: str) -> None:
        code, answer, _ = quen("cluster", verb)
        assert (code, answer["citus"]) == (0, False)
        assert "does not speak Citus" in answer["text"]

    def test_there_is_no_node_to_move_to(self, quen: Any) -> None:
        code, answer, stderr = quen("workspace", "move", TRA_SEN, "--to", "10.0.0.2")
        assert (code, answer["code"]) == (1, "no_citus")
        assert "Traceback" not in stderr


RIGHT: dict[str, Any] = {
    "postgresql": 18,
    "citus": "14.0-1",
    "loads_citus": True,
    "wal_level": "logical",
    "max_prepared_transactions": 200,
    "max_connections": 100,
    "schema_based_sharding": "on",
    "time_zone": "UTC",
    "text_search": "pg_catalog.english",
    "collation": "UTF8 C C b C.UTF-8",
    "extensions": ["citus", "pg_trgm", "btree_gin"],
    "role": "quen",
    "is_superuser": False,
}


class TestSettingsOfANode:
    def test_the_right_ones_are_no_fault(self) -> None:
        assert list(checks.node_faults("10.0.0.2:5432", RIGHT, RIGHT)) == []

    @pytest.mark.parametrize(
        ("name", "value", "advice"),
        [
            ("loads_citus", False, "ALTER SYSTEM SET shared_preload_libraries = 'citus'"),
            ("wal_level", "replica", "ALTER SYSTEM SET wal_level = 'logical'"),
            ("max_prepared_transactions", 0, "ALTER SYSTEM SET max_prepared_transactions = '200'"),
            ("max_connections", 20, "ALTER SYSTEM SET max_connections = '100'"),
            ("time_zone", "Asia/Ho_Chi_Minh", "ALTER SYSTEM SET timezone = 'UTC'"),
            ("postgresql", 17, "equal"),
            ("citus", "13.2-1", "equal"),
            ("collation", "UTF8 vi_VN.UTF-8", "equal"),
            ("text_search", "pg_catalog.simple", "equal"),
            ("extensions", ["citus", "btree_gin"], "CREATE EXTENSION pg_trgm"),
            ("extensions", ["citus", "pg_trgm"], "CREATE EXTENSION btree_gin"),
            ("is_superuser", True, 'ALTER ROLE "quen" NOSUPERUSER'),
        ],
    )
    def test_each_wrong_one_is_named_with_what_mends_it(self, name: str, value: object, advice: str) -> None:
        (fault,) = checks.node_faults("10.0.0.2:5432", {**RIGHT, name: value}, RIGHT)
        assert fault.state == "fail"
        assert "10.0.0.2:5432" in fault.text
        assert advice in fault.advice


@pytest.mark.on_citus
class TestCheck:
    def test_all_is_well_and_each_workspace_is_somewhere(self, quen: Any) -> None:
        code, report, _ = quen("cluster", "check")
        assert (code, report["well"], texts(report, "fail")) == (0, True, "")
        assert [node["reachable"] for node in report["nodes"]] == [True, True, True]
        found = {each["slug"]: each for each in report["workspaces"]}
        assert found.keys() == {TRA_SEN, GOM_VIET}
        for each in found.values():
            assert (each["placed"], each["reachable"], each["paused"]) == (True, True, False)
            assert each["bytes"] > 100_000
            assert each["node"] == node_of(accounts.get_workspace(each["slug"])).address

    def test_a_dead_node_is_named_with_its_workspaces_and_stops_nothing_else(self, quen: Any) -> None:
        tra_sen, gom_viet = map(accounts.get_workspace, (TRA_SEN, GOM_VIET))
        assert node_of(tra_sen) != node_of(gom_viet)
        gone = lose_node(tra_sen)
        code, report, stderr = quen("cluster", "check")
        assert (code, report["well"]) == (1, False)
        assert "Traceback" not in stderr
        assert f"{gone} doesn't respond" in texts(report, "fail")
        assert "Standing still: Trà Sen" in texts(report, "fail")
        found = {each["slug"]: each for each in report["workspaces"]}
        assert (found[TRA_SEN]["reachable"], found[TRA_SEN]["bytes"]) == (False, None)
        assert found[GOM_VIET]["reachable"]
        assert found[GOM_VIET]["bytes"] > 100_000
        assert "“Gốm Việt” is on" in texts(report, "ok")

    def test_a_missing_extension_and_a_time_zone_are_found_on_their_node(self, quen: Any) -> None:
        with administrator(1) as session:
            session.execute("DROP EXTENSION btree_gin CASCADE")
            name = settings.DATABASES["default"]["NAME"]
            session.execute(f"ALTER DATABASE {name} SET timezone = 'Asia/Ho_Chi_Minh'")
        code, report, _ = quen("cluster", "check")
        address = f"{citus_nodes.ADDRESS}:{citus_cluster.ports()[1]}"
        assert code == 1
        assert f"{address}: the extension btree_gin is missing" in texts(report, "fail")
        assert f"{address}: the time zone is Asia/Ho_Chi_Minh" in texts(report, "fail")
        assert len(texts(report, "fail").splitlines()) == 2

    def test_a_disabled_node_and_a_coordinator_without_address_are_found(self, quen: Any) -> None:
        node = node_of(accounts.get_workspace(TRA_SEN))
        with administrator(0) as session:
            session.execute("UPDATE pg_dist_node SET isactive = false WHERE nodeport = %s", [node.port])
            session.execute("DELETE FROM pg_dist_node WHERE groupid = 0")
        code, report, _ = quen("cluster", "check")
        assert code == 1
        assert f"citus_activate_node('{node.host}', {node.port})" in texts(report, "fail")
        assert "citus_set_coordinator_host" in texts(report, "fail")
        assert {each["slug"]: each["reachable"] for each in report["workspaces"]} == {
            TRA_SEN: False,
            GOM_VIET: True,
        }

    def test_without_a_node_for_workspaces_it_says_how_to_add_one(self, quen: Any) -> None:
        with administrator(0) as session:
            session.execute("UPDATE pg_dist_node SET shouldhaveshards = false")
        code, report, _ = quen("cluster", "check")
        assert code == 1
        assert "No node takes workspaces. → On the coordinator" in texts(report, "fail")

    def test_sharding_by_schema_that_is_off_is_found(self, quen: Any) -> None:
        with administrator(0) as session:
            name = settings.DATABASES["default"]["NAME"]
            session.execute(f"ALTER DATABASE {name} SET citus.enable_schema_based_sharding = off")
        code, report, _ = quen("cluster", "check")
        assert code == 1
        assert "citus.enable_schema_based_sharding = 'on'" in texts(report, "fail")

    def test_a_table_that_is_not_with_the_others_is_found(self, quen: Any) -> None:
        schema = accounts.get_workspace(TRA_SEN).schema_name
        with connection.cursor() as cursor:
            # In a DO block Citus does not see it: the table stays on the coordinator, and nothing says so.
            cursor.execute(f"DO $$ BEGIN CREATE TABLE {schema}.stray (id int); END $$")
        code, report, _ = quen("cluster", "check")
        assert code == 1
        assert "“Trà Sen” is only partly placed: 1 of its tables" in texts(report, "fail")
        assert "no primary key in stray" in texts(report, "fail")


@pytest.mark.on_citus
class TestMove:
    def test_a_workspace_moves_while_it_is_written_to(self, quen: Any) -> None:
        workspace = accounts.get_workspace(TRA_SEN)
        target, written = other_node(workspace), Writer(workspace.schema_name)
        with written:
            assert written.has(20)
            code, answer, _ = quen("workspace", "move", TRA_SEN, "--to", target)
            assert (code, answer["moved"], answer["node"]) == (0, True, target)
            assert written.has(written.count + 20)
        assert written.errors == []
        assert node_of(workspace).address == target
        assert Contact.objects.count() == written.count
        assert quen("cluster", "check")[0] == 0

    def test_where_it_is_already_nothing_happens(self, quen: Any) -> None:
        here = node_of(accounts.get_workspace(TRA_SEN)).address
        code, answer, _ = quen("workspace", "move", TRA_SEN, "--to", here)
        assert (code, answer["moved"]) == (0, False)

    def test_refusals_are_sentences(self, quen: Any) -> None:
        workspace = accounts.get_workspace(TRA_SEN)
        here, other = node_of(workspace), other_node(workspace)
        coordinator = next(node.address for node in catalog.nodes() if node.is_coordinator)
        assert quen("workspace", "move", TRA_SEN, "--to", "10.9.9.9")[1]["code"] == "no_such_node"
        assert quen("workspace", "move", TRA_SEN, "--to", here.host)[1]["code"] == "no_such_node"
        assert quen("workspace", "move", TRA_SEN, "--to", coordinator)[1]["code"] == "takes_no_workspaces"
        lose_node(workspace)
        code, answer, stderr = quen("workspace", "move", TRA_SEN, "--to", other)
        assert (code, answer["code"]) == (1, "node_unreachable")
        assert "Traceback" not in stderr


@pytest.mark.on_citus
class TestAdoptAndLeave:
    def test_every_row_and_the_next_ids_stay(self, quen: Any) -> None:
        workspace = accounts.get_workspace(TRA_SEN)
        quen("demo", "-w", TRA_SEN, "--contacts", "60", "--events", "600")
        last = make_contact()
        before = content(workspace.schema_name)
        for verb, placed in (("leave", False), ("adopt", True), ("leave", False), ("adopt", True)):
            code, answer, _ = quen("cluster", verb, TRA_SEN)
            assert (code, answer["failed"]) == (0, [])
            assert answer["done"][0]["changed"]
            assert catalog.places([workspace.schema_name])[workspace.schema_name].is_placed == placed
            assert content(workspace.schema_name) == before
            now = make_contact()
            assert now.pk == last.pk + 1
            Contact.all_objects.filter(pk=now.pk).delete()
            last = now
            assert accounts.get_workspace(TRA_SEN).paused_at is None
            assert not quen("cluster", verb, TRA_SEN)[1]["done"][0]["changed"]
        assert quen("cluster", "check")[0] == 0

    def test_all_workspaces_leave_and_are_missed_by_check_until_they_are_back(self, quen: Any) -> None:
        assert quen("cluster", "leave")[0] == 0
        code, report, _ = quen("cluster", "check")
        assert code == 1
        assert [each["placed"] for each in report["workspaces"]] == [False, False]
        assert f"quen cluster adopt {TRA_SEN}" in texts(report, "fail")
        assert all(each["bytes"] > 100_000 for each in report["workspaces"])
        assert (
            quen("workspace", "move", TRA_SEN, "--to", catalog.nodes()[1].address)[1]["code"] == "not_placed"
        )
        assert quen("cluster", "adopt")[0] == 0
        assert quen("cluster", "check")[0] == 0

    def test_nothing_of_an_adopted_workspace_remains_on_the_coordinator(self, quen: Any) -> None:
        schema = accounts.get_workspace(TRA_SEN).schema_name
        quen("cluster", "leave", TRA_SEN)
        make_contact()
        quen("cluster", "adopt", TRA_SEN)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_relation_size('{schema}.contacts_contact')")
            assert cursor.fetchone() == (0,)

    def test_a_workspace_that_an_operator_paused_stays_paused(self, quen: Any) -> None:
        pause(TRA_SEN, by="An")
        assert quen("cluster", "leave", TRA_SEN)[0] == 0
        assert quen("cluster", "adopt", TRA_SEN)[0] == 0
        assert accounts.get_workspace(TRA_SEN).paused_at is not None
        assert "“Trà Sen” is paused" in texts(quen("cluster", "check")[1], "warn")

    @pytest.mark.parametrize(("verb", "placed"), [("adopt", True), ("leave", False)])
    def test_killed_it_has_changed_nothing_and_goes_on_when_run_again(
        self, quen: Any, verb: str, placed: bool
    ) -> None:
        workspace = accounts.get_workspace(TRA_SEN)
        make_contact()
        if placed:
            quen("cluster", "leave", TRA_SEN)
        before = content(workspace.schema_name)
        # Somebody is still at work in the workspace, so the command waits in the middle of it.
        with connection.cursor() as cursor, busy(cursor, workspace.schema_name):
            program = subprocess.Popen(
                [sys.executable, "-m", "quen.cli", "cluster", verb, TRA_SEN],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "LC_ALL": "C"},
            )
            waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'LOCK TABLE%'"
            with administrator(0) as session:
                assert wait_until(lambda: session.execute(waits).fetchone() != (0,), PATIENCE_SECONDS)
            program.send_signal(signal.SIGKILL)
            program.wait()
        assert catalog.places([workspace.schema_name])[workspace.schema_name].is_placed != placed
        assert accounts.get_workspace(TRA_SEN).paused_at is not None
        assert "was interrupted" in texts(quen("cluster", "check")[1], "warn")
        assert quen("cluster", verb, TRA_SEN)[0] == 0
        assert catalog.places([workspace.schema_name])[workspace.schema_name].is_placed == placed
        assert accounts.get_workspace(TRA_SEN).paused_at is None
        assert content(workspace.schema_name) == before

    def test_killed_before_it_could_resume_the_next_run_resumes(self, quen: Any) -> None:
        pause(TRA_SEN, by="quen cluster")
        assert quen("cluster", "adopt", TRA_SEN)[0] == 0
        assert accounts.get_workspace(TRA_SEN).paused_at is None

    def test_a_table_that_citus_could_not_take_is_named_and_nothing_changes(self, quen: Any) -> None:
        workspace = accounts.get_workspace(TRA_SEN)
        quen("cluster", "leave", TRA_SEN)
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE {workspace.schema_name}.stray (id int)")
        code, answer, _ = quen("cluster", "adopt", TRA_SEN)
        assert (code, answer["failed"][0]["code"]) == (1, "unfit_tables")
        assert "stray" in answer["failed"][0]["text"]
        assert accounts.get_workspace(TRA_SEN).paused_at is None

    def test_with_a_node_away_it_is_refused_before_anything_is_paused(self, quen: Any) -> None:
        lose_node(accounts.get_workspace(GOM_VIET))
        code, answer, _ = quen("cluster", "leave", TRA_SEN)
        assert (code, answer["failed"][0]["code"]) == (1, "node_unreachable")
        assert accounts.get_workspace(TRA_SEN).paused_at is None

    def test_in_vietnamese_it_says_what_happened(self, quen: Any) -> None:
        assert quen("cluster", "leave", TRA_SEN)[0] == 0
        done = run_program("cluster", "check", LC_ALL="vi_VN.UTF-8")
        assert done.returncode == 1
        assert "chưa được đặt lên nút nào" in done.stdout


@contextmanager
def busy(cursor: Any, schema: str) -> Iterator[None]:
    """Hold rows of a workspace in an open transaction."""
    cursor.execute("BEGIN")
    cursor.execute(f"UPDATE {schema}.contacts_contact SET full_name = full_name")
    yield
    cursor.execute("ROLLBACK")


class Writer:
    """Writes customers into a workspace from a thread of its own, as fast as it can."""

    def __init__(self, schema: str) -> None:
        self._schema = schema
        self.count = 0
        self.errors: list[Exception] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._write)

    def has(self, count: int) -> bool:
        """Wait until so many are written."""
        return wait_until(lambda: self.count >= count, PATIENCE_SECONDS)

    def _write(self) -> None:
        try:
            with schemas.use(self._schema):
                while not self._ended.is_set():
                    make_contact()
                    self.count += 1
        except Exception as error:
            self.errors.append(error)
        finally:
            connection.close()

    def __enter__(self) -> Writer:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self._thread.join()
