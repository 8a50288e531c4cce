"""Which contacts a list shows: search text, conditions, a period, and whether saved contacts are included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, ClassVar

from quen.apps.audience import queries as audience
from quen.apps.audience.types import ALL_CONTACTS, EvaluationContext, Tree
from quen.apps.contacts import queries
from quen.apps.contacts.types import Status
from quen.core import clock, sql, text
from quen.core.paging import Scan
from quen.core.sql import Relation

#: columns that a filter reads besides those of its conditions
FILTER_COLUMNS = ("status", "incomplete", "member_since", "search")


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

    @property
    def hides_saved(self) -> bool:
        """Return whether saved contacts are left out."""
        if self.saved or self.tree == ALL_CONTACTS:
            return not self.saved
        return "contact.status" not in audience.dependencies(self.tree).fields

    def to_tree(self) -> Tree | None:
        """Return conditions that match the same contacts; None with a search text, for which there is no condition."""
        if self.query.strip():
            return None
        conditions: list[dict[str, Any]] = [] if self.tree == ALL_CONTACTS else [audience.as_json(self.tree)]
        if self.saved:
            conditions.append({"field": "status", "op": "is", "value": ["saved"]})
        elif self.hides_saved:
            conditions.append({"field": "status", "op": "is_not", "value": ["saved"]})
        if self.incomplete:
            conditions.append({"field": "incomplete", "op": "yes"})
        if self.since is not None or self.until is not None:
            ends = {"from": self.since, "to": self.until}
            days = {name: day.isoformat() for name, day in ends.items() if day is not None}
            conditions.append({"field": "member_since", "op": "between", **days})
        return audience.parse({"all": conditions})


@dataclass(frozen=True)
class ContactList:
    """The contacts that match a filter at an instant, in a time zone: a ``core.paging.LargeList``."""

    filter: ContactFilter
    context: EvaluationContext
    key: ClassVar[str] = "contact_id"

    @cached_property
    def found_by_identity(self) -> list[int]:
        """Return the contacts whose customer code, further phone or email begins with the search text."""
        return queries.found_by_identity(self.filter.query)

    @property
    def is_unfiltered(self) -> bool:
        """Return whether nearly every contact is in the list."""
        return self.filter.is_default

    @property
    def is_cheap_on_few(self) -> bool:
        """Return False when a condition counts events: they are counted over all contacts, so it is done once."""
        return self.filter.tree == ALL_CONTACTS or not audience.dependencies(self.filter.tree).events

    def contacts(self, columns: Sequence[str] = ()) -> Relation:
        """Return all contacts of the list, in no order: contact_id and the named columns of the contact."""
        return self._matching(columns, None)

    def matching(self, column: str) -> Relation:
        """Return all contacts of the list with a sort column."""
        return self.contacts((column,))

    def matching_among(self, scan: Scan, limit: int) -> Relation:
        """Return the contacts of the list among the first ``limit`` contacts along a scan."""
        columns = tuple(dict.fromkeys((*FILTER_COLUMNS, scan.column)))
        scanned = Relation(
            f"SELECT id AS contact_id, {', '.join(columns)} FROM contacts_contact WHERE deleted_at IS NULL"
            f" AND {scan.beyond('id')} ORDER BY {scan.order('id')} LIMIT {int(limit)}",
            scan.params,
            ("contact_id", *columns),
        )
        if self.filter.tree == ALL_CONTACTS:
            return self.narrow(scanned, (scan.column,))
        return self._matching((scan.column,), scanned)

    def narrow(self, source: Relation, columns: Sequence[str] = ()) -> Relation:
        """Return a Relation of contacts narrowed by everything but the conditions.

        source: contact_id, FILTER_COLUMNS, and the named columns, which are returned with contact_id.
        """
        where, params = self._where()
        selected = ", ".join(("contact_id", *columns))
        return sql.compose(f"SELECT {selected} FROM {{source}} f{where}", source=source, **params)

    def _matching(self, columns: Sequence[str], among: Relation | None) -> Relation:
        read = tuple(dict.fromkeys((*FILTER_COLUMNS, *columns)))
        if self.filter.tree == ALL_CONTACTS:
            source = Relation(
                f"SELECT id AS contact_id, {', '.join(read)} FROM contacts_contact WHERE deleted_at IS NULL"
            )
        else:
            source = audience.relation(
                self.filter.tree,
                now=self.context.now,
                zone=self.context.zone,
                among=among,
                columns=", ".join(("contact.id AS contact_id", *(f"contact.{name}" for name in read))),
            )
        return self.narrow(source, columns)

    def _where(self) -> tuple[str, dict[str, object]]:
        filter_ = self.filter
        conditions: list[str] = []
        params: dict[str, object] = {}
        if filter_.saved or filter_.hides_saved:
            conditions.append("status = %(saved)s" if filter_.saved else "status <> %(saved)s")
            params["saved"] = int(Status.SAVED)
        if filter_.incomplete:
            conditions.append("incomplete")
        if filter_.since is not None:
            conditions.append("member_since >= %(since)s")
            params["since"] = clock.day_start(filter_.since, self.context.zone)
        if filter_.until is not None:
            conditions.append("member_since < %(until)s")
            params["until"] = clock.day_start(filter_.until + timedelta(days=1), self.context.zone)
        by_words = []
        for number, term in enumerate(filter_.terms):
            by_words.append(f"search LIKE %(term{number})s")
            params[f"term{number}"] = f"% {text.escape_like(term)}%"
        if by_words:
            params["found"] = self.found_by_identity
            words = " AND ".join(by_words)
            conditions.append(f"({words} OR contact_id = ANY(%(found)s))" if params["found"] else words)
        if filter_.matches_nothing:
            conditions.append("false")
        return (f" WHERE {' AND '.join(conditions)}" if conditions else ""), params
