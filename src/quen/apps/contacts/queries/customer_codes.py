"""Which contacts have no customer code yet, and how far codes go."""

from __future__ import annotations

from quen.core import sql
from quen.core.sql import Relation

_HAS_NONE = (
    "c.deleted_at IS NULL AND NOT EXISTS (SELECT 1 FROM contacts_contactidentity i"
    " WHERE i.contact_id = c.id AND i.system = 'code' AND i.deleted_at IS NULL)"
)


def without_code(contacts: Relation | None = None) -> Relation:
    """Return those of the contacts (contact_id), or of all, that have no customer code, in the order of their ids."""
    if contacts is None:
        return Relation(
            f"SELECT c.id AS contact_id FROM contacts_contact c WHERE {_HAS_NONE}", {}, ("contact_id",)
        )
    found = sql.compose(
        "SELECT c.id AS contact_id FROM contacts_contact c"
        f" WHERE c.id IN (SELECT contact_id FROM {{contacts}} p) AND {_HAS_NONE} ORDER BY c.id",
        contacts=contacts,
    )
    return Relation(found.text, found.params, ("contact_id",))


def imported_without_code(change_id: int, *, after: int, limit: int) -> list[int]:
    """Return the next contacts that an import created and that have no customer code."""
    statement = Relation(
        "SELECT c.id FROM contacts_bulkchangerow r JOIN contacts_contact c ON c.id = r.contact_id"
        " WHERE r.change_id = %(change)s AND r.before IS NULL AND r.contact_id > %(after)s"
        f" AND {_HAS_NONE} ORDER BY r.contact_id LIMIT %(limit)s",
        {"change": change_id, "after": after, "limit": limit},
    )
    return [pk for (pk,) in sql.rows(statement)]


def highest_code(prefix: str) -> int:
    """Return the highest number of codes made of the prefix and up to 15 digits, of deleted contacts too; or 0."""
    statement = Relation(
        "SELECT max(substr(external_id, %(start)s)::bigint) FROM contacts_contactidentity"
        " WHERE system = 'code' AND CASE WHEN starts_with(external_id, %(prefix)s)"
        " THEN substr(external_id, %(start)s) ~ '^[0-9]{1,15}$' ELSE false END",
        {"prefix": prefix, "start": len(prefix) + 1},
    )
    return int(sql.rows(statement)[0][0] or 0)
