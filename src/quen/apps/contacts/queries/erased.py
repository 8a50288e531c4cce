"""Which identifiers belong to erased people."""

from __future__ import annotations

from collections.abc import Collection

from quen.apps.contacts.models import ErasedIdentifier
from quen.apps.contacts.queries.fields import contact_settings
from quen.core import keyed_hash, sql
from quen.core.sql import Relation


def erased_among(identifiers: Relation) -> Relation:
    """Return a Relation of those identifiers that belong to erased people, columns row and kind (CON-68).

    identifiers: columns row (any number), kind ("phone", "email", or the system of an identity, as "code") and value,
    normalised as contacts store it. An identifier that a contact has again is not among them.
    """
    columns = ("row", "kind")
    if not ErasedIdentifier.objects.exists():
        return Relation("SELECT NULL::bigint AS row, NULL::text AS kind WHERE false", {}, columns)
    outer, inner = keyed_hash.paddings(bytes(contact_settings().erasure_key))
    statement = sql.text("contacts/erased_among", identifiers="{identifiers}")
    found = sql.compose(statement, identifiers=identifiers, outer=outer, inner=inner)
    return Relation(found.text, found.params, columns)


def erased_identifiers(identifiers: Collection[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return those (kind, value) that belong to erased people; see ``erased_among``."""
    pairs = list(identifiers)
    given = Relation(
        "SELECT * FROM unnest(%(rows)s::bigint[], %(kinds)s::text[], %(values)s::text[]) AS i(row, kind, value)",
        {
            "rows": list(range(len(pairs))),
            "kinds": [kind for kind, _value in pairs],
            "values": [value for _kind, value in pairs],
        },
        ("row", "kind", "value"),
    )
    return [pairs[row] for row, _kind in sql.rows(erased_among(given))] if pairs else []
