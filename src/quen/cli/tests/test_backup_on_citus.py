"""Backups of a Citus cluster: taken while workspaces are written to, and restored there and on plain PostgreSQL."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.conf import settings
from tests import citus_cluster
from tests.cast import GOM_VIET, TRA_SEN
from tests.patience import PATIENCE_SECONDS

from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import make_contact
from quen.cli.backups import archive, nodes
from quen.cli.base import EXIT_UNAVAILABLE, CommandError
from quen.cli.bench import citus_nodes
from quen.cli.tests.installations import (
    SLUG,
    Installation,
    another_database,
    another_home,
    as_processes,
)
from quen.core import schemas
from quen.core.postgres.processes import wait_until

#: of the events that a test writes
KIND = 32_000
#: no server listens there
DEAD_PORT = 1


class TestWhatANodeLacks:
    """What nodes say is given here: no two versions can be started in one cluster."""

    FACTS: Mapping[str, Any] = {
        "postgresql": 18,
        "citus": "14.0-1",
        "extensions": ["plpgsql", "citus", "pg_trgm", "btree_gin"],
    }

    @pytest.mark.parametrize(
        ("second", "code", "said"),
        [
            ({"extensions": ["plpgsql", "citus", "pg_trgm"]}, "no_extension", "btree_gin"),
            ({"extensions": ["plpgsql", "citus", "pg_trgm"]}, "no_extension", "b:5432"),
            ({"citus": "13.2-1"}, "different_versions", "b:5432: PostgreSQL 18 + Citus 13.2-1"),
        ],
    )
    def test_is_said_before_anything_is_restored(self, second: dict[str, Any], code: str, said: str) -> None:
        with pytest.raises(CommandError) as refused:
            nodes.check_facts({"a:5432": self.FACTS, "b:5432": {**self.FACTS, **second}})
        assert refused.value.code == code
        assert said in str(refused.value)

    def test_a_pair_that_nobody_tried_is_refused(self) -> None:
        nodes.check_facts({"a:5432": self.FACTS})
        nodes.check_facts({"a:5432": {**self.FACTS, "postgresql": 15, "citus": "13.2-1"}})
        with pytest.raises(CommandError) as refused:
            nodes.check_facts({"a:5432": {**self.FACTS, "postgresql": 17}})
        assert "PostgreSQL 17 + Citus 14.0-1" in str(refused.value)


@pytest.fixture(scope="module")
def cluster(shop: Installation, everything: Path) -> Iterator[Installation]:
    """An installation on a database of the cluster, restored from a backup of plain PostgreSQL."""
    name = f"quen_backup_{os.getpid()}"
    citus_cluster.create_template(name)
    with another_home(like=shop) as home:
        url = citus_cluster.url(name)
        found = Installation(home, url, as_processes(QUEN_HOME=str(home), DATABASE_URL=url))
        found.run("restore", str(everything))
        yield found
    citus_cluster.drop_database(name)


@contextmanager
def written_to(site: Installation) -> Iterator[list[int]]:
    """Write to three tables of the workspace in each transaction; yield the list of tags that were committed."""
    schema = site.schema(SLUG)
    ((contact, at),) = site.query(
        f"SELECT contact_id, at FROM {schema}.events_event ORDER BY at DESC LIMIT 1"
    )
    committed: list[int] = []
    stop = threading.Event()

    def write() -> None:
        with psycopg.connect(site.url, autocommit=True) as session:
            while not stop.is_set():
                with session.transaction():
                    name = f"w-{len(committed)}"
                    found = session.execute(
                        f"INSERT INTO {schema}.contacts_tag (name, description, colour, created_at)"
                        " VALUES (%s, '', '', now()) RETURNING id",
                        [name],
                    ).fetchone()
                    assert found is not None
                    session.execute(
                        f"INSERT INTO {schema}.events_event (at, contact_id, kind, ref) VALUES (%s, %s, %s, %s)",
                        [at, contact, KIND, found[0]],
                    )
                    session.execute(
                        f"INSERT INTO {schema}.contacts_contacttag (contact_id, tag_id) VALUES (%s, %s)",
                        [contact, found[0]],
                    )
                committed.append(found[0])

    writer = threading.Thread(target=write)
    writer.start()
    try:
        assert wait_until(lambda: len(committed) > 20, PATIENCE_SECONDS)
        yield committed
    finally:
        stop.set()
        writer.join()
        with psycopg.connect(site.url) as session:
            for statement in (
                f"DELETE FROM {schema}.events_event WHERE kind = {KIND}",
                f"DELETE FROM {schema}.contacts_contacttag t"
                f" USING {schema}.contacts_tag g WHERE g.id = t.tag_id AND g.name LIKE 'w-%'",
                f"DELETE FROM {schema}.contacts_tag WHERE name LIKE 'w-%'",
            ):
                session.execute(statement.encode())


def tags_in(site: Installation, slug: str) -> list[list[int]]:
    """Return the tags that a test wrote, as each of the three tables has them."""
    schema = site.schema(slug)
    statements = (
        f"SELECT id FROM {schema}.contacts_tag WHERE name LIKE 'w-%' ORDER BY id",
        f"SELECT t.tag_id FROM {schema}.contacts_contacttag t JOIN {schema}.contacts_tag g ON g.id = t.tag_id"
        " WHERE g.name LIKE 'w-%' ORDER BY 1",
        f"SELECT ref FROM {schema}.events_event WHERE kind = {KIND} ORDER BY 1",
    )
    return [[number for (number,) in site.query(statement)] for statement in statements]


def tags_of(file: Path) -> list[list[int]]:
    """Return the same from the backup of a workspace."""
    backup = archive.read(file)

    def column(table: str, name: str, *, where: str, is_: str) -> list[int]:
        columns = backup.manifest.columns[table]
        with backup.open(f"tables/{table}.copy") as member:
            found = [line.decode().rstrip("\n").split("\t") for line in member]
        place, test = columns.index(name), columns.index(where)
        return sorted(int(row[place]) for row in found if row[test].startswith(is_))

    tags = column("contacts_tag", "id", where="name", is_="w-")
    tagged = column("contacts_contacttag", "tag_id", where="tag_id", is_="")
    # The demo's own tags came first.
    return [
        tags,
        [tag for tag in tagged if tag >= min(tags)],
        column("events_event", "ref", where="kind", is_=str(KIND)),
    ]


def places(site: Installation) -> list[tuple[str, int, int]]:
    """Return each workspace's schema with the numbers of its tables that are placed, and that are not."""
    return site.query(
        "SELECT w.schema_name, count(p.logicalrelid)::int, (count(*) - count(p.logicalrelid))::int"
        "  FROM accounts_workspace w JOIN pg_class c ON c.relnamespace = w.schema_name::regnamespace"
        "  LEFT JOIN pg_dist_partition p ON p.logicalrelid = c.oid"
        " WHERE c.relkind IN ('r', 'p') GROUP BY w.schema_name ORDER BY 1"
    )


