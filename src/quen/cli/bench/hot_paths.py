"""Measurements of the hot paths."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.test import Client

from quen.apps.audience import queries as audience
from quen.apps.contacts import queries as contact_queries
from quen.apps.contacts import services as contacts
from quen.apps.events import services as events
from quen.apps.events.types import NewEvent
from quen.apps.import_export import services as import_export
from quen.apps.import_export.registry import export_kind
from quen.apps.import_export.types import ImportState
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.cli.bench import baselines, files
from quen.cli.bench.measure import BenchResult, measure_runs, measure_time, percentile
from quen.cli.bench.trees import cases
from quen.core import clock, schemas, sql
from quen.core.actors import SYSTEM
from quen.core.sql import Relation
from quen.core.table_files import TableFormat

if TYPE_CHECKING:
    from quen.apps.accounts.models import User, Workspace
    from quen.apps.import_export.models import Import

EVENTS_OF_ONE = 10_000
PERSON_PAGE = f"person page with {EVENTS_OF_ONE:,} events"
_AUTH = "allauth.account.auth_backends.AuthenticationBackend"


def new_workspace(owner: User, name: str, now: datetime) -> Workspace:
    """Open an empty workspace for a measurement."""
    from quen.apps.accounts import services as accounts

    return team.open_workspace(name=name, slug=accounts.suggest_slug(name), owner=owner, now=now)


def import_file(workspace: Workspace, path: Path, *, policy: str = "skip") -> tuple[float, Import]:
    """Import a file as `quen import` does. Return the seconds from the first byte on, and the import."""
    with schemas.use(workspace.schema_name), measure_time() as run:
        with path.open("rb") as content:
            import_ = import_export.create_from_upload(
                content=content, filename=path.name, actor=SYSTEM, now=clock.now(), kind="contacts"
            )
        import_export.auto_match(import_=import_)
        import_export.set_matching(import_=import_, entries=import_.matching, actor=SYSTEM, now=clock.now())
        import_export.set_settings(import_=import_, settings={"conflict_policy": policy})
        import_export.validate_for_run(import_=import_, actor=SYSTEM, now=clock.now())
        import_export.run_import(import_id=import_.pk, clock=clock.now)
        import_.refresh_from_db()
    if import_.state != ImportState.DONE:
        raise AssertionError(f"{path.name}: {import_.state} {import_.failure}")
    return run.seconds, import_


def bench_import(owner: User, size: int, folder: Path, now: datetime) -> tuple[BenchResult, BenchResult]:
    """Import a file of ``size`` contacts into an empty workspace, and the same file again.

    Baselines: plain COPY of all rows it wrote, and the first import.
    """
    path = folder / f"{size}.csv"
    files.write_csv(path, size)
    filled, bare = (new_workspace(owner, f"Bench {size} {kind}", now) for kind in ("import", "baseline"))
    with schemas.use(bare.schema_name), connection.cursor() as cursor:
        cursor.execute("TRUNCATE " + ", ".join(baselines.TABLES) + " CASCADE")
        with schemas.use(bare.schema_name):
            events.ensure_partitions(since=now - timedelta(days=2), until=now)
    seconds, outcome = import_file(filled, path)
    with schemas.use(filled.schema_name):
        after = baselines.row_counts()
    baseline_seconds, rows = baselines.bare_copy_seconds(
        source=filled.schema_name, target=bare.schema_name, after=after
    )
    ratio = baseline_seconds / seconds
    again_seconds, again = import_file(filled, path)
    for workspace in (filled, bare):
        schemas.drop_schema(workspace.schema_name)
        workspace.delete()
    return (
        BenchResult(
            "import", size, size / seconds, "rows/s", size / baseline_seconds, "bare COPY of all rows written", ratio,
            "≥ 50 % of the baseline", ratio >= 0.5, seconds,
            f"{outcome.created} created, {outcome.refused} refused, {rows} rows written",
        ),
        BenchResult(
            "import of the same file again", size, size / again_seconds, "rows/s", size / seconds,
            "the first import", seconds / again_seconds, "", None, again_seconds,
            f"{again.unchanged} unchanged, {again.repeated} repeated",
        ),
    )  # fmt: skip


def bench_import_into_full(workspace: Workspace, rows: int, folder: Path, empty_rate: float) -> BenchResult:
    """Import into the workspace that holds the demo shop; compared with the rate into an empty one."""
    path = folder / "more.csv"
    files.write_csv(path, rows, seed=99)
    seconds, _outcome = import_file(workspace, path)
    rate = rows / seconds
    with schemas.use(workspace.schema_name):
        size = contact_queries.contacts().count()
    return BenchResult(
        "import into a full table", size, rate, "rows/s", empty_rate, "the same rows into an empty table",
        rate / empty_rate, "≥ 75 % of the empty rate", rate / empty_rate >= 0.75, None, f"{rows} rows",
    )  # fmt: skip


def bench_counts(workspace: Workspace, size: int, now: datetime) -> list[BenchResult]:
    """Count the twenty condition trees; baseline: the same count as hand-written SQL."""
    zone = workspace.zone
    midnight = clock.day_start(clock.local_day(now, zone), zone)
    params = {f"since_{days}": midnight - timedelta(days=days) for days in (30, 60, 90, 365)} | {"now": now}
    with schemas.use(workspace.schema_name):
        tags = contact_queries.find_tags(["VIP", "livestream"])
        fields = {field.name: field for field in contact_queries.active_fields()}
        trees = cases(
            vip=tags["VIP"].pk,
            livestream=tags["LIVESTREAM"].pk,
            skin=fields["Loại da"],
            family=fields["Số người trong nhà"],
        )
        ours, by_hand, details = [], [], []
        for case in trees:
            tree = audience.parse(case.tree)
            counted = audience.relation(tree, now=now, zone=zone, columns="count(*)")
            hand = Relation(case.by_hand, params)
            same = sql.rows(counted)[0][0], sql.rows(hand)[0][0]
            if same[0] != same[1]:
                raise AssertionError(f"{case.name}: {same[0]} contacts, by hand {same[1]}")
            taken = percentile(measure_runs(partial(sql.rows, counted), repeat=3), 0.5)
            ours.append(taken)
            by_hand.append(percentile(measure_runs(lambda h=hand: sql.rows(h), repeat=3), 0.5))  # type: ignore[misc]
            details.append((f"{case.name} ({same[0]:,})", taken * 1000))
    median, worst, baseline = percentile(ours, 0.5), max(ours), percentile(by_hand, 0.5)
    largest = size >= 1_000_000
    return [
        BenchResult("live count, median", size, median * 1000, "ms", baseline * 1000, "SQL written by hand",
                    baseline / median, "< 300 ms" if largest else "", median < 0.3 if largest else None, median,
                    "", details),
        BenchResult("live count, worst", size, worst * 1000, "ms", max(by_hand) * 1000, "SQL written by hand",
                    max(by_hand) / worst, "< 1 s" if largest else "", worst < 1 if largest else None, worst),
    ]  # fmt: skip


def bench_pages(workspace: Workspace, size: int, owner: User) -> Iterator[BenchResult]:
    """Request list, search and drawer as a browser does; baseline: an empty page with the same layout."""
    client = Client(headers={"host": "localhost"})
    client.force_login(owner, backend=_AUTH)
    base = f"/w/{workspace.slug}"
    rng = random.Random(3)
    with schemas.use(workspace.schema_name):
        ids = list(
            contact_queries.contacts().order_by("-last_activity_at").values_list("pk", flat=True)[:5000]
        )
    baseline = percentile(measure_runs(lambda: _get(client, f"{base}/notifications/"), repeat=20), 0.95)
    words = [
        "nguyen",
        "lan",
        "0905",
        "an",
        "tran thi",
        "q",
        "linh.nguyen",
        "hai chau",
        "zzzz",
        "84905",
        "ng",
        "vy dang",
        "gmail",
        "0",
        "024",
        "402024",
        "01627152116",
        "dao292",
        "VIP",
        "vip lan",
        "0000417",
    ]
    asked = {
        "list page": [
            f"{base}/contacts/",
            *(f"{base}/contacts/?sort={s}" for s in ("name", "-created", "-spent")),
        ]
        * 15,
        "search box": [f"{base}/contacts/?q={word.replace(' ', '+')}" for word in words] * 5,
        "drawer": [f"{base}/contacts/{rng.choice(ids)}/drawer/" for _ in range(60)],
        PERSON_PAGE: _pages_of_one(workspace, base, ids[-1]),
    }
    for name, addresses in asked.items():
        for address in addresses[:4]:
            _get(client, address)
        taken = [measure_once(partial(_get, client, address)) for address in addresses]
        slow = percentile(taken, 0.95)
        judged = size >= 1_000_000 or name == PERSON_PAGE
        yield BenchResult(
            f"{name}, p95", size, slow * 1000, "ms", baseline * 1000, "an empty page of the frame", baseline / slow,
            "< 50 ms" if judged else "", slow < 0.05 if judged else None, slow,
        )  # fmt: skip


def _pages_of_one(workspace: Workspace, base: str, contact_id: int) -> list[str]:
    """Give one contact many events over three years; return the page of this person, filtered and further back too."""
    now = clock.now()
    kinds = ("product_viewed", "cart_added", "ordered", "paid", "tag_added", "note_added")
    step = timedelta(days=3 * 365) / EVENTS_OF_ONE
    with schemas.use(workspace.schema_name):
        events.record_many(
            [
                NewEvent(
                    kinds[number % len(kinds) if number % 50 else -1],
                    contact_id,
                    now - step * number,
                    data={"product": "Trà sen", "number": str(number), "text": "Gọi lại", "by": "An"},
                )
                for number in range(EVENTS_OF_ONE)
            ]
        )
    person = f"{base}/contacts/{contact_id}/"
    cursor = f"{(now - step * (EVENTS_OF_ONE // 2)).timestamp():.6f}_1"
    parts = (
        "",
        "?group=shopping",
        "?group=notes",
        "?period=30",
        f"?period=y{now.year - 1}",
        f"?before={cursor}",
    )
    return [person if part == "" else f"{person}timeline/{part}" for part in parts] * 10


def measure_once(function: Any) -> float:
    """Measure one run."""
    with measure_time() as run:
        function()
    return run.seconds


def bench_exports(workspace: Workspace, size: int, now: datetime) -> Iterator[BenchResult]:
    """Export everybody with the usual columns to CSV and to a workbook; baseline: COPY of the bare table."""
    everyone = Relation("SELECT id AS row_id FROM contacts_contact WHERE deleted_at IS NULL")
    with schemas.use(workspace.schema_name):
        plain = "COPY contacts_contact TO STDOUT (FORMAT csv)"
        with measure_time() as bare, connection.cursor() as cursor, cursor.copy(plain) as copy:
            for _block in copy:
                pass
        for format_ in (TableFormat.CSV, TableFormat.XLSX):
            with measure_time() as run:
                export = import_export.create_export(
                    kind=export_kind("contacts"),
                    rows=everyone,
                    name="bench",
                    format=format_,
                    actor=SYSTEM,
                    now=now,
                )
                import_export.run_export(export_id=export.pk, clock=clock.now)
            export.refresh_from_db()
            if export.written != export.total:
                raise AssertionError(f"{export.written} of {export.total} rows")
            import_export.delete_export(export=export, actor=SYSTEM, now=now)
            target = "1 M in < 30 s" if size >= 1_000_000 and format_ is TableFormat.CSV else ""
            yield BenchResult(
                f"export to {format_.value}", size, size / run.seconds, "rows/s", size / bare.seconds,
                "COPY of the bare table", bare.seconds / run.seconds, target,
                run.seconds < 30 if target else None, run.seconds, f"{run.seconds:.1f} s",
            )  # fmt: skip


def bench_bulk_tag(workspace: Workspace, size: int, now: datetime) -> BenchResult:
    """Tag half of all contacts at once, with undo; baseline: one plain INSERT … SELECT."""
    half = size // 2
    with schemas.use(workspace.schema_name):
        member = team_queries.members().get(role="owner")
        chosen = Relation(
            "SELECT id AS contact_id FROM contacts_contact WHERE deleted_at IS NULL ORDER BY id LIMIT %(half)s",
            {"half": half},
            ("contact_id",),
        )
        (bare_tag,) = contacts.ensure_tags(["bench bare"])
        with measure_time() as baseline, transaction.atomic():
            contacts.load_taggings(chosen, tag_id=bare_tag)
        with measure_time() as run:
            contacts.bulk_tag(contacts=chosen, add=["bench tag"], actor=member.actor, now=now)
    largest = size >= 1_000_000
    return BenchResult(
        "bulk tag of half", size, half / run.seconds, "contacts/s", half / baseline.seconds, "one bare INSERT … SELECT",
        baseline.seconds / run.seconds, "500,000 in < 15 s" if largest else "",
        run.seconds < 15 if largest else None, run.seconds,
        f"{run.seconds:.1f} s for {half:,}",
    )  # fmt: skip


def _get(client: Client, address: str) -> None:
    # Search and drawer request their part of the page, as htmx does.
    headers = {}
    if "/drawer/" in address or "?q=" in address:
        headers = {"hx-request": "true", "hx-target": "div#listing"}
    response = client.get(address, headers=headers)
    if response.status_code != 200:
        raise AssertionError(f"{address}: {response.status_code}")
