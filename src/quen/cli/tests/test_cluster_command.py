"""``quen cluster check`` and ``quen workspace move``, on plain PostgreSQL and on a Citus cluster."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from tests import citus_cluster
from tests.cast import GOM_VIET, TRA_SEN
from tests.patience import PATIENCE_SECONDS

from quen.apps.accounts import queries as accounts
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import make_contact
from quen.cli.bench import citus_nodes
from quen.cli.cluster import catalog, checks
from quen.cli.tests.cluster_tools import (
    administrator,
    lose_node,
    node_of,
    other_node,
    texts,
)
from quen.core import schemas
from quen.core.postgres.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


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
    "synchronous_commit": "on",
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
            ("synchronous_commit", "off", "ALTER SYSTEM SET synchronous_commit = 'on'"),
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
        assert quen("cluster", "adopt", TRA_SEN)[1]["failed"][0]["code"] == "partly_placed"
        assert quen("cluster", "leave", TRA_SEN)[0] == 0
        with connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE {schema}.stray")
        assert quen("cluster", "adopt", TRA_SEN)[0] == 0
        assert quen("cluster", "check")[0] == 0


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

    def test_where_commits_do_not_wait_for_the_log_nothing_moves(self, quen: Any) -> None:
        workspace = accounts.get_workspace(TRA_SEN)
        name, target = settings.DATABASES["default"]["NAME"], other_node(workspace)
        number = citus_cluster.ports().index(node_of(workspace).port)
        with administrator(number) as session:
            session.execute(f"ALTER DATABASE {name} SET synchronous_commit = off")
        code, answer, _ = quen("workspace", "move", TRA_SEN, "--to", target)
        assert (code, answer["code"]) == (1, "synchronous_commit")
        assert "synchronous_commit is off" in texts(quen("cluster", "check")[1], "fail")

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
