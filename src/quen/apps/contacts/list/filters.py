"""Which contacts a list shows: search text, conditions, a period, and whether saved contacts are included."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from quen.apps.audience import queries as audience
from quen.apps.audience.types import ALL_CONTACTS, EvaluationContext, Tree
from quen.apps.contacts.types import Status
from quen.core import clock, sql, text
from quen.core.sql import Relation

#: columns that the filter reads, next to the sort column
_FILTER_COLUMNS = ("status", "incomplete", "member_since", "search")


@dataclass(frozen=True, slots=True)
class ContactFilter:
    """The filter of a list. ``since`` and ``until`` are days on which contacts became members, both inclusive.

    saved: only saved contacts; otherwise they are hidden, unless a condition is about the status (R-19).
    """

    query: str = ""
    tree: Tree = ALL_CONTACTS
    saved: bool = False
    incomplete: bool = False
    since: date | None = None
    until: date | None = None

    @property
    def terms(self) -> list[str]:
        """Return the search terms, normalised like the stored text."""
        return text.search_terms(self.query)

    @property
    def is_default(self) -> bool:
        """Return whether this is the list as it opens."""
        return self == ContactFilter(query=self.query) and not self.terms

    @property
    def matches_nothing(self) -> bool:
        """Return whether the search text has no term that could match, such as “?”."""
        return bool(self.query.strip()) and not self.terms

    def to_tree(self) -> Tree | None:
        """Return conditions that match the same contacts; None with a search text, for which there is no condition."""
        if self.query.strip():
            return None
        conditions: list[dict[str, Any]] = [] if self.tree == ALL_CONTACTS else [audience.as_json(self.tree)]
        if self.saved:
            conditions.append({"field": "status", "op": "is", "value": ["saved"]})
        elif not _filters_by_status(self.tree):
            conditions.append({"field": "status", "op": "is_not", "value": ["saved"]})
        if self.incomplete:
            conditions.append({"field": "incomplete", "op": "yes"})
        if self.since is not None or self.until is not None:
            ends = {"from": self.since, "to": self.until}
            days = {name: day.isoformat() for name, day in ends.items() if day is not None}
            conditions.append({"field": "member_since", "op": "between", **days})
        return audience.parse({"all": conditions})

    def fingerprint(self) -> str:
        """Return a short text that equal filters share."""
        values = (
            self.terms,
            audience.fingerprint(self.tree),
            self.saved,
            self.incomplete,
            self.since,
            self.until,
        )
        return hashlib.sha256(repr(values).encode()).hexdigest()[:24]


def filtered(
    contact_filter: ContactFilter,
    context: EvaluationContext,
    *,
    columns: Sequence[str] = (),
    among: Relation | None = None,
) -> Relation:
    """Return the matching contacts: contact_id and the named columns of the contact, in no order.

    among: only contacts of this Relation (column contact_id).
    """
    filter_columns = (*_FILTER_COLUMNS, *(name for name in columns if name not in _FILTER_COLUMNS))
    return apply_conditions(
        _source(contact_filter.tree, filter_columns, context, among), contact_filter, context, columns=columns
    )


def apply_conditions(
    source: Relation,
    contact_filter: ContactFilter,
    context: EvaluationContext,
    *,
    columns: Sequence[str] = (),
) -> Relation:
    """Return a Relation narrowed by everything but the tree; it needs contact_id and the columns a filter reads."""
    conditions, params = _conditions(contact_filter, context)
    column_list = ", ".join(("contact_id", *columns))
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return sql.compose(f"SELECT {column_list} FROM {{source}} f{where}", source=source, **params)


def _source(
    tree: Tree, columns: Sequence[str], context: EvaluationContext, among: Relation | None
) -> Relation:
    if tree == ALL_CONTACTS:
        column_list = ", ".join(("id AS contact_id", *columns))
        narrowed = " AND id IN (SELECT contact_id FROM {among} a)" if among is not None else ""
        parts = {"among": among} if among is not None else {}
        return sql.compose(
            f"SELECT {column_list} FROM contacts_contact WHERE deleted_at IS NULL{narrowed}", **parts
        )
    column_list = ", ".join(("contact.id AS contact_id", *(f"contact.{name}" for name in columns)))
    return audience.relation(tree, now=context.now, zone=context.zone, among=among, columns=column_list)


def _conditions(
    contact_filter: ContactFilter, context: EvaluationContext
) -> tuple[list[str], dict[str, object]]:
    conditions: list[str] = []
    params: dict[str, object] = {}
    if contact_filter.saved:
        conditions.append("status = %(saved)s")
    elif not _filters_by_status(contact_filter.tree):
        conditions.append("status <> %(saved)s")
    if conditions:
        params["saved"] = int(Status.SAVED)
    if contact_filter.incomplete:
        conditions.append("incomplete")
    if contact_filter.since is not None:
        conditions.append("member_since >= %(since)s")
        params["since"] = clock.day_start(contact_filter.since, context.zone)
    if contact_filter.until is not None:
        conditions.append("member_since < %(until)s")
        params["until"] = clock.day_start(contact_filter.until + timedelta(days=1), context.zone)
    for number, term in enumerate(contact_filter.terms):
        conditions.append(f"search LIKE %(term{number})s")
        params[f"term{number}"] = f"% {escape_like(term)}%"
    if contact_filter.matches_nothing:
        conditions.append("false")
    return conditions, params


def escape_like(term: str) -> str:
    """Return a term for LIKE in which no character is a wildcard."""
    return term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _filters_by_status(tree: Tree) -> bool:
    return tree != ALL_CONTACTS and "contact.status" in audience.dependencies(tree).fields