@pytest.mark.on_citus
class TestOnTheCluster:
    def test_from_plain_to_the_cluster_and_back_every_row_is_kept(
        self, shop: Installation, cluster: Installation, tmp_path: Path
    ) -> None:
        assert cluster.contents() == shop.contents()
        ((_schema, placed, left),) = places(cluster)
        assert (placed > 40, left) == (True, 0)
        assert cluster.definitions(SLUG) == shop.definitions(SLUG)
        file = cluster.backup(tmp_path / "cluster.quen")
        with another_database(shop, "back_again", like=shop) as plain:
            plain.run("restore", str(file))
            assert plain.contents() == shop.contents()
            assert plain.definitions(SLUG) == shop.definitions(SLUG)

    def test_everything_is_restored_from_a_backup_during_writes(
        self, shop: Installation, cluster: Installation, tmp_path: Path
    ) -> None:
        with written_to(cluster) as committed:
            before = len(committed)
            file = cluster.backup(tmp_path / "busy.quen")
            assert wait_until(lambda: len(committed) > before, PATIENCE_SECONDS)
            after = committed.copy()
        with another_database(shop, "from_busy", like=shop) as plain:
            plain.run("restore", str(file))
            tags, tagged, events = tags_in(plain, SLUG)
            assert before <= len(tags) <= len(after)
            assert tags == tagged == events == after[: len(tags)]

    def test_a_workspace_is_one_moment_while_it_is_written_to(
        self, cluster: Installation, tmp_path: Path
    ) -> None:
        with written_to(cluster) as committed:
            for number in range(3):
                before = len(committed)
                file = cluster.backup(tmp_path / f"{number}.quen", "-w", SLUG)
                tags, tagged, events = tags_of(file)
                assert before <= len(tags) <= len(committed)
                assert len(committed) > before
                assert tags == tagged == events == committed[: len(tags)]
        cluster.run("restore", str(file), "--as", "ban-sao")
        assert tags_in(cluster, "ban-sao") == [tags, tags, tags]
        assert [left for _schema, _placed, left in places(cluster)] == [0, 0]

    def test_a_workspace_restored_beside_the_first_is_equal_and_works(
        self, here: Installation, tmp_path: Path
    ) -> None:
        here.run("demo", "-w", TRA_SEN, "--contacts", "60", "--events", "600")
        file = here.backup(tmp_path / "one.quen", "-w", TRA_SEN)
        here.run("restore", str(file), "--as", "ban-sao")
        assert here.workspace_contents("ban-sao") == here.workspace_contents(TRA_SEN)
        assert here.definitions("ban-sao") == here.definitions(TRA_SEN)
        assert {left for _schema, _placed, left in places(here)} == {0}
        with schemas.use(here.schema("ban-sao")):
            numbers = set(Contact.objects.values_list("pk", flat=True))
            assert make_contact(full_name="Nguyễn Thị Mới").pk > max(numbers)

    def test_one_that_moves_meanwhile_is_refused(self, here: Installation) -> None:
        schema = here.schema(TRA_SEN)
        ((host, port),) = here.query(
            "SELECT nodename, nodeport FROM pg_dist_node WHERE groupid <> 0 AND groupid NOT IN"
            " (SELECT p.groupid FROM pg_dist_placement p JOIN pg_dist_shard s USING (shardid)"
            f" WHERE s.logicalrelid = '{schema}.contacts_contact'::regclass)"
        )
        with pytest.raises(CommandError) as refused, nodes.unmoved(), nodes.unmoved(here.schema(GOM_VIET)):
            here.query(f"SELECT citus_schema_move('{schema}', '{host}', {port}, 'block_writes')::text")
        assert refused.value.code == "moved"
        assert schema in str(refused.value)

    def test_a_missing_extension_is_said_and_nothing_restored(self, here: Installation, one: Path) -> None:
        database = settings.DATABASES["default"]["NAME"]
        _coordinator, *workers = citus_cluster.ports()
        with psycopg.connect(citus_nodes.admin_url(workers[1], database), autocommit=True) as node:
            node.execute("SET citus.enable_ddl_propagation = off")
            node.execute("DROP EXTENSION pg_trgm CASCADE")
        before = here.contents("public")
        assert here.refusal("restore", str(one), "--foreign", "--as", "moi") == "no_extension"
        assert here.contents("public") == before

    def test_a_dead_node_stops_what_needs_it_and_no_other_workspace(
        self, here: Installation, one: Path, tmp_path: Path
    ) -> None:
        database = settings.DATABASES["default"]["NAME"]
        ((port,),) = here.query(
            "SELECT DISTINCT n.nodeport FROM pg_dist_node n JOIN pg_dist_placement p USING (groupid)"
            " JOIN pg_dist_shard s USING (shardid)"
            f" WHERE s.logicalrelid = '{here.schema(TRA_SEN)}.contacts_contact'::regclass"
        )
        coordinator = citus_cluster.ports()[0]
        with psycopg.connect(citus_nodes.admin_url(coordinator, database), autocommit=True) as session:
            session.execute("UPDATE pg_dist_node SET nodeport = %s WHERE nodeport = %s", [DEAD_PORT, port])
        here.backup(tmp_path / "other.quen", "-w", GOM_VIET)
        for arguments in (
            ("backup", "-o", str(tmp_path / "dead.quen"), "-w", TRA_SEN),
            ("backup", "-o", str(tmp_path / "all.quen")),
            ("restore", str(one), "--foreign", "--as", "moi"),
        ):
            code, answer, text = here.runner(*arguments)
            assert (code, answer["code"]) == (EXIT_UNAVAILABLE, "node_away")
            assert "Traceback" not in text
        assert sorted(each.name for each in tmp_path.glob("*.quen*")) == ["other.quen"]
