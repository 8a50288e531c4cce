"""Where schemas are placed, and what is known of sizes and rows, with and without Citus."""

from __future__ import annotations

import pytest
from django.db import connection, transaction
from tests.citus_cluster import ports

from quen.apps.accounts.models import Workspace
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import make_contacts
from quen.core import citus, schemas, sql
from quen.core.sql import Relation

#: what EXPLAIN (FORMAT JSON) says on a coordinator
COORDINATOR_PLAN = """[{"Plan": {"Node Type": "Custom Scan", "Custom Plan Provider": "Citus Adaptive", "Plan Rows": 0,
 "Distributed Query": {"Job": {"Task Count": 1, "Tasks Shown": "All", "Tasks": [{"Node": "host=10.0.0.2 port=5432",
 "Remote Plan": [[{"Plan": {"Node Type": "Seq Scan", "Plan Rows": 1541}}]]}]}}}}]"""


class TestEstimates:
    def test_come_from_the_plan_of_the_node(self) -> None:
        assert citus.planned_rows(COORDINATOR_PLAN) == 1541
        assert citus.planned_rows([{"Plan": {"Node Type": "Seq Scan", "Plan Rows": 7}}]) == 7

    def test_are_near_the_truth(self, workspace: Workspace) -> None:
        make_contacts(400)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE contacts_contact")
        assert 300 <= citus.estimated_rows("contacts_contact") <= 500
        everybody = Relation("SELECT id FROM contacts_contact WHERE id > %(id)s", {"id": 0})
        assert 300 <= sql.estimated_rows(everybody) <= 500
        assert sql.estimated_rows(Relation("SELECT id FROM contacts_contact LIMIT 20")) == 20


@pytest.mark.usefixtures("database")
class TestCommits:
    def test_wait_for_the_disk_unless_a_transaction_says_otherwise(self) -> None:
        with connection.cursor() as cursor, transaction.atomic():
            cursor.execute("SET LOCAL synchronous_commit = 'local'")
            before = self.setting()
            with transaction.atomic():
                citus.commit_unflushed()
                assert self.setting() == (before if ports() else "off")
                transaction.set_rollback(True)
            assert self.setting() == before == "local"

    @staticmethod
    def setting() -> str:
        with connection.cursor() as cursor:
            cursor.execute("SHOW synchronous_commit")
            return str(cursor.fetchone()[0])


@pytest.mark.usefixtures("database")
class TestPlacement:
    def test_is_known_of_every_workspace_on_a_cluster_alone(self) -> None:
        assert citus.is_citus() is bool(ports())
        assert sorted(citus.nodes()) == (sorted(schemas.workspace_schemas()) if ports() else [])

    @pytest.mark.on_citus
    def test_is_of_all_tables_of_workspaces_and_of_no_other(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT n.nspname, count(p.logicalrelid) > 0, count(*) = count(p.logicalrelid)"
                "  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                "  LEFT JOIN pg_dist_partition p ON p.logicalrelid = c.oid"
                " WHERE c.relkind IN ('r', 'p') AND (n.nspname = ANY(%s))"
                " GROUP BY n.nspname",
                [["public", schemas.TEMPLATE, *schemas.workspace_schemas()]],
            )
            found = {name: (some, every) for name, some, every in cursor.fetchall()}
        assert found.pop("public") == (False, False)
        assert found.pop(schemas.TEMPLATE) == (False, False)
        assert found == dict.fromkeys(schemas.workspace_schemas(), (True, True))

    @pytest.mark.on_citus
    def test_waits_while_a_schema_is_filled(self) -> None:
        def propagates() -> bool:
            with connection.cursor() as cursor:
                cursor.execute("SHOW citus.enable_ddl_propagation")
                return bool(cursor.fetchone()[0] == "on")

        with citus.local_ddl():
            with citus.local_ddl():
                assert not propagates()
            assert not propagates()
            schemas.create_schema_at("ws_filled", schemas.known_migrations(workspace=True))
            with schemas.use("ws_filled"):
                make_contacts(3)
            assert "ws_filled" not in citus.nodes()
        assert propagates()
        citus.distribute_schema("ws_filled")
        assert "ws_filled" in citus.nodes()
        with schemas.use("ws_filled"):
            assert Contact.objects.count() == 3


def columns_of(schema: str) -> list[tuple[str, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type, is_nullable, coalesce(column_default, '')"
            " FROM information_schema.columns WHERE table_schema = %s ORDER BY 1, 2",
            [schema],
        )
        return list(cursor.fetchall())


@pytest.mark.usefixtures("database")
class TestOlderWorkspace:
    def test_is_brought_up_to_date_where_it_is(self) -> None:
        known = schemas.known_migrations(workspace=True)
        schemas.create_schema_at("ws_older", {name for name in known if name.endswith(".0001_initial")})
        citus.distribute_schema("ws_older")
        schemas.migrate_schema("ws_older")
        assert columns_of("ws_older") == columns_of(schemas.TEMPLATE)
