"""Apply the cells of a returned workbook to their contacts, by statements over a batch of people."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final

from psycopg.types.json import Jsonb

from quen.apps.accounts import queries as accounts
from quen.apps.contacts import queries
from quen.apps.contacts.models import BulkChange, EditSheet, EditSheetCell, Field
from quen.apps.contacts.rules.labels import FIELD_PREFIX, field_key
from quen.apps.contacts.services.completeness import mark_completeness
from quen.apps.contacts.services.locks import UNIQUE_VALUES, UPSERT_BATCH
from quen.apps.contacts.services.tags import actor_data, ensure_tags
from quen.apps.events import registry as event_kinds
from quen.apps.events import services as events
from quen.core import sql
from quen.core.actors import Actor
from quen.core.sql import Relation

#: columns of contacts that a workbook can change, with the names of the parts and units that follow from them
COLUMNS: Final = (
    "full_name",
    "family_name",
    "middle_name",
    "given_name",
    "call_name",
    "sort_key",
    "salutation",
    "phone",
    "email",
    "gender",
    "birth_on",
    "birth_day",
    "birth_is_lunar",
    "company",
    "language",
    "country",
    "province",
    "province_before",
    "city",
    "district",
    "ward",
    "address_line",
    "note",
    "opening_spent",
    "opening_orders",
    "opening_points",
    "member_since",
)
#: why people are left out
CHANGED_SINCE: Final = "changed_since"


def apply_cells(
    change: BulkChange, contacts: Relation, actor: Actor, now: datetime
) -> tuple[int, int, dict[str, int]]:
    """Write the taken cells of a workbook to some of its people; a person changed since the comparison is left out.

    Returns how many were asked for, how many changed, and how many were left out, by reason.
    """
    UPSERT_BATCH.acquire()
    asked = [pk for (pk,) in sql.rows(contacts)]
    locked = sql.rows(sql.compose(sql.text("contacts/bulk_lock"), contacts=queries.relation_of_ids(asked)))
    params: dict[str, Any] = {
        "sheet": change.data["sheet"],
        "contacts": sql.array(pk for (pk,) in locked),
        "change": change.pk,
        "now": now,
        "prefix": FIELD_PREFIX,
    }
    _refuse_taken_since(params)
    people = [pk for (pk,) in sql.rows(Relation(sql.text("contacts/sheet_people"), params))]
    params["contacts"] = sql.array(people)
    sql.execute(Relation(sql.text("contacts/upsert_save_before"), params))
    sql.execute(Relation(_write_statement(), params))
    _write_tags(params, actor, now)
    mark_completeness(accounts.current_workspace().required_fields, people)
    _record(params, actor, now)
    instant = now.astimezone(UTC).strftime("%Y%m%d%H%M%S%f")
    change.data["instants"] = [*change.data.get("instants", []), instant]
    left = len(asked) - len(people)
    return len(asked), len(people), {CHANGED_SINCE: left} if left else {}


def expire_edit_sheets(*, now: datetime) -> int:
    """Delete workbooks past their time, with what their rows held and what came back of them; return how many."""
    past = EditSheet.objects.filter(expires_at__lt=now)
    count = past.count()
    past.delete()
    return count


def _refuse_taken_since(params: dict[str, Any]) -> None:
    """Refuse cells whose number, email or unique value another contact has got since the comparison."""
    sql.execute(Relation(sql.text("contacts/sheet_refuse_taken"), params))
    unique = Field.objects.filter(unique=True, archived_at=None)
    columns = [field_key(pk) for pk in unique.values_list("pk", flat=True)]
    cells = EditSheetCell.objects.filter(sheet_id=params["sheet"], column__in=columns, refusal="")
    for column in cells.values_list("column", flat=True).distinct():
        UNIQUE_VALUES.acquire()
        field_id = str(int(column.removeprefix(FIELD_PREFIX)))
        sql.execute(
            Relation(sql.text("contacts/sheet_refuse_not_unique", field=field_id), params | {"key": column})
        )


def _write_statement() -> str:
    assignments = [
        f"{name} = CASE WHEN t.vals ? '{name}' THEN b.{name} ELSE c.{name} END" for name in COLUMNS
    ]
    return sql.text("contacts/sheet_write", assignments=",\n       ".join(assignments))


def _write_tags(params: dict[str, Any], actor: Actor, now: datetime) -> None:
    """Add the tags of cells, and take away those of cells that clear them; undo is told which."""
    names = [name for (name,) in sql.rows(Relation(sql.text("contacts/sheet_tag_names"), params))]
    ensure_tags(names)
    # By name here: a server with the C locale treats accented letters of different case as different.
    found = queries.find_tags(names)
    tags = {"names": names, "ids": [found[name.upper()].pk for name in names]}
    changed = sql.rows(Relation(sql.text("contacts/sheet_write_tags"), params | tags))
    for kind, added in (("tag_added", True), ("tag_removed", False)):
        people = [(pk, tags) for pk, is_added, tags in changed if is_added is added]
        if people:
            _record_each(kind, people, "tags", actor, now)


def _record(params: dict[str, Any], actor: Actor, now: datetime) -> None:
    """Record with each person which fields changed; tags have events of their own."""
    people = sql.rows(Relation(sql.text("contacts/sheet_changed_fields"), params))
    _record_each("contact_changed", people, "fields", actor, now)


def _record_each(
    kind: str, people: Sequence[tuple[int, list[str]]], key: str, actor: Actor, now: datetime
) -> None:
    if not people:
        return
    events.ensure_partitions(since=now, until=now)
    data = [Jsonb({key: names} | actor_data(actor)) for _pk, names in people]
    events.record_rows(
        Relation(
            "SELECT p.contact_id, %(at)s::timestamptz AS at, %(kind)s::smallint AS kind, NULL::numeric AS value,"
            " NULL::bigint AS ref, p.data"
            " FROM unnest(%(contacts)s::bigint[], %(data)s::jsonb[]) AS p (contact_id, data)",
            {
                "at": now,
                "kind": event_kinds.get(kind).code,
                "contacts": [pk for pk, _names in people],
                "data": data,
            },
            ("contact_id", "at", "kind", "value", "ref", "data"),
        )
    )
