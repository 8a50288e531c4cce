"""``quen cluster adopt | leave``: every row of every table, and the next ids, whatever happens on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

import pytest
from django.db import connection
from tests.cast import GOM_VIET, TRA_SEN
from tests.patience import PATIENCE_SECONDS

from quen.apps.accounts import queries as accounts
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import make_contact
from quen.cli.cluster import catalog
from quen.cli.tests.cluster_tools import administrator, content, lose_node, pause, texts
from quen.cli.tests.test_command_line import quen as run_program
from quen.core.postgres.processes import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.on_citus]
_WAITING = (
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE wait_event_type = 'Lock' AND usename = 'quen' AND datname = current_database()"
)


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
    @pytest.mark.parametrize("moment", ["before the first change", "before the commit"])
    def test_killed_it_has_changed_nothing_and_goes_on_when_run_again(
        self, quen: Any, verb: str, placed: bool, moment: str
    ) -> None:
        workspace = accounts.get_workspace(TRA_SEN)
        make_contact()
        if placed:
            quen("cluster", "leave", TRA_SEN)
        before = content(workspace.schema_name)
        # A lock lets it wait there: somebody's open transaction, or the table in which Citus keeps what is distributed.
        holder = "UPDATE {}.contacts_contact SET full_name = full_name"
        if moment == "before the commit":
            holder = "LOCK TABLE pg_dist_schema IN EXCLUSIVE MODE"
        with administrator(0) as session, session.transaction():
            session.execute(holder.format(workspace.schema_name))
            program = subprocess.Popen(
                [sys.executable, "-m", "quen.cli", "cluster", verb, TRA_SEN],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "LC_ALL": "C"},
            )
            with administrator(0) as other:
                assert wait_until(lambda: other.execute(_WAITING).fetchone() != (0,), PATIENCE_SECONDS)
            program.send_signal(signal.SIGKILL)
            program.wait()
        assert catalog.places([workspace.schema_name])[workspace.schema_name].is_placed != placed
        assert accounts.get_workspace(TRA_SEN).paused_at is not None
        assert "was interrupted" in texts(quen("cluster", "check")[1], "warn")
        assert quen("cluster", verb, TRA_SEN)[0] == 0
        assert catalog.places([workspace.schema_name])[workspace.schema_name].is_placed == placed
        assert accounts.get_workspace(TRA_SEN).paused_at is None
        assert content(workspace.schema_name) == before
        assert quen("cluster", "adopt")[0] == 0
        assert quen("cluster", "check")[0] == 0

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
