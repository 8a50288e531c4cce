"""Loading of prepared rows without validation: for demo data, never for user input."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from django.db import connection
from psycopg import sql as psycopg_sql
from psycopg.types.json import Jsonb

from quen.apps.contacts.models import Contact
from quen.apps.contacts.services.consent import save_proof
from quen.apps.contacts.services.totals import total_columns
from quen.apps.contacts.types import MARKETING, Channel, Consent, ConsentProof
from quen.apps.events import services as events
from quen.core import sql
from quen.core.sql import Relation

if TYPE_CHECKING:
    from datetime import datetime

    from quen.core.actors import Actor

_BATCH_ROWS = 100_000


def stage_contacts(
    columns: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    on_progress: Callable[[int], None] = lambda _done: None,
) -> Relation:
    """Copy contacts with normalised values into a temporary table, each with the id it will have.

    columns: names of the contact's columns in the order of each row. Omitted columns get their model defaults.
    on_progress: called now and then with the number of rows copied.
    Returns a Relation with n (from 0, in the order of the rows), contact_id and since (created_at), valid within the
    transaction. ``insert_staged`` inserts them into the table.
    """
    stored = _stored_columns()
    defaults = {
        field.column: field.get_default()
        for field in Contact._meta.concrete_fields
        if field.column in stored and field.column not in columns and not field.primary_key and not field.null
    }
    named = ["n", *columns, *defaults]
    tail = tuple(_adapted(value) for value in defaults.values())
    copied = psycopg_sql.SQL("COPY contacts_staged ({}) FROM STDIN").format(
        psycopg_sql.SQL(", ").join(map(psycopg_sql.Identifier, named))
    )
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS contacts_staged")
        cursor.execute(
            f"CREATE TEMP TABLE contacts_staged ON COMMIT DROP AS SELECT 0 AS n, {', '.join(stored)}"
            " FROM contacts_contact WITH NO DATA"
        )
        cursor.execute("SELECT pg_get_serial_sequence('contacts_contact', 'id')")
        sequence = cursor.fetchone()[0]
        cursor.execute(f"ALTER TABLE contacts_staged ALTER id SET DEFAULT nextval('{sequence}')")
        with cursor.copy(copied) as copy:
            for n, row in enumerate(rows):
                copy.write_row((n, *(_adapted(value) for value in row), *tail))
                if n and n % _BATCH_ROWS == 0:
                    on_progress(n)
        cursor.execute("CREATE UNIQUE INDEX ON contacts_staged (n)")
        cursor.execute("ANALYZE contacts_staged")
    return Relation(
        "SELECT n, id AS contact_id, created_at AS since FROM contacts_staged",
        {},
        ("n", "contact_id", "since"),
    )


def insert_staged(
    *, totals: Relation, activity: Relation, on_progress: Callable[[int], None] = lambda _done: None
) -> int:
    """Insert the staged contacts together with their totals and last activity. Returns their number.

    totals, activity: as for apply_totals and touch_activity. Raises IntegrityError when an email or phone exists.
    """
    overrides = {column: f"coalesce(t.{column}, s.{column})" for column in total_columns(totals)}
    overrides["last_activity_at"] = "greatest(a.at, s.last_activity_at)"
    stored = [column for column in _stored_columns() if column != "id"]
    selected = ", ".join(overrides.get(column, f"s.{column}") for column in stored)
    with connection.cursor() as cursor:
        for name, relation in (("staged_totals", totals), ("staged_activity", activity)):
            cursor.execute(
                f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {relation.text}", dict(relation.params)
            )
            cursor.execute(f"CREATE INDEX ON {name} (contact_id)")
            cursor.execute(f"ANALYZE {name}")
        cursor.execute("SELECT coalesce(max(n), -1) + 1 FROM contacts_staged")
        count = int(cursor.fetchone()[0])
        for first in range(0, count, _BATCH_ROWS):
            cursor.execute(
                f"INSERT INTO contacts_contact (id, {', '.join(stored)}) SELECT s.id, {selected} FROM contacts_staged s"
                " LEFT JOIN staged_totals t ON t.contact_id = s.id LEFT JOIN staged_activity a ON a.contact_id = s.id"
                " WHERE s.n >= %s AND s.n < %s",
                [first, first + _BATCH_ROWS],
            )
            on_progress(min(first + _BATCH_ROWS, count))
    events.notify_changed(
        Relation("SELECT id AS contact_id FROM contacts_staged", {}, ("contact_id",)), fields=()
    )
    return count


def load_taggings(contacts: Relation, *, tag_id: int) -> int:
    """Add a tag to the contacts of a Relation (column contact_id), ignoring those that have it."""
    events.notify_changed(contacts, fields=["tags"])
    return sql.execute(
        sql.compose(
            "INSERT INTO contacts_contacttag (contact_id, tag_id) SELECT contact_id, %(tag_id)s FROM {contacts} p"
            " ON CONFLICT DO NOTHING",
            contacts=contacts,
            tag_id=tag_id,
        )
    )


def load_consents(*, given: ConsentProof, refused: ConsentProof, actor: Actor, now: datetime) -> int:
    """Write a consent log entry for every consent of contacts that has none, as of when the contact was added.

    given, refused: the proofs of agreements and of refusals. Returns the number of entries.
    """
    proofs = {
        Consent.GRANTED: save_proof(given, actor=actor, now=now).pk,
        Consent.WITHDRAWN: save_proof(refused, actor=actor, now=now).pk,
    }
    return sum(
        sql.execute(
            Relation(
                "INSERT INTO contacts_consententry (contact_id, channel, purpose, consent, proof_id, at)"
                f" SELECT id, %(channel)s, %(purpose)s, consent_{channel.value}, %(proof)s, created_at"
                f" FROM contacts_contact c WHERE consent_{channel.value} = %(consent)s AND NOT EXISTS"
                " (SELECT 1 FROM contacts_consententry e WHERE e.contact_id = c.id AND e.channel = %(channel)s)",
                {
                    "channel": channel.value,
                    "purpose": MARKETING,
                    "proof": proof,
                    "consent": int(consent),
                },
            )
        )
        for channel in Channel
        for consent, proof in proofs.items()
    )


def _stored_columns() -> list[str]:
    return [str(field.column) for field in Contact._meta.concrete_fields if not field.generated]


def _adapted(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict | list) else value
