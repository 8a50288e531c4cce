"""The hot paths measured."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.test import Client

from quen.apps.accounts.models import User, Workspace
from quen.apps.audience import queries as audience
from quen.apps.contacts import queries as contact_queries
from quen.apps.contacts import services as contacts
from quen.apps.contacts.models import Contact, Tag
from quen.apps.import_export import services as import_export
from quen.apps.import_export.types import ImportState
from quen.apps.team import services as team
from quen.apps.team.models import Member
from quen.cli.bench import files, floors
from quen.cli.bench.measure import Result, share, stretch, times
from quen.cli.bench.trees import cases
from quen.core import clock, schemas, sql
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.import_export.models import Import

_AUTH = "allauth.account.auth_backends.AuthenticationBackend"


def new_workspace(owner: User, name: str, now: datetime) -> Workspace:
    """Open an empty workspace for a measurement."""
    from quen.apps.accounts import services as accounts

    return team.open_workspace(name=name, slug=accounts.suggest_slug(name), owner=owner, now=now)


def import_file(workspace: Workspace, path: Path) -> tuple[float, Import]:
    """Import a file as `quen import` does; give the seconds from the first byte on, and the import."""
    with schemas.use(workspace.schema_name), stretch() as run:
        with path.open("rb") as content:
            import_ = import_export.create_from_upload(
                content=content, filename=path.name, actor=None, now=clock.now()
            )
        import_export.match_by_itself(import_=import_)
        import_export.set_matching(import_=import_, entries=import_.matching, actor=None, now=clock.now())
        import_export.set_settings(import_=import_, settings={"existing": "skip"})
        import_export.make_ready(import_=import_, actor=None, now=clock.now())
        import_export.carry_out(import_id=import_.pk, clock=clock.now)
        import_.refresh_from_db()
    if import_.state != ImportState.DONE:
        raise AssertionError(f"{path.name}: {import_.state} {import_.failure}")
    return run.seconds, import_


def bench_import(owner: User, size: int, folder: Path, now: datetime) -> Result:
    """Import a file of ``size`` people into an empty workspace; floor: bare COPY of all rows it wrote."""
    path = folder / f"{size}.csv"
    files.write_csv(path, size)
    filled, bare = (new_workspace(owner, f"Bench {size} {kind}", now) for kind in ("import", "floor"))
    with schemas.use(bare.schema_name), connection.cursor() as cursor:
        cursor.execute("TRUNCATE " + ", ".join(floors.TABLES) + " CASCADE")
        with schemas.use(bare.schema_name):
            from quen.apps.events import services as events

            events.ensure_partitions(since=now - timedelta(days=2), until=now)
    seconds, outcome = import_file(filled, path)
    with schemas.use(filled.schema_name):
        after = floors.row_counts()
    floor_seconds, rows = floors.bare_copy_seconds(
        source=filled.schema_name, target=bare.schema_name, after=after
    )
    ratio = floor_seconds / seconds
    for workspace in (filled, bare):
        schemas.drop_schema(workspace.schema_name)
        workspace.delete()
    return Result(
        "import", size, size / seconds, "rows/s", size / floor_seconds, "bare COPY of all rows written", ratio,
        "≥ 50 % of the floor", ratio >= 0.5, seconds,
        f"{outcome.created} created, {outcome.refused} refused, {rows} rows written",
    )  # fmt: skip


def bench_import_into_full(workspace: Workspace, rows: int, folder: Path, empty_rate: float) -> Result:
    """Import into the workspace that holds the demo shop; compared with the rate into an empty one."""
    path = folder / "more.csv"
    files.write_csv(path, rows, seed=99)
    seconds, _outcome = import_file(workspace, path)
    rate = rows / seconds
    with schemas.use(workspace.schema_name):
        size = Contact.objects.count()
    return Result(
        "import into a full table", size, rate, "rows/s", empty_rate, "the same rows into an empty table",
        rate / empty_rate, "≥ 75 % of the empty rate", rate / empty_rate >= 0.75, None, f"{rows} rows",
    )  # fmt: skip


def bench_counts(workspace: Workspace, size: int, now: datetime) -> list[Result]:
    """Count the twenty trees; floor: the same count written by hand."""
    zone = workspace.zone
    midnight = clock.day_start(clock.local_day(now, zone), zone)
    params = {f"since_{days}": midnight - timedelta(days=days) for days in (30, 60, 90, 365)} | {"now": now}
    with schemas.use(workspace.schema_name):
        tags = dict(Tag.objects.values_list("name", "pk"))
        fields = {field.name: field for field in contact_queries.active_fields()}
        trees = cases(
            vip=tags["VIP"],
            livestream=tags["livestream"],
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
                raise AssertionError(f"{case.name}: {same[0]} people, by hand {same[1]}")
            taken = share(times(partial(sql.rows, counted), repeat=3), 0.5)
            ours.append(taken)
            by_hand.append(share(times(lambda h=hand: sql.rows(h), repeat=3), 0.5))  # type: ignore[misc]
            details.append((f"{case.name} ({same[0]:,})", taken * 1000))
    median, worst, floor = share(ours, 0.5), max(ours), share(by_hand, 0.5)
    aim = size >= 1_000_000
    return [
        Result("live count, median", size, median * 1000, "ms", floor * 1000, "SQL written by hand", floor / median,
               "< 300 ms" if aim else "", median < 0.3 if aim else None, median, "", details),
        Result("live count, worst", size, worst * 1000, "ms", max(by_hand) * 1000, "SQL written by hand",
               max(by_hand) / worst, "< 1 s" if aim else "", worst < 1 if aim else None, worst),
    ]  # fmt: skip


def bench_pages(workspace: Workspace, size: int, owner: User) -> Iterator[Result]:
    """Ask for list, search and drawer as a browser does; floor: an empty page of the same frame."""
    client = Client(headers={"host": "localhost"})
    client.force_login(owner, backend=_AUTH)
    base = f"/w/{workspace.slug}"
    rng = random.Random(3)
    with schemas.use(workspace.schema_name):
        ids = list(Contact.objects.order_by("-last_activity_at").values_list("pk", flat=True)[:5000])
    floor = share(times(lambda: _get(client, f"{base}/notices/"), repeat=20), 0.95)
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
    ]
    asked = {
        "list page": [
            f"{base}/contacts/",
            *(f"{base}/contacts/?sort={s}" for s in ("name", "-created", "-spent")),
        ]
        * 15,
        "search box": [f"{base}/contacts/?q={word.replace(' ', '+')}" for word in words] * 5,
        "drawer": [f"{base}/contacts/{rng.choice(ids)}/glance/" for _ in range(60)],
    }
    for name, addresses in asked.items():
        for address in addresses[:4]:
            _get(client, address)
        taken = [times_once(partial(_get, client, address)) for address in addresses]
        slow = share(taken, 0.95)
        aim = size >= 1_000_000
        yield Result(
            f"{name}, p95", size, slow * 1000, "ms", floor * 1000, "an empty page of the frame", floor / slow,
            "< 50 ms" if aim else "", slow < 0.05 if aim else None, slow,
        )  # fmt: skip


def times_once(act: Any) -> float:
    """Measure one run."""
    with stretch() as run:
        act()
    return run.seconds


def bench_bulk_tag(workspace: Workspace, size: int, now: datetime) -> Result:
    """Tag half of everybody at once, undo kept; floor: one bare INSERT … SELECT."""
    half = size // 2
    with schemas.use(workspace.schema_name):
        member = Member.objects.get(role="owner")
        chosen = Relation(
            "SELECT id AS contact_id FROM contacts_contact WHERE deleted_at IS NULL ORDER BY id LIMIT %(half)s",
            {"half": half},
            ("contact_id",),
        )
        (bare_tag,) = contacts.ensure_tags(["bench bare"])
        with stretch() as floor, transaction.atomic():
            contacts.load_taggings(chosen, tag_id=bare_tag)
        with stretch() as run:
            contacts.tag_many(people=chosen, add=["bench tag"], actor=member, now=now)
    aim = size >= 1_000_000
    return Result(
        "bulk tag of half", size, half / run.seconds, "people/s", half / floor.seconds, "one bare INSERT … SELECT",
        floor.seconds / run.seconds, "500,000 in < 15 s" if aim else "", run.seconds < 15 if aim else None, run.seconds,
        f"{run.seconds:.1f} s for {half:,}",
    )  # fmt: skip


def _get(client: Client, address: str) -> None:
    # The box and the drawer ask for their part of the page, as htmx does.
    headers = {}
    if "/glance/" in address or "?q=" in address:
        headers = {"hx-request": "true", "hx-target": "div#listing"}
    response = client.get(address, headers=headers)
    if response.status_code != 200:
        raise AssertionError(f"{address}: {response.status_code}")
