"""Contacts found by a search text."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from quen.apps.contacts.models import Contact
from quen.apps.contacts.rules.identifiers import search_beginnings
from quen.core import sql, text
from quen.core.sql import Relation


def search(contacts: QuerySet[Contact], query: str) -> QuerySet[Contact]:
    """Return the contacts in whose name, phone, email, company or address each term begins some word.

    Those whose customer code, further phone or further email begins with the whole text are found too.
    """
    by_words = Q()
    for term in text.search_terms(query):
        by_words &= Q(search__contains=f" {term}")
    ids = found_by_identity(query)
    return contacts.filter(by_words | Q(pk__in=ids) if ids else by_words)


def found_by_identity(query: str) -> list[int]:
    """Return the ids of contacts with an identity that begins with a search text; none when it begins too many.

    A beginning that thousands of codes share, as "KH0", tells nothing; the complete code still finds its contact.
    """
    beginnings = search_beginnings(query)
    if not beginnings:
        return []
    escaped = [text.escape_like(beginning) for beginning in beginnings]
    found = _with_identity_like([f"{beginning}%" for beginning in escaped])
    if len(found) > MAX_FOUND_BY_IDENTITY:
        found = _with_identity_like(escaped)
    return sorted(set(found))


MAX_FOUND_BY_IDENTITY = 1_000


def _with_identity_like(patterns: list[str]) -> list[int]:
    # One comparison per pattern: LIKE ANY would not use the index.
    params: dict[str, Any] = {f"pattern{number}": pattern for number, pattern in enumerate(patterns)}
    where = " OR ".join(f"external_id LIKE %({name})s" for name in params)
    statement = (
        "SELECT contact_id FROM contacts_contactidentity"
        f" WHERE deleted_at IS NULL AND ({where}) LIMIT %(limit)s"
    )
    params["limit"] = MAX_FOUND_BY_IDENTITY + 1
    return [contact_id for (contact_id,) in sql.rows(Relation(statement, params))]
