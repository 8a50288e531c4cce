"""What a merchant keeps when the workspaces are spread over several servers. Runs with bin/citus."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from quen.cli.bench import citus_nodes, files
from quen.core.postgres import Cluster
from quen.core.postgres.cluster import ROLE, THROWAWAY
from quen.core.postgres.processes import servers_of, wait_until
from quen.core.tests.temporary_home import temporary_home
from tests import citus_cluster
from tests.citus import sample_runs, shop_day
from tests.citus.conftest import Start
from tests.patience import PATIENCE_SECONDS
from tests.proofs import proof, scaled

pytestmark = pytest.mark.on_citus
CRASH = "quen.apps.delivery.tests"
#: enough that a move, or the death of a node, comes while there is work
ROWS, MAILS = scaled(60_000, least=20_000), scaled(40_000, least=20_000)
IMPORTED = 2_000


@pytest.fixture
def plain_database() -> Iterator[str]:
    """The URL of an empty database on plain PostgreSQL."""
    with temporary_home() as home:
        server = Cluster(home, settings=THROWAWAY)
        server.start(as_child=True)
        try:
            yield server.url()
        finally:
            server.stop()


def output_of(program: subprocess.Popen[str]) -> str:
    """Return what a program printed, after its end."""
    out, err = program.communicate()
    assert program.returncode == 0, err
    return out.strip()


def arrived(log: Path) -> list[str]:
    return log.read_text().split() if log.exists() else []


class Sending:
    """A workspace that sends to everybody in it, to a mail server that notes who got what."""

    def __init__(self, start: Start, url: str, slug: str, folder: Path) -> None:
        self.start, self.url, self.slug, self.log = start, url, slug, folder / f"{slug}.arrived"
        sink = start("", f"{CRASH}.counting_sink", self.log)
        assert sink.stdout is not None
        port = sink.stdout.readline().strip()
        made = output_of(start(url, f"{CRASH}.crash_workspace", port, MAILS, slug))
        self.schema, self.dispatch, self.connection = made.split()

    def sender(self) -> subprocess.Popen[str]:
        """Return a process that sends until all is sent."""
        return self.start(self.url, f"{CRASH}.crash_worker", self.schema, self.dispatch, self.connection)

    def has_sent(self, share: float) -> bool:
        return len(arrived(self.log)) >= MAILS * share

    def check(self, *, most_uncertain: int) -> None:
        """Every contact has one message, or the message is uncertain; nobody has two."""
        counted = output_of(
            self.start(self.url, f"{CRASH}.crash_workspace", "count", self.schema, self.dispatch)
        )
        counts = {key: int(value) for key, value in (word.split("=") for word in counted.split())}
        mails = Counter(arrived(self.log))
        assert max(mails.values()) == 1
        assert counts["sent"] + counts["uncertain"] == MAILS
        assert counts["uncertain"] <= most_uncertain
        assert MAILS - len(mails) <= counts["uncertain"]
        assert counts["missing"] == 0


def contacts_of(url: str, schema: str) -> int:
    """Return how many contacts a workspace has."""
    with psycopg.connect(url) as connection:
        row = connection.execute(f"SELECT count(*) FROM {schema}.contacts_contact").fetchone()
        assert row is not None
        return int(row[0])


def port_of(url: str, schema: str) -> int:
    """Return the port of the node that holds a workspace."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT DISTINCT n.nodeport FROM pg_dist_schema s"
            " JOIN pg_dist_partition t ON t.colocationid = s.colocationid"
            " JOIN pg_dist_shard h ON h.logicalrelid = t.logicalrelid JOIN pg_dist_placement p ON p.shardid = h.shardid"
            " JOIN pg_dist_node n ON n.groupid = p.groupid WHERE s.schemaid = %s::regnamespace",
            [schema],
        ).fetchone()
        assert row is not None
        return int(row[0])


def wait_meanwhile(condition: Callable[[], bool], *programs: subprocess.Popen[str]) -> None:
    """Wait until a condition holds while programs run: one that has ended by then had too little to do, or failed."""
    assert wait_until(
        lambda: condition() or any(each.poll() is not None for each in programs), PATIENCE_SECONDS
    )
    for each in programs:
        assert each.poll() is None, each.communicate()


def move(url: str, schema: str, port: int) -> None:
    """Move a workspace to a node while it works."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "SELECT citus_schema_move(%s::regnamespace, %s, %s, 'force_logical')",
            [schema, citus_nodes.ADDRESS, port],
        )


class TestBecomingACluster:
    def test_is_noticed_by_a_process_that_runs(self, start: Start) -> None:
        """Between the extension's creation and a restart it would count nothing, and place no new workspace."""
        name, coordinator = f"quen_later_{os.getpid()}", citus_cluster.ports()[0]
        citus_cluster.drop_database(name)
        with psycopg.connect(citus_nodes.admin_url(coordinator), autocommit=True) as admin:
            admin.execute(f"CREATE DATABASE {name} OWNER {ROLE}")
        asking = start(citus_nodes.app_url(coordinator, name), "tests.citus.asking")

        def says() -> str:
            assert asking.stdin is not None
            assert asking.stdout is not None
            asking.stdin.write("\n")
            asking.stdin.flush()
            return asking.stdout.readline().strip()

        try:
            with psycopg.connect(citus_nodes.admin_url(coordinator, name), autocommit=True) as admin:
                found = [says()]
                admin.execute("CREATE EXTENSION citus")
                found.append(says())
                admin.execute("DROP EXTENSION citus")
                found.append(says())
            assert found == ["False", "True", "False"]
        finally:
            asking.kill()
            asking.wait()
            citus_cluster.drop_database(name)


