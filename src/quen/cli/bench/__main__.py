"""``bin/bench``: measures every hot path on a temporary database and writes docs/performance.md."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from quen.cli.bench import citus_nodes
from quen.core import postgres
from quen.core.actors import SYSTEM

if TYPE_CHECKING:
    from quen.apps.accounts.models import User, Workspace
    from quen.cli.bench.measure import BenchResult


def main() -> int:
    """Run the benchmark. Sizes default to 10,000, 100,000 and 1,000,000 contacts with ten events each; with --citus
    to 100,000.
    """
    parser = argparse.ArgumentParser(prog="bin/bench", description=main.__doc__)
    parser.add_argument("--sizes", type=int, nargs="+")
    default = Path(__file__).resolve().parents[4] / "docs" / "performance.md"
    parser.add_argument("--output", type=Path, default=default, help="where the page goes")
    parser.add_argument(
        "--only",
        choices=("import", "segments", "webhooks", "api"),
        default="",
        help="measure that and write no page",
    )
    parser.add_argument(
        "--citus",
        type=Path,
        metavar="FOLDER",
        help="measure plain PostgreSQL and a cluster of the Citus installed in FOLDER, and write that section only",
    )
    options = parser.parse_args()
    if options.citus:
        missing = citus_nodes.missing_from(options.citus.absolute())
        if missing:
            parser.error(missing)
    home = Path(tempfile.mkdtemp(prefix="quen-bench-"))
    home.chmod(0o755)
    os.environ["QUEN_HOME"] = str(home)
    os.environ["QUEN_SECRET_KEY"] = "only-for-the-benchmark" * 3
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "quen.config.settings")
    if options.citus:
        return _measure_citus(options.citus.absolute(), home, options.sizes or [100_000], options.output)
    cluster = postgres.Cluster(home)
    cluster.start(as_child=True)
    os.environ["DATABASE_URL"] = cluster.url()
    try:
        import django

        django.setup()
        return _measure(options.sizes or [10_000, 100_000, 1_000_000], options.output, only=options.only)
    finally:
        from django.db import connections

        connections.close_all()
        cluster.stop()
        shutil.rmtree(home, ignore_errors=True)


def _measure_citus(folder: Path, home: Path, sizes: list[int], output: Path) -> int:
    from quen.cli.bench import beside_citus, report

    began = time.monotonic()
    try:
        pairs, versions = beside_citus.measure_pairs(folder, home, sorted(sizes), _report)
    finally:
        shutil.rmtree(home, ignore_errors=True)
    minutes = (time.monotonic() - began) / 60
    section = report.citus_section(pairs, day=datetime.now(UTC).date(), versions=versions, minutes=minutes)
    sys.stdout.write(section)
    report.write_citus_section(output, section)
    return 0


def _measure(sizes: list[int], output: Path | None, *, only: str = "") -> int:
    from django.db import connection

    from quen.apps.accounts import services as accounts
    from quen.cli.bench import api, delivery, duplicates, hot_paths, idle, report, webhooks
    from quen.cli.bench.measure import BenchResult
    from quen.cli.demo import fill_workspace
    from quen.core import clock, schemas

    began = time.monotonic()
    schemas.migrate_all()
    now = clock.now()
    owner = accounts.create_user(email="bench@quen.localhost", name="Bench", password=None, is_operator=True)
    results = []
    folder = Path(tempfile.mkdtemp(prefix="quen-bench-files-"))
    for size in sorted(sizes):
        if only not in ("segments", "webhooks"):
            _report(f"{size:,} contacts: import")
            imported, again = hot_paths.bench_import(owner, size, folder, now)
            results += [imported, again]
        if only == "import":
            continue
        _report(f"{size:,} contacts: demo shop with {size * 10:,} events")
        workspace = hot_paths.new_workspace(owner, f"Bench {size}", now)
        filled = fill_workspace(
            workspace, contacts_count=size, events_count=size * 10, seed=1, actor=SYSTEM, now=now
        )
        results.append(
            BenchResult(
                "demo shop", size, filled.seconds, "s", target="1 M and 10 M in < 360 s" if size >= 1_000_000 else "",
                reached=filled.seconds < 360 if size >= 1_000_000 else None, seconds=filled.seconds,
                notes=f"{filled.contacts:,} contacts, {filled.events:,} events",
            )
        )  # fmt: skip
        if only == "webhooks":
            results += webhooks.bench_webhooks(workspace, size, now)
            continue
        if only == "api":
            results += api.bench_api(workspace, size, now, import_rate=imported.value)
            continue
        if only == "segments":
            delivery.clear_jobs()
            results.append(delivery.bench_segments(workspace, size))
            continue
        _report(f"{size:,} contacts: counts")
        results += hot_paths.bench_counts(workspace, size, now)
        _report(f"{size:,} contacts: pages")
        results += hot_paths.bench_pages(workspace, size, owner)
        _report(f"{size:,} contacts: exports")
        results += hot_paths.bench_exports(workspace, size, now)
        _report(f"{size:,} contacts: duplicates")
        results += duplicates.bench_duplicates(workspace, size)
        _report(f"{size:,} contacts: bulk tag")
        results.append(hot_paths.bench_bulk_tag(workspace, size, now))
        results.append(
            hot_paths.bench_import_into_full(workspace, min(size, 100_000), folder, imported.value)
        )
        _report(f"{size:,} contacts: segments, fan-out, sending, opens and clicks, report")
        results += _measure_delivery(workspace, size, owner)
        _report(f"{size:,} contacts: api")
        results += api.bench_api(workspace, size, now, import_rate=imported.value)
        _report(f"{size:,} contacts: webhooks")
        results += webhooks.bench_webhooks(workspace, size, now)
    shutil.rmtree(folder, ignore_errors=True)
    if not only:
        _report("an idle Quen")
        results.append(idle.bench_idle())
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        server = str(cursor.fetchone()[0])
    text = report.page(results, day=now.date(), server=server, minutes=(time.monotonic() - began) / 60)
    sys.stdout.write(text)
    if output and not only:
        report.write(output, text)
    return 0


def _measure_delivery(workspace: Workspace, size: int, owner: User) -> Iterator[BenchResult]:
    from quen.apps.delivery import queries as delivery_queries
    from quen.apps.delivery import services as delivery_services
    from quen.cli.bench import delivery, tracking, website
    from quen.core import clock, schemas

    delivery.clear_jobs()
    yield delivery.bench_segments(workspace, size)
    delivery.make_all_reachable(workspace)
    fan_out, dispatch = delivery.bench_fan_out(workspace, size)
    yield fan_out
    with schemas.use(workspace.schema_name):
        delivery_services.cancel_dispatch(dispatch, actor=SYSTEM, now=clock.now())
    yield delivery.bench_delivery(workspace, size)
    yield tracking.bench_endpoints(delivery_services.tracker(workspace.pk), size=size)
    with schemas.use(workspace.schema_name):
        ids = list(
            delivery_queries.messages_counted(dispatch.pk, "audience")
            .order_by("pk")
            .values_list("pk", flat=True)[:20_000]
        )
    yield tracking.bench_processing(workspace_id=workspace.pk, message_ids=ids, size=size, now=clock.now())
    yield delivery.bench_report(workspace, size, owner, dispatch)
    yield from website.bench_collector(workspace, size)


def _report(text: str) -> None:
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


if __name__ == "__main__":
    raise SystemExit(main())
