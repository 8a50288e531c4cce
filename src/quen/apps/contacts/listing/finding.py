"""Who a list is about: words, conditions, a period, and the people lists hide by default."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from quen.apps.audience import queries as audience
from quen.apps.audience.types import EVERYONE, Tree
from quen.apps.contacts import queries
from quen.apps.contacts.types import Status
from quen.core import clock, sql, text
from quen.core.sql import Relation

#: what the conditions of a list look at, beside the column it is sorted by
_LOOKED_AT = ("status", "incomplete", "member_since", "search")


@dataclass(frozen=True, slots=True)
class Moment:
    """When and where a list is asked for: conditions and periods reckon days in ``zone``."""

    now: datetime
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class Wanted:
    """What somebody filters by. ``since`` and ``until`` are days of becoming a member, both included.

    saved: only Saved people; without it they are hidden, unless a condition asks for a status (R-19).
    """

    words: str = ""
    tree: Tree = EVERYONE
    saved: bool = False
    incomplete: bool = False
    since: date | None = None
    until: date | None = None

    @property
    def terms(self) -> list[str]:
        """Give the words to look for, as the stored text has them."""
        return text.search_terms(self.words)

    @property
    def is_plain(self) -> bool:
        """Say whether this is the list as it opens."""
        return self == Wanted(words=self.words) and not self.terms

    @property
    def is_hopeless(self) -> bool:
        """Say whether words were typed that nobody can be found by, such as “?”."""
        return bool(self.words.strip()) and not self.terms

    def as_tree(self) -> Tree | None:
        """Give the conditions that mean exactly these people; None when words were typed, which no condition says."""
        if self.words.strip():
            return None
        said: list[dict[str, Any]] = [] if self.tree == EVERYONE else [audience.as_json(self.tree)]
        if self.saved:
            said.append({"field": "status", "op": "is", "value": ["saved"]})
        elif not _asks_for_status(self.tree):
            said.append({"field": "status", "op": "is_not", "value": ["saved"]})
        if self.incomplete:
            said.append({"field": "incomplete", "op": "yes"})
        if self.since is not None or self.until is not None:
            ends = {"from": self.since, "to": self.until}
            days = {name: day.isoformat() for name, day in ends.items() if day is not None}
            said.append({"field": "member_since", "op": "between", **days})
        return audience.parse({"all": said})

    def fingerprint(self) -> str:
        """Give a short text that equal wishes share."""
        told = (
            self.terms,
            audience.fingerprint(self.tree),
            self.saved,
            self.incomplete,
            self.since,
            self.until,
        )
        return hashlib.sha256(repr(told).encode()).hexdigest()[:24]


def found(
    wanted: Wanted, moment: Moment, *, columns: Sequence[str] = (), among: Relation | None = None
) -> Relation:
    """Give the people somebody wants: contact_id and the named columns of the contact, in no order.

    among: only people of this Relation (column contact_id).
    """
    looked_at = (*_LOOKED_AT, *(name for name in columns if name not in _LOOKED_AT))
    return conditions_over(_source(wanted.tree, looked_at, moment, among), wanted, moment, columns=columns)


def conditions_over(
    source: Relation, wanted: Wanted, moment: Moment, *, columns: Sequence[str] = ()
) -> Relation:
    """Narrow a Relation that has contact_id and the columns lists look at by everything but the tree."""
    conditions, params = _conditions(wanted, moment)
    named = ", ".join(("contact_id", *columns))
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return sql.compose(f"SELECT {named} FROM {{source}} f{where}", source=source, **params)


def count_exactly(wanted: Wanted, moment: Moment) -> int:
    """Count the people somebody wants, however long it takes."""
    return queries.count_people(found(wanted, moment))


def _source(tree: Tree, columns: Sequence[str], moment: Moment, among: Relation | None) -> Relation:
    if tree == EVERYONE:
        named = ", ".join(("id AS contact_id", *columns))
        narrowed = " AND id IN (SELECT contact_id FROM {among} a)" if among is not None else ""
        parts = {"among": among} if among is not None else {}
        return sql.compose(
            f"SELECT {named} FROM contacts_contact WHERE deleted_at IS NULL{narrowed}", **parts
        )
    named = ", ".join(("person.id AS contact_id", *(f"person.{name}" for name in columns)))
    return audience.relation(tree, now=moment.now, zone=moment.zone, among=among, columns=named)


def _conditions(wanted: Wanted, moment: Moment) -> tuple[list[str], dict[str, object]]:
    conditions: list[str] = []
    params: dict[str, object] = {}
    if wanted.saved:
        conditions.append("status = %(saved)s")
    elif not _asks_for_status(wanted.tree):
        conditions.append("status <> %(saved)s")
    if conditions:
        params["saved"] = int(Status.SAVED)
    if wanted.incomplete:
        conditions.append("incomplete")
    if wanted.since is not None:
        conditions.append("member_since >= %(since)s")
        params["since"] = clock.day_start(wanted.since, moment.zone)
    if wanted.until is not None:
        conditions.append("member_since < %(until)s")
        params["until"] = clock.day_start(wanted.until + timedelta(days=1), moment.zone)
    for number, term in enumerate(wanted.terms):
        conditions.append(f"search LIKE %(term{number})s")
        params[f"term{number}"] = f"% {escaped(term)}%"
    if wanted.is_hopeless:
        conditions.append("false")
    return conditions, params


def escaped(term: str) -> str:
    """Give a term for LIKE in which nothing is a wildcard."""
    return term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _asks_for_status(tree: Tree) -> bool:
    return tree != EVERYONE and "contact.status" in audience.columns_read(tree).fields