class TestImports:
    @proof("Sample files give on Citus what they give on plain PostgreSQL", files=len(sample_runs.FILES))
    def test_every_way_of_importing_gives_the_same_counts_issues_and_exports(
        self, plain_database: str, empty_database: str, start: Start
    ) -> None:
        running = [start(url, "tests.citus.sample_runs") for url in (plain_database, empty_database)]
        plain, citus = (json.loads(output_of(program)) for program in running)
        for expected, found in zip(plain, citus, strict=True):
            assert found == expected, f"{expected['file']}, {expected['way']}"
        assert len(plain) == len(sample_runs.FILES) * (len(sample_runs.WAYS) + 1)
        assert any(run["counts"]["created"] for run in plain if run["way"] == "first")
        for policy in ("overwrite", "fill"):
            assert any(run["counts"]["updated"] for run in plain if run["way"] == policy)


class TestMoving:
    @proof("A workspace that works moves to another node; nothing is lost", rows=ROWS, mails=MAILS)
    def test_loses_nothing_while_an_import_a_campaign_and_pages_run(
        self, empty_database: str, start: Start, tmp_path: Path
    ) -> None:
        url, file = empty_database, tmp_path / "people.csv"
        shop = Sending(start, url, "tra-sen", tmp_path)
        files.write_csv(file, ROWS)
        pages = start(url, "tests.citus.page_reader", shop.slug)
        sending = shop.sender()
        importing = start(url, "quen.cli", "import", file, "-w", shop.slug, "--json")
        wait_meanwhile(
            lambda: shop.has_sent(0.01) and contacts_of(url, shop.schema) > MAILS, sending, importing, pages
        )
        first = port_of(url, shop.schema)
        other = next(port for port in citus_cluster.ports()[1:] if port != first)
        move(url, shop.schema, other)
        assert port_of(url, shop.schema) == other
        imported: dict[str, Any] = json.loads(output_of(importing).splitlines()[-1])
        output_of(sending)
        answers = json.loads(pages.communicate("end\n")[0])
        assert list(answers) == ["200"]
        assert imported["created"] + imported["refused"] + imported["repeated"] == ROWS
        shop.check(most_uncertain=0)
        exported = tmp_path / "out.csv"
        output_of(start(url, "quen.cli", "export", "contacts", "-w", shop.slug, "-o", exported))
        with exported.open(newline="", encoding="utf-8-sig") as rows:
            assert sum(1 for _row in csv.reader(rows)) - 1 == MAILS + imported["created"]


class TestDeadNode:
    @proof("A node is killed while two workspaces send: one goes on, nobody gets two mails", mails=2 * MAILS)
    def test_stops_only_the_workspace_on_it_which_resumes_after_its_return(
        self, own_nodes: list[Cluster], start: Start, tmp_path: Path
    ) -> None:
        ports = [int(node.settings["port"]) for node in own_nodes]
        citus_nodes.create_database(ports, "shops")
        url = citus_nodes.app_url(ports[0], "shops")
        healthy, broken = (Sending(start, url, slug, tmp_path) for slug in ("tra-sen", "gom-viet"))
        held_by = port_of(url, broken.schema)
        if port_of(url, healthy.schema) == held_by:
            move(url, healthy.schema, next(port for port in ports[1:] if port != held_by))
        output_of(start(url, "tests.citus.shop_day", "prepare", healthy.slug))
        node = next(each for each in own_nodes if each.settings["port"] == str(held_by))
        going_on, interrupted = healthy.sender(), broken.sender()
        wait_meanwhile(lambda: healthy.has_sent(0.02) and broken.has_sent(0.02), going_on, interrupted)
        assert port_of(url, healthy.schema) != held_by
        kill(node)
        _out, error = interrupted.communicate()
        assert interrupted.returncode != 0, error
        pages = start(url, "tests.citus.page_reader", healthy.slug)
        assert (
            json.loads(output_of(start(url, "tests.citus.shop_day", "spend", healthy.slug)))
            == shop_day.EXPECTED
        )
        file = tmp_path / "people.csv"
        files.write_csv(file, IMPORTED)
        output = output_of(start(url, "quen.cli", "import", file, "-w", healthy.slug, "--json"))
        imported: dict[str, Any] = json.loads(output.splitlines()[-1])
        assert imported["created"] + imported["refused"] + imported["repeated"] == IMPORTED
        assert imported["created"] > 0
        assert list(json.loads(pages.communicate("end\n")[0])) == ["200"]
        output_of(going_on)
        healthy.check(most_uncertain=0)
        assert not broken.has_sent(1)
        node.start(as_child=True)
        output_of(broken.sender())
        broken.check(most_uncertain=50)


def kill(node: Cluster) -> None:
    """Kill a node as a power cut does."""
    pid = node.pid()
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    assert wait_until(lambda: not any(servers_of(node.data)), PATIENCE_SECONDS)
