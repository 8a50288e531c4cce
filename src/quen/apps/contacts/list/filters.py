"""Who a list is about: words, conditions, a period, and the people lists hide by default."""

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

#: what the conditions of a list look at, beside the column it is sorted by
_FILTER_COLUMNS = ("status", "incomplete", "member_since", "search")


@dataclass(frozen=True, slots=True)
class ContactFilter:
    """What somebody filters by. ``since`` and ``until`` are days of becoming a member, both included.

    saved: only Saved people; without it they are hidden, unless a condition asks for a status (R-19).
    """

    query: str = ""
    tree: Tree = ALL_CONTACTS
    saved: bool = False
    incomplete: bool = False
    since: date | None = None
    until: date | None = None

    @property
    def terms(self) -> list[str]:
        """Give the words to look for, as the stored text has them."""
        return text.search_terms(self.query)

    @property
    def is_default(self) -> bool:
        """Say whether this is the list as it opens."""
        return self == ContactFilter(query=self.query) and not self.terms

    @property
    def matches_nothing(self) -> bool:
        """Say whether words were typed that nobody can be found by, such as “?”."""
        return bool(self.query.strip()) and not self.terms

    def to_tree(self) -> Tree | None:
        """Give the conditions that mean exactly these people; None when words were typed, which no condition says."""
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
        """Give a short text that equal wishes share."""
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
    """Give the people somebody wants: contact_id and the named columns of the contact, in no order.

    among: only people of this Relation (column contact_id).
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
    """Narrow a Relation that has contact_id and the columns lists look at by everything but the tree."""
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
    """Give a term for LIKE in which nothing is a wildcard."""
    return term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _filters_by_status(tree: Tree) -> bool:
    return tree != ALL_CONTACTS and "contact.status" in audience.dependencies(tree).fields
