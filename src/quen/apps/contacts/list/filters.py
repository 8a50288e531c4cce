"""Which contacts a list shows: search text, conditions, a period, and whether saved contacts are included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any, ClassVar

from quen.apps.audience import queries as audience
from quen.apps.audience.types import ALL_CONTACTS, EvaluationContext, Tree
from quen.apps.contacts import queries
from quen.apps.contacts.types import Status
from quen.core import clock, sql, text
from quen.core.paging import Cursor, Page, Scan, Sort, read_large, read_ranked
from quen.core.sql import Relation

#: columns that a filter reads besides those of its conditions
FILTER_COLUMNS = ("status", "incomplete", "member_since", *queries.SEARCHED_COLUMNS)


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
        conditions = [] if self.tree == ALL_CONTACTS else [audience.as_json(self.tree)]
        return audience.parse({"all": [*conditions, *self._other_conditions()]})

    def others_tree(self) -> Tree:
        """Return conditions that match what the list shows besides its own conditions and its search text."""
        return audience.parse({"all": self._other_conditions()})

    def _other_conditions(self) -> list[dict[str, Any]]:
        conditions: list[dict[str, Any]] = []
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
        return conditions


@dataclass(frozen=True)
class ContactList:
    """The contacts that match a filter at an instant, in a time zone: a ``core.paging.LargeList``.

    With a search text also a ``RankedList``; score: only those that match the text this well.
    """

    filter: ContactFilter
    context: EvaluationContext
    score: int | None = None
    key: ClassVar[str] = "contact_id"

    @cached_property
    def search(self) -> queries.Search:
        """Return the search text with what its words mean."""
        return queries.read_search(self.filter.query)

    @property
    def is_unfiltered(self) -> bool:
        """Return whether nearly every contact is in the list."""
        return self.filter.is_default

    @property
    def is_cheap_on_few(self) -> bool:
        """Return False when a condition counts events: they are counted over all contacts, so it is done once."""
        if self.score == queries.Score.EXACT:
            return False
        return self.filter.tree == ALL_CONTACTS or not audience.dependencies(self.filter.tree).events

    @property
    def scores(self) -> Sequence[int]:
        """Return how well contacts can match the search text, the best first."""
        return self.search.scores

    @property
    def reads_scores_apart(self) -> bool:
        """Return whether names have an index condition of their own that is worth a statement."""
        return len(self.search.terms) > 1

    def with_score(self, score: int) -> ContactList:
        """Return the contacts that match the search text this well."""
        part = replace(self, score=score)
        part.__dict__["search"] = self.search  # read once for all parts
        return part

    def matching_with_score(self, column: str, among: tuple[Scan, int] | None = None) -> Relation:
        """Return all contacts of the list with a sort column and their score; among: the first along a scan."""
        columns = (column, f"{self.search.score()} AS score")
        return self._among_first(*among, columns) if among else self._matching(columns, None)

    def found(self) -> Relation | None:
        """Return the contacts that the search text finds, archived ones as well; None without one."""
        return queries.found_relation(self.filter.query)

    def contacts(self, columns: Sequence[str] = ()) -> Relation:
        """Return all contacts of the list, in no order: contact_id and the named columns of the contact."""
        return self._matching(columns, None)

    def matching(self, column: str) -> Relation:
        """Return all contacts of the list with a sort column."""
        return self.contacts((column,))

    def matching_among(self, scan: Scan, limit: int) -> Relation:
        """Return the contacts of the list among the first ``limit`` contacts along a scan."""
        return self._among_first(scan, limit, (scan.column,))

    def _among_first(self, scan: Scan, limit: int, columns: Sequence[str]) -> Relation:
        scanned = queries.first_contacts(scan, limit, FILTER_COLUMNS)
        if self.filter.tree == ALL_CONTACTS:
            return self.narrow(scanned, columns)
        return self._matching(columns, scanned)

    def narrow(self, source: Relation, columns: Sequence[str] = (), *, is_indexed: bool = False) -> Relation:
        """Return a Relation of contacts narrowed by everything but the conditions.

        source: contact_id, FILTER_COLUMNS, and the named columns, which are returned with contact_id.
        is_indexed: whether it was narrowed by ``Search.indexed`` already.
        """
        where, params = self._where(is_indexed=is_indexed)
        selected = ", ".join(("contact_id", *columns))
        return sql.compose(f"SELECT {selected} FROM {{source}} f{where}", source=source, **params)

    def _matching(self, columns: Sequence[str], among: Relation | None) -> Relation:
        read = tuple(dict.fromkeys((*FILTER_COLUMNS, *(name for name in columns if name.isidentifier()))))
        search = self.search
        is_indexed = among is None and bool(search.terms)
        if self.filter.tree == ALL_CONTACTS:
            found = f" AND {search.indexed(self.score)}" if is_indexed else ""
            source = Relation(
                f"SELECT id AS contact_id, {', '.join(read)} FROM contacts_contact"
                f" WHERE deleted_at IS NULL{found}",
                search.params if is_indexed else {},
            )
        else:
            if is_indexed:
                among = Relation(
                    "SELECT id AS contact_id FROM contacts_contact"
                    f" WHERE deleted_at IS NULL AND {search.indexed(self.score)}",
                    search.params,
                )
            source = audience.relation(
                self.filter.tree,
                now=self.context.now,
                zone=self.context.zone,
                among=among,
                columns=", ".join(("contact.id AS contact_id", *(f"contact.{name}" for name in read))),
            )
        return self.narrow(source, columns, is_indexed=is_indexed)

    def _where(self, *, is_indexed: bool) -> tuple[str, dict[str, object]]:
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
        if self.search.terms:
            conditions.append(self.search.filter(self.score, is_indexed=is_indexed))
            params |= self.search.params
        if filter_.matches_nothing:
            conditions.append("false")
        return (f" WHERE {' AND '.join(conditions)}" if conditions else ""), params


def read_page(
    contacts: ContactList, *, sort: Sort, size: int, after: Cursor | None, before: Cursor | None
) -> Page[int]:
    """Return the ids of a page of a list; sort may be ``queries.BEST_FIRST``."""
    if sort == queries.BEST_FIRST:
        return read_ranked(contacts, sort=sort, size=size, after=after, before=before)
    return read_large(contacts, sort=sort, size=size, after=after, before=before)
