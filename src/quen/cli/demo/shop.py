"""Fills a workspace with the demo shop."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from quen.cli.demo import happenings, people, seasons, words
from quen.core import schemas, sql
from quen.core.sql import Relation
from quen.rooms.accounts.models import Workspace
from quen.rooms.contacts import queries as contact_queries
from quen.rooms.contacts import services as contacts
from quen.rooms.contacts.types import FieldFormat, SourceKind
from quen.rooms.events import queries as event_queries
from quen.rooms.events import services as events
from quen.rooms.team.models import Member


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
    actor: Member | None,
    now: datetime,
    say: Callable[[str, int], None] = lambda _what, _done: None,
) -> DemoOutcome:
    """Write people, their tags and fields, and two years of what they did; then bring the totals up to date.

    say: told the stage ("people", "events", "totals") and how many are done.
    """
    began = time.monotonic()
    with schemas.use(workspace.schema_name):
        written = _write_people(workspace, contacts_count, seed=seed, actor=actor, now=now, say=say)
        recorded = _write_events(events_count, people=written, seed=seed, now=now, say=say) if written else 0
        say("totals", 0)
        with transaction.atomic():
            contacts.apply_totals(event_queries.order_totals())
        with transaction.atomic():
            contacts.touch_activity(event_queries.last_activity())
        tidy()
    return DemoOutcome(written, recorded, round(time.monotonic() - began, 1))


def tidy() -> None:
    """Let PostgreSQL take stock after a large load, so that counts ride indexes at once."""
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _write_people(
    workspace: Workspace,
    count: int,
    *,
    seed: int,
    actor: Member | None,
    now: datetime,
    say: Callable[[str, int], None],
) -> int:
    sources = [
        contacts.ensure_source(name=name, kind=kind).pk
        for name, kind in (
            ("Quầy Hải Châu", SourceKind.STAFF),
            ("Facebook Trà Sen", SourceKind.FACEBOOK),
            ("Website trasen.vn", SourceKind.WEBSITE),
            ("Hội chợ Tết", SourceKind.IMPORT),
        )
    ]
    fields = {
        "skin": contacts.ensure_field(
            name="Loại da", format=FieldFormat.SINGLE, choices=list(words.SKIN_KINDS), actor=actor, now=now
        ).pk,
        "family": contacts.ensure_field(
            name="Số người trong nhà", format=FieldFormat.NUMBER, actor=actor, now=now
        ).pk,
    }
    tags = contacts.ensure_tags(list(words.TAGS))
    drawn = people.draw_people(count, seed=seed, now=now, sources=sources, fields=fields)
    with transaction.atomic(), connection.cursor() as cursor:
        written = contacts.load_people(people.COLUMNS, drawn, say=lambda done: say("people", done))
        loaded = Relation.from_queryset(
            contact_queries.contacts().filter(created_at__lte=now).values_list("id", "created_at"),
            ("contact_id", "since"),
        )
        cursor.execute("DROP TABLE IF EXISTS demo_person")
        numbered = sql.compose(
            "CREATE TEMP TABLE demo_person AS SELECT (row_number() OVER (ORDER BY contact_id) - 1)::int AS n, contact_id,"
            " since FROM {loaded} AS l (contact_id, since)",
            loaded=loaded,
        )
        sql.execute(numbered)
        cursor.execute("CREATE UNIQUE INDEX ON demo_person (n) INCLUDE (contact_id, since)")
        cursor.execute("ANALYZE demo_person")
        for salt, (tag_id, share) in enumerate(zip(tags, words.TAGS.values(), strict=True)):
            chosen = Relation(
                "SELECT contact_id FROM demo_person WHERE (hashint8extended(n, %(salt)s) & 1023) < %(share)s * 10.24",
                {"salt": seed * 100 + salt, "share": share},
            )
            contacts.load_taggings(chosen, tag_id=tag_id)
    return written


def _write_events(
    count: int, *, people: int, seed: int, now: datetime, say: Callable[[str, int], None]
) -> int:
    events.ensure_partitions(since=now - timedelta(days=seasons.DAYS + 200), until=now)
    recorded = 0
    for batch, payments in happenings.drawn_events(count, people=people, seed=seed, now=now):
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS demo_drawn")
            sql.execute(
                Relation(f"CREATE TEMP TABLE demo_drawn ON COMMIT DROP AS {batch.text}", batch.params)
            )
            drawn = Relation("SELECT contact_id, at, kind, value, ref, data FROM demo_drawn")
            recorded += events.record_rows(drawn)
            recorded += events.record_rows(payments)
        say("events", recorded)
    return recorded
