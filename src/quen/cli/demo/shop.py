"""Fills a workspace with the demo shop."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction

from quen.apps.contacts import queries as contact_queries
from quen.apps.contacts import services as contacts
from quen.apps.contacts.types import ConsentMethod, ConsentProof, FieldFormat, SourceKind
from quen.apps.events import queries as event_queries
from quen.apps.events import services as events
from quen.apps.groups import queries as group_queries
from quen.apps.groups import services as groups
from quen.apps.segments import queries as segment_queries
from quen.apps.segments import services as segments
from quen.cli.demo import contacts as demo_contacts
from quen.cli.demo import data, seasonality
from quen.cli.demo import events as demo_events
from quen.core import schemas
from quen.core.actors import Actor
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace


#: the grounds of the demo shop's consents
_GIVEN = ConsentProof(
    ground="Phiếu đăng ký thành viên tại quầy",
    method=ConsentMethod.PAPER.value,
    wording="Tôi đồng ý nhận tin và ưu đãi của Trà Sen. Tôi có thể từ chối bất cứ lúc nào.",
)
_REFUSED = ConsentProof(ground="Khách báo không muốn nhận tin khi gọi điện", method="call")


@dataclass(frozen=True, slots=True)
class DemoOutcome:
    """What was written, and how long it took."""

    contacts: int
    events: int
    seconds: float


def fill_workspace(
    workspace: Workspace,
    *,
    contacts_count: int,
    events_count: int,
    seed: int,
    actor: Actor,
    now: datetime,
    report: Callable[[str, int], None] = lambda _what, _done: None,
) -> DemoOutcome:
    """Write contacts, their tags and fields, and two years of events; then update the totals.

    report: called with the stage ("contacts", "events", "totals") and the number done.
    """
    began = time.monotonic()
    with schemas.use(workspace.schema_name):
        drawn, tags = _draw_contacts(contacts_count, seed=seed, actor=actor, now=now)
        events.ensure_partitions(since=now - timedelta(days=seasonality.DAYS + 200), until=now)
        with transaction.atomic():
            staged = contacts.stage_contacts(
                demo_contacts.COLUMNS, drawn, on_progress=lambda done: report("contacts", done)
            )
            _create_numbers_table(staged)
            recorded = 0
            for batch, payments in demo_events.draw_events(
                events_count, contacts_count=contacts_count, seed=seed, now=now
            ):
                recorded += _record(batch, payments)
                report("events", recorded)
            report("totals", 0)
            written = contacts.insert_staged(
                totals=event_queries.order_totals(),
                activity=event_queries.last_activity(),
                on_progress=lambda done: report("contacts", done),
            )
            for salt, (tag_id, share) in enumerate(zip(tags, data.TAGS.values(), strict=True)):
                contacts.load_taggings(_share_of_contacts(share, salt=seed * 100 + salt), tag_id=tag_id)
            contacts.load_consents(given=_GIVEN, refused=_REFUSED, actor=actor, now=now)
            _fill_groups(seed=seed, actor=actor, now=now)
        vacuum()
    return DemoOutcome(written, recorded, round(time.monotonic() - began, 1))


def count_segments(workspace: Workspace, *, now: datetime) -> None:
    """Recompute the segments: contacts loaded in bulk announce no changes."""
    with schemas.use(workspace.schema_name):
        for segment in segment_queries.segments():
            segments.recompute_segment(segment, now=now)


def vacuum() -> None:
    """Run VACUUM ANALYZE on the workspace after a large load, so that counts use indexes at once."""
    with connection.cursor() as cursor:
        # By name: Citus vacuums on the nodes only what is named.
        cursor.execute(
            "SELECT string_agg(quote_ident(tablename), ', ') FROM pg_tables WHERE schemaname = current_schema()"
        )
        cursor.execute(f"VACUUM ANALYZE {cursor.fetchone()[0]}")


def _draw_contacts(
    count: int, *, seed: int, actor: Actor, now: datetime
) -> tuple[Iterator[tuple[Any, ...]], list[int]]:
    """Create sources, fields and tags. Return the contacts to write and the ids of the tags."""
    sources = [
        contacts.ensure_source(code=code, name=name, kind=kind).pk
        for code, name, kind in (
            ("demo-quay", "Quầy Hải Châu", SourceKind.STAFF),
            ("demo-facebook", "Facebook Trà Sen", SourceKind.FACEBOOK),
            ("demo-website", "Website trasen.vn", SourceKind.WEBSITE),
            ("demo-hoi-cho", "Hội chợ Tết", SourceKind.IMPORT),
        )
    ]
    fields = {
        "skin": _ensure_field("Loại da", FieldFormat.SINGLE, data.SKIN_KINDS, actor, now),
        "family": _ensure_field("Số người trong nhà", FieldFormat.NUMBER, (), actor, now),
        "wedding": _ensure_field("Ngày cưới", FieldFormat.SPECIAL_DAY, (), actor, now, name_en="Wedding day"),
        "memorial": _ensure_field(
            "Ngày giỗ", FieldFormat.SPECIAL_DAY, (), actor, now, name_en="Memorial day", is_lunar=True
        ),
    }
    tags = contacts.ensure_tags(list(data.TAGS))
    return demo_contacts.draw_contacts(count, seed=seed, now=now, sources=sources, fields=fields), tags


def _create_numbers_table(staged: Relation) -> None:
    """Create the table of the demo contacts' numbers, which the event statements join."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE demo_contact ON COMMIT DROP AS {staged.text}", dict(staged.params))
        cursor.execute("CREATE UNIQUE INDEX ON demo_contact (n) INCLUDE (contact_id, since)")
        cursor.execute("ANALYZE demo_contact")


def _fill_groups(*, seed: int, actor: Actor, now: datetime) -> None:
    """Create the groups with their members, who joined when they became customers."""
    known = group_queries.find_groups(list(data.GROUPS))
    for salt, (name, (description, active, share)) in enumerate(data.GROUPS.items()):
        group = known.get(name.upper()) or groups.create_group(
            name=name, description=description, active=active, actor=actor, now=now
        )
        groups.load_members(_share_of_contacts(share, salt=seed * 100 + 50 + salt), group=group)


def _share_of_contacts(percent: int, *, salt: int) -> Relation:
    return Relation(
        "SELECT contact_id, since FROM demo_contact"
        " WHERE (hashint8extended(n, %(salt)s) & 1023) < %(percent)s * 10.24",
        {"salt": salt, "percent": percent},
    )


def _ensure_field(
    name: str, format_: str, choices: tuple[str, ...], actor: Actor, now: datetime, **values: Any
) -> int:
    """Return the id of the field with a name, created unless it exists."""
    found = next((field for field in contact_queries.active_fields() if field.name == name), None)
    if found is None:
        found = contacts.create_field(
            name=name, format=format_, choices=choices, actor=actor, now=now, **values
        )
        # At once: the job that does it waits for a worker.
        contacts.index_field(found.pk)
    return found.pk


def _record(batch: Relation, payments: Relation) -> int:
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS demo_drawn")
        cursor.execute(f"CREATE TEMP TABLE demo_drawn ON COMMIT DROP AS {batch.text}", dict(batch.params))
    # Ordered by time, so that each index is written sequentially.
    drawn = Relation("SELECT contact_id, at, kind, value, ref, data FROM demo_drawn ORDER BY at")
    return events.record_rows(drawn) + events.record_rows(payments)
