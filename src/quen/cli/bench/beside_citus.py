"""The hot paths on a Citus cluster of this machine beside plain PostgreSQL, in one run.

``python -m quen.cli.bench.beside_citus SIZE`` measures the database in DATABASE_URL and prints the results as JSON.
"""

from __future__ import annotations

import csv
import dataclasses
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from quen.cli.bench import citus_nodes
from quen.cli.bench.measure import BenchResult
from quen.core import postgres
from quen.core.actors import SYSTEM

if TYPE_CHECKING:
    from quen.apps.accounts.models import User


_OWNER = "bench@quen.localhost"


@dataclass(frozen=True, slots=True)
class MeasuredPair:
    """A path measured on plain PostgreSQL and on the cluster."""

    plain: BenchResult
    citus: BenchResult

    @property
    def times_as_long(self) -> float:
        """How many times as long the cluster takes."""
        assert self.plain.seconds and self.citus.seconds
        return self.citus.seconds / self.plain.seconds


def measure_pairs(
    folder: Path, home: Path, sizes: list[int], report: Callable[[str], None]
) -> tuple[list[MeasuredPair], str]:
    """Measure every size on plain PostgreSQL and on a cluster. Return the pairs, and the versions of both.

    folder: holds the installed Citus; home: an empty folder for the servers. Raises SetupError.
    """
    plain_home = home / "plain"
    plain_home.mkdir(mode=0o755)
    plain = postgres.Cluster(plain_home)
    nodes = citus_nodes.nodes_of(folder, home)
    name = "quen_bench"
    pairs: list[MeasuredPair] = []
    with postgres.running(plain, as_child=True), citus_nodes.running_nodes(nodes) as ports:
        citus_nodes.create_database(ports, name)
        clustered = citus_nodes.app_url(ports[0], name)
        for size in sizes:
            report(f"{size:,} contacts on PostgreSQL")
            alone = _measured(plain.url(), size)
            report(f"{size:,} contacts on Citus")
            pairs += [MeasuredPair(*each) for each in zip(alone, _measured(clustered, size), strict=True)]
        return pairs, _versions(clustered)


def _measured(url: str, size: int) -> list[BenchResult]:
    """Measure in a process of its own: nothing is remembered of another database."""
    command = [sys.executable, "-m", __name__, str(size)]
    environment = {**os.environ, "DATABASE_URL": url}
    done = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True)
    return [BenchResult(**values) for values in json.loads(done.stdout.splitlines()[-1])]


def _versions(url: str) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT current_setting('server_version'), extversion FROM pg_extension WHERE extname = 'citus'"
        ).fetchone()
        assert row is not None
        return f"PostgreSQL {row[0]}, Citus {row[1]}"


def main(size: int) -> None:
    """Measure one database."""
    import django

    django.setup()
    from quen.apps.accounts import queries
    from quen.apps.accounts import services as accounts
    from quen.core import schemas

    schemas.migrate_all()
    owner = queries.find_user(_OWNER) or accounts.create_user(
        email=_OWNER, name="Bench", password=None, is_operator=True
    )
    with tempfile.TemporaryDirectory(prefix="quen-bench-files-") as folder:
        results = [dataclasses.asdict(result) for result in _paths(owner, size, Path(folder))]
    sys.stdout.write(json.dumps(results) + "\n")


def _paths(owner: User, size: int, folder: Path) -> Iterator[BenchResult]:
    from quen.cli.bench import delivery, files, hot_paths
    from quen.cli.demo import fill_workspace
    from quen.core import clock, schemas

    now = clock.now()
    first, second = folder / "first.csv", folder / "second.csv"
    files.write_csv(first, size)
    _move_house(first, second)
    imported = hot_paths.new_workspace(owner, f"Bench {size} import", now)
    for name, path, policy in (("import", first, "skip"), ("overwrite", second, "overwrite")):
        seconds, _import = hot_paths.import_file(imported, path, policy=policy)
        yield BenchResult(name, size, size / seconds, "rows/s", seconds=seconds)
    schemas.drop_schema(imported.schema_name)
    imported.delete()
    shop = hot_paths.new_workspace(owner, f"Bench {size}", now)
    fill_workspace(shop, contacts_count=size, events_count=size * 10, seed=1, actor=SYSTEM, now=now)
    yield from hot_paths.bench_counts(shop, size, now)
    yield from hot_paths.bench_pages(shop, size, owner)
    delivery.clear_jobs()
    delivery.make_all_reachable(shop)
    fan_out, _dispatch = delivery.bench_fan_out(shop, size)
    yield fan_out


def _move_house(source: Path, target: Path) -> None:
    """Write the file again, with another address for each contact."""
    with (
        source.open(encoding="utf-8", newline="") as old,
        target.open("w", encoding="utf-8", newline="") as new,
    ):
        rows, writer = csv.DictReader(old), csv.writer(new)
        assert rows.fieldnames
        writer.writerow(rows.fieldnames)
        for row in rows:
            writer.writerow({**row, "Địa chỉ": f"Tầng 2, {row['Địa chỉ']}"}.values())


if __name__ == "__main__":
    main(int(sys.argv[1]))
