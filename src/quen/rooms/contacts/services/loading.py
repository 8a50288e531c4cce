"""Loading ready rows as they are: for a demo shop, and for nothing that people typed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from django.db import connection
from psycopg import sql as psycopg_sql
from psycopg.types.json import Jsonb

from quen.core import sql
from quen.core.sql import Relation

_SAY_EVERY = 100_000


def load_people(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], *, say: Callable[[int], None] = lambda _done: None
) -> int:
    """Copy contacts whose values are normalised already into the table; give their number.

    columns: names of the contact's columns in the order of each row. Columns left out take their model defaults.
    say: told now and then how many are written. Raises IntegrityError when a mail or phone exists; nothing stays.
    """
    from quen.rooms.contacts.models import Contact

    defaults = {
        field.column: field.get_default()
        for field in Contact._meta.concrete_fields
        if field.column not in columns and not field.primary_key and not field.generated and not field.null
    }
    named = [*columns, *defaults]
    tail = tuple(_adapted(value) for value in defaults.values())
    target = psycopg_sql.SQL("COPY contacts_contact ({}) FROM STDIN").format(
        psycopg_sql.SQL(", ").join(map(psycopg_sql.Identifier, named))
    )
    done = 0
    with connection.cursor() as cursor, cursor.copy(target) as copy:  # type: ignore[attr-defined]  # psycopg's
        for row in rows:
            copy.write_row((*(_adapted(value) for value in row), *tail))
            done += 1
            if done % _SAY_EVERY == 0:
                say(done)
    return done


def load_taggings(people: Relation, *, tag_id: int) -> int:
    """Give a tag to everyone a Relation with the column contact_id names; those who have it keep it."""
    return sql.execute(
        sql.compose(
            "INSERT INTO contacts_contacttag (contact_id, tag_id) SELECT contact_id, %(tag_id)s FROM {people} p"
            " ON CONFLICT DO NOTHING",
            people=people,
            tag_id=tag_id,
        )
    )


def _adapted(value: Any) -> Any:
    return Jsonb(value) if isinstance(value, dict | list) else value
