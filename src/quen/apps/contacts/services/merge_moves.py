"""What becomes of the rows of an app when contacts are merged, and how undo takes them back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.db.models import Field as ModelField
from django.db.models import Model

from quen.apps.contacts.types import ContactRows, MoveKind
from quen.core import sql
from quen.core.sql import Relation


def carry_rows(pairs: Relation, rows: ContactRows) -> None:
    """Give the rows of merged contacts to those that are kept; what both have is folded into one. Undo knows all of it.

    pairs: merge_id, kept_id, merged_id.
    """
    table, contact = _table(rows.model), rows.contact
    same = " AND ".join([f"k.{contact} = p.kept_id", *(f"k.{name} = m.{name}" for name in rows.once)])
    mine = f"FROM {{pairs}} p JOIN {table} m ON m.{contact} = p.merged_id"
    free = f"NOT EXISTS (SELECT 1 FROM {table} k WHERE {same})" if rows.once else "true"
    key = ", ".join(f"m.{name}" for name in (*rows.key, *rows.on_move))
    changes = "".join(f", {name} = {value}" for name, value in rows.on_move.items())
    _remember(pairs, rows, MoveKind.MOVED, f"jsonb_build_array({key})", f"{mine} WHERE {free}")
    _run(
        pairs,
        f"UPDATE {table} m SET {contact} = p.kept_id{changes} FROM {{pairs}} p"
        f" WHERE m.{contact} = p.merged_id AND {free}",
    )
    if not rows.once:
        return
    if rows.fold:
        values = _folded_values(rows)
        _remember(pairs, rows, MoveKind.FOLDED, values, f"{mine} JOIN {table} k ON {same}")
        changes = ", ".join(f"{name} = {value}" for name, value in rows.fold.items())
        _run(pairs, f"UPDATE {table} k SET {changes} {mine} WHERE {same}")
    _remember(pairs, rows, MoveKind.DELETED, "to_jsonb(m)", mine)
    _run(pairs, f"DELETE FROM {table} m USING {{pairs}} p WHERE m.{contact} = p.merged_id")


def return_rows(pairs: Relation, rows: ContactRows) -> None:
    """Take back what ``carry_rows`` did: rows that were moved return, folded values that nobody changed since too."""
    table, contact = _table(rows.model), rows.contact
    types = _types(rows.model, [*rows.key, *rows.fold, *rows.on_move])
    each = "FROM {pairs} p JOIN contacts_mergemove v ON v.merge_id = p.merge_id CROSS JOIN LATERAL"
    remembered = 'v."table" = %(table)s AND v.kind = %(kind)s'
    keys = ", ".join(
        f"(x ->> {i})::{types[name]} AS {name}" for i, name in enumerate((*rows.key, *rows.on_move))
    )
    changes = "".join(f", {name} = r.{name}" for name in rows.on_move)
    is_same = " AND ".join(f"m.{name} = r.{name}" for name in rows.key)
    _run(
        pairs,
        f"WITH r AS MATERIALIZED (SELECT p.kept_id, p.merged_id, {keys}"
        f" {each} jsonb_array_elements(v.rows) x WHERE {remembered})"
        f" UPDATE {table} m SET {contact} = r.merged_id{changes} FROM r WHERE m.{contact} = r.kept_id AND {is_same}",
        table=table,
        kind=MoveKind.MOVED,
    )
    if rows.fold:
        keys = ", ".join(f"(x ->> '{name}')::{types[name]} AS {name}" for name in rows.key)
        values = ", ".join(
            f"(x -> '{when}' ->> '{name}')::{types[name]} AS {when}_{name}"
            for name in rows.fold
            for when in ("before", "after")
        )
        changes = ", ".join(
            f"{name} = CASE WHEN m.{name} IS NOT DISTINCT FROM r.after_{name} THEN r.before_{name} ELSE m.{name} END"
            for name in rows.fold
        )
        _run(
            pairs,
            f"WITH r AS MATERIALIZED (SELECT p.kept_id, {keys}, {values}"
            f" {each} jsonb_array_elements(v.rows) x WHERE {remembered})"
            f" UPDATE {table} m SET {changes} FROM r WHERE m.{contact} = r.kept_id AND {is_same}",
            table=table,
            kind=MoveKind.FOLDED,
        )
    if rows.once:
        columns = ", ".join(_columns(rows.model))
        _run(
            pairs,
            f"WITH r AS MATERIALIZED (SELECT x.*"
            f" {each} jsonb_populate_recordset(NULL::{table}, v.rows) x WHERE {remembered})"
            f" INSERT INTO {table} ({columns}) SELECT {columns} FROM r ON CONFLICT DO NOTHING",
            table=table,
            kind=MoveKind.DELETED,
        )


def drop_rows(pairs: Relation, rows: ContactRows, *, of: str) -> None:
    """Delete the rows of one contact of each pair, which somebody chose to leave out. of: "kept_id" or "merged_id"."""
    table, contact = _table(rows.model), rows.contact
    _remember(
        pairs,
        rows,
        MoveKind.DELETED,
        "to_jsonb(m)",
        f"FROM {{pairs}} p JOIN {table} m ON m.{contact} = p.{of}",
    )
    _run(pairs, f"DELETE FROM {table} m USING {{pairs}} p WHERE m.{contact} = p.{of}")


def _remember(pairs: Relation, rows: ContactRows, kind: MoveKind, value: str, found: str) -> None:
    _insert(pairs, _table(rows.model), kind, value, found)


def _insert(pairs: Relation, table: str, kind: MoveKind, value: str, found: str, **params: Any) -> None:
    _run(
        pairs,
        f"WITH found AS MATERIALIZED (SELECT p.merge_id, jsonb_agg({value}) AS rows {found} GROUP BY p.merge_id)"
        ' INSERT INTO contacts_mergemove (merge_id, "table", kind, rows)'
        " SELECT merge_id, %(table)s, %(kind)s, rows FROM found",
        table=table,
        kind=kind,
        **params,
    )


def _folded_values(rows: ContactRows) -> str:
    keys = ", ".join(f"'{name}', k.{name}" for name in rows.key)
    before = ", ".join(f"'{name}', k.{name}" for name in rows.fold)
    after = ", ".join(f"'{name}', {value}" for name, value in rows.fold.items())
    return f"jsonb_build_object({keys}, 'before', jsonb_build_object({before}), 'after', jsonb_build_object({after}))"


def _run(pairs: Relation, statement: str, **params: Any) -> int:
    return sql.execute(sql.compose(statement, pairs=pairs, **params))


def _table(model: type[Model]) -> str:
    return model._meta.db_table


def _columns(model: type[Model]) -> list[str]:
    fields: Sequence[ModelField[Any, Any]] = model._meta.local_concrete_fields
    return [field.column for field in fields if field.column and not field.generated]


def _types(model: type[Model], names: Sequence[str]) -> dict[str, str]:
    """Return the types of columns, by name."""
    by_column = {field.column: field for field in model._meta.local_concrete_fields}
    return {name: str(by_column[name].rel_db_type(connection)) for name in names}
