"""Contacts found by a search text: in their columns, by their identities and by their tags.

Each condition exists twice with the same meaning: ``filter`` reads the columns of few rows, ``indexed`` rides
the indexes over all of them. How and why: docs/algorithms/search.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cached_property
from typing import Any, ClassVar

from quen.apps.contacts.models import Lexemes, Tag
from quen.apps.contacts.rules.search import MIN_PART_CHARS, Part, SearchTerm, read_terms, whole_identity
from quen.core import emails, phones, sql, text
from quen.core.paging import Ranked, Scan, SortColumn, instant, read_ranked
from quen.core.sql import Relation

#: an identity that more contacts share tells nothing, such as "KH0" in a list of codes; the complete one still does
MAX_FOUND_BY_IDENTITY = 1_000
#: what more than one in twenty of the latest identities contains is not looked up in all of them
_SAMPLED_IDENTITIES, _COMMON_IN_SAMPLE = 2_000, 100
_SAMPLED_CONTACTS = 1_000
#: of very long words, see models.Lexemes
_INDEXED_CHARS = 100
#: collecting a word from the index costs half of reading the rows that it spares
_COLLECTED_RATIO = 2
#: the columns of a contact that a search text is looked up in
SEARCHED_COLUMNS = ("search", "phone", "email")
_LEXEMES = Lexemes.template % {"expressions": "search"}


class Score(IntEnum):
    """How well a contact matches, best last."""

    OTHER = 0
    #: each word begins a word of the name
    NAME = 1
    #: the text is the contact's code, phone or email
    EXACT = 2


@dataclass(frozen=True, slots=True)
class FoundTerm:
    """A term with the contacts whose identities contain it, and the tags with a word that it begins."""

    term: SearchTerm
    owners: tuple[int, ...] = ()
    tags: tuple[int, ...] = ()


@dataclass(frozen=True)
class Search:
    """A search text with what its words mean in this workspace.

    owners: contacts with an identity that contains the whole text.  exact: those whose code, phone or email it is.
    whole: the text as a part of identities.
    """

    terms: tuple[FoundTerm, ...] = ()
    whole: tuple[Part, ...] = ()
    owners: tuple[int, ...] = ()
    exact: tuple[int, ...] = ()
    params: dict[str, Any] = field(default_factory=dict, compare=False)

    @property
    def scores(self) -> tuple[Score, ...]:
        """Return the scores that contacts can have, the best first."""
        return (Score.EXACT, Score.NAME, Score.OTHER) if self.exact else (Score.NAME, Score.OTHER)

    @cached_property
    def looked_up(self) -> tuple[int, tuple[int, ...]]:
        """Return the term that the indexes look up in all columns, and those that they look up in names.

        It is the one that fewest of the latest contacts have; in names also those that not many more have. The rows
        found are compared with the others: an index takes longer to collect a word of half of all contacts than the
        table to read a few thousand rows.
        """
        if len(self.terms) < 2:
            return 0, (0,)
        conditions = [self._has(n, found) for n, found in enumerate(self.terms)]
        conditions += [f"search LIKE %(name{n})s" for n in range(len(self.terms))]
        counts = ", ".join(f"count(*) FILTER (WHERE {condition})" for condition in conditions)
        latest = first_contacts(Scan("last_activity_at", True, None), _SAMPLED_CONTACTS, SEARCHED_COLUMNS)
        found = sql.rows(sql.compose(f"SELECT {counts} FROM {{latest}} f", latest=latest, **self.params))[0]
        anywhere, named = found[: len(self.terms)], found[len(self.terms) :]
        most = named[self._rarest(named)] * _COLLECTED_RATIO
        return self._rarest(anywhere), tuple(n for n, count in enumerate(named) if count <= most)

    def _rarest(self, counts: Sequence[int]) -> int:
        return min(range(len(counts)), key=lambda n: (counts[n], -len(self.terms[n].term.word)))

    def filter(self, score: int | None = None, *, is_indexed: bool = False) -> str:
        """Return the condition on rows f with contact_id and SEARCHED_COLUMNS; its parameters are ``params``.

        score: only contacts with it.  is_indexed: of rows that meet ``indexed`` already.
        """
        others = " AND NOT contact_id = ANY(%(exact)s)" if self.exact else ""
        if score == Score.EXACT:
            return "contact_id = ANY(%(exact)s)"
        if score == Score.NAME:
            return f"{self._named()}{others}"
        known = self.looked_up[0] if is_indexed else None
        words = self._or_whole(
            [self._has(n, found, of_few=not is_indexed) for n, found in enumerate(self.terms) if n != known],
            "contact_id",
        )
        return words if score is None else f"{words} AND NOT ({self._named()}){others}"

    def indexed(self, score: int | None = None) -> str:
        """Return the condition on contacts_contact that its indexes answer; ``filter`` completes it."""
        if score == Score.EXACT:
            return "id = ANY(%(exact)s)"
        if score == Score.NAME:
            begins = " || ' & ' || ".join(f"%(begins{n})s" for n in self.looked_up[1])
            return f"{_LEXEMES} @@ ({begins})::tsquery"
        n = self.looked_up[0]
        found = self.terms[n]
        # The lexemes come last: rows that another index found are compared with all of it, and they cost most.
        parts = [*self._keys(n, found, "id", is_indexed=True), f"{_LEXEMES} @@ %(lexemes{n})s::tsquery"]
        condition = f"({' OR '.join(parts)})"
        if found.tags:
            # Tags are another table, and an OR over two tables rides no index.
            condition = (
                f"id IN (SELECT id FROM contacts_contact WHERE deleted_at IS NULL AND {condition}"
                f" UNION SELECT contact_id FROM contacts_contacttag WHERE tag_id = ANY(%(tags{n})s))"
            )
        return self._or_whole([condition], "id")

    def score(self) -> str:
        """Return the Score of a row as an expression."""
        return (
            f"CASE WHEN contact_id = ANY(%(exact)s) THEN {int(Score.EXACT)} WHEN {self._named()}"
            f" THEN {int(Score.NAME)} ELSE {int(Score.OTHER)} END"
        )

    def _named(self) -> str:
        return " AND ".join(f"search LIKE %(name{n})s" for n in range(len(self.terms)))

    def _has(self, n: int, found: FoundTerm, *, of_few: bool = True) -> str:
        parts = [f"search LIKE %(word{n})s", f"search LIKE %(name{n})s", *self._keys(n, found, "contact_id")]
        if found.tags:
            # OFFSET 0: of few rows each is looked up; a hash of all contacts with the tag would take longer.
            parts.append(
                "EXISTS (SELECT 1 FROM contacts_contacttag tagged WHERE tagged.contact_id = f.contact_id"
                f" AND tagged.tag_id = ANY(%(tags{n})s){' OFFSET 0' if of_few else ''})"
            )
        return f"({' OR '.join(parts)})"

    def _keys(self, n: int, found: FoundTerm, key: str, *, is_indexed: bool = False) -> list[str]:
        # ILIKE finds the same in emails, which are stored in lower case, but only the index of trigrams serves it: with
        # a range of another index the planner would compare each row again.
        parts = [
            f"(phone LIKE %(digits{n}_{number})s AND left(phone, {len(part.text)}) = %(begin{n}_{number})s)"
            if is_indexed and _spares_country_code(part)
            else f"phone LIKE %(phone{n}_{number})s"
            for number, part in enumerate(found.term.phones)
        ]
        parts += [f"email {'ILIKE' if is_indexed else 'LIKE'} %(email{n})s"] if found.term.email else []
        parts += [f"{key} = ANY(%(owners{n})s)"] if found.owners else []
        return parts

    def _or_whole(self, each: Sequence[str], key: str) -> str:
        if not each:
            return "true"
        words = " AND ".join(each)
        return f"({words} OR {key} = ANY(%(owners)s))" if self.owners else f"({words})"


def read_search(query: str) -> Search:
    """Return a search text with the identities and tags that its words mean: two queries at most, and those of exact.

    Without letters and digits it has no terms, and finds nobody.
    """
    terms = read_terms(query)
    if not terms:
        return Search()
    owners, whole = _owners(terms, whole_identity(query))
    exact = _exact(query)
    # A code of one or two characters is found as the whole text only.
    whole = tuple(sorted({*whole, *exact}))
    found = tuple(map(FoundTerm, terms, owners, _tags(terms)))
    params: dict[str, Any] = {
        "exact": list(exact),
        "owners": list(whole),
    }
    for n, each in enumerate(found):
        word = each.term.word
        params |= {
            f"word{n}": f"% {text.escape_like(word)}%",
            f"name{n}": f"% ={text.escape_like(word)}%",
            f"begins{n}": _begins(f"={word}"),
            f"lexemes{n}": f"{_begins(word)} | {_begins(f'={word}')}",
            f"email{n}": each.term.email.like if each.term.email else None,
            f"owners{n}": list(each.owners),
            f"tags{n}": list(each.tags),
        }
        for number, part in enumerate(each.term.phones):
            params |= {
                f"phone{n}_{number}": part.like,
                f"digits{n}_{number}": f"%{part.text.removeprefix('+')}%",
                f"begin{n}_{number}": part.text,
            }
    return Search(found, (Part(text.clean(query), anywhere=True),), whole, exact, params)


def _spares_country_code(part: Part) -> bool:
    """Return whether the index looks up the digits anywhere and leaves the beginning to the rows it finds.

    The trigrams of "+84" at the beginning lead to nearly every contact: 10 to 17 ms to skip on a million.
    """
    return part.text.startswith("+") and not part.complete and len(part.text) > MIN_PART_CHARS


def _begins(word: str) -> str:
    """Return the tsquery of words that begin with a word, or with as much of it as the index has."""
    quoted = word[:_INDEXED_CHARS].replace("\\", "\\\\").replace("'", "''")
    return f"'{quoted}':*"


# The best matches

BEST_FIRST = Ranked.sort(SortColumn("last_activity_at", instant))


@dataclass(frozen=True, slots=True)
class FoundContacts:
    """All contacts that a search text finds, a ``core.paging.RankedList``; with a score also a ``LargeList``."""

    search: Search
    score: int | None = None
    key: ClassVar[str] = "contact_id"
    is_unfiltered: ClassVar[bool] = False

    @property
    def scores(self) -> Sequence[int]:
        """Return the scores, the highest first."""
        return self.search.scores

    @property
    def is_cheap_on_few(self) -> bool:
        """Return whether the latest contacts may contain a page of them."""
        return self.score != Score.EXACT

    @property
    def reads_scores_apart(self) -> bool:
        """Return whether names have an index condition of their own that is worth a statement."""
        return len(self.search.terms) > 1

    def with_score(self, score: int) -> FoundContacts:
        """Return the contacts with a score."""
        return replace(self, score=score)

    def matching_with_score(self, column: str, among: tuple[Scan, int] | None = None) -> Relation:
        """Return the contacts with a column and their score; among: the first contacts along a scan."""
        source = first_contacts(*among, SEARCHED_COLUMNS) if among else self._source(column)
        return self._narrow(source, f"{column}, {self.search.score()} AS score", is_indexed=among is None)

    def matching(self, column: str) -> Relation:
        """Return the contacts with a column."""
        return self._narrow(self._source(column), column, is_indexed=True)

    def matching_among(self, scan: Scan, limit: int) -> Relation:
        """Return those among the first contacts along a scan."""
        return self._narrow(first_contacts(scan, limit, SEARCHED_COLUMNS), scan.column, is_indexed=False)

    def _source(self, column: str) -> Relation:
        return Relation(
            f"SELECT id AS contact_id, {', '.join((*SEARCHED_COLUMNS, column))} FROM contacts_contact"
            f" WHERE deleted_at IS NULL AND {self.search.indexed(self.score)}",
            self.search.params,
        )

    def _narrow(self, source: Relation, columns: str, *, is_indexed: bool) -> Relation:
        where = self.search.filter(self.score, is_indexed=is_indexed)
        return sql.compose(
            f"SELECT contact_id, {columns} FROM {{source}} f WHERE {where}",
            source=source,
            **self.search.params,
        )


def first_contacts(scan: Scan, limit: int, columns: Iterable[str]) -> Relation:
    """Return the first contacts along a scan, with columns and that of the scan."""
    read = tuple(dict.fromkeys((*columns, scan.column)))
    return Relation(
        f"SELECT id AS contact_id, {', '.join(read)} FROM contacts_contact WHERE deleted_at IS NULL"
        f" AND {scan.beyond('id')} ORDER BY {scan.order('id')} LIMIT {int(limit)}",
        scan.params,
        ("contact_id", *read),
    )


def best_matches(query: str, *, limit: int) -> list[int]:
    """Return the ids of the contacts that match a text best, at most so many; none without letters or digits."""
    return best_of(read_search(query), limit=limit)


def best_of(search: Search, *, limit: int) -> list[int]:
    """Return the ids of the contacts that match best, at most so many."""
    if not search.terms:
        return []
    return list(read_ranked(FoundContacts(search), sort=BEST_FIRST, size=limit).rows)


# Identities and tags


def _owners(
    terms: Sequence[SearchTerm], whole: tuple[Part, ...]
) -> tuple[list[tuple[int, ...]], tuple[int, ...]]:
    """Return the contacts with an identity that contains each term, and those with one that contains the whole text.

    Where more than MAX_FOUND_BY_IDENTITY contain it, or one in twenty of the latest, only those that are it count.
    """
    wanted = [*(term.identities for term in terms), whole]
    statements: list[str] = []
    params: dict[str, Any] = {"limit": MAX_FOUND_BY_IDENTITY + 1, "sampled": _SAMPLED_IDENTITIES}
    for n, parts in enumerate(wanted):
        if parts:
            containing = _like(f"part{n}_", [part.like for part in parts], params)
            complete = _like(f"complete{n}_", [text.escape_like(part.text) for part in parts], params)
            statements += [
                f"(SELECT {n} AS n, false AS complete, contact_id FROM contacts_contactidentity"
                f" WHERE deleted_at IS NULL AND ({containing}) AND ({_is_rare(containing)}) LIMIT %(limit)s)",
                f"(SELECT {n}, true, contact_id FROM contacts_contactidentity"
                f" WHERE deleted_at IS NULL AND ({complete}) LIMIT %(limit)s)",
            ]
    containing_ids: list[list[int]] = [[] for _ in wanted]
    complete_ids: list[list[int]] = [[] for _ in wanted]
    for n, is_complete, contact_id in (
        sql.rows(Relation(" UNION ALL ".join(statements), params)) if statements else []
    ):
        (complete_ids if is_complete else containing_ids)[n].append(contact_id)
    found = [
        tuple(sorted({*complete, *(containing if len(containing) <= MAX_FOUND_BY_IDENTITY else ())}))
        for containing, complete in zip(containing_ids, complete_ids, strict=True)
    ]
    return found[:-1], found[-1]


def _like(name: str, patterns: Iterable[str], params: dict[str, Any]) -> str:
    # One comparison per pattern: LIKE ANY would not use the index.
    names = []
    for number, pattern in enumerate(patterns):
        names.append(f"{name}{number}")
        params[names[-1]] = pattern
    return " OR ".join(f"external_id ILIKE %({each})s" for each in names)


def _is_rare(containing: str) -> str:
    """Return the condition, evaluated once, that few of the latest identities meet a condition."""
    return (
        f"SELECT count(*) < %(sampled)s OR count(*) FILTER (WHERE {containing}) < {_COMMON_IN_SAMPLE}"
        " FROM (SELECT external_id FROM contacts_contactidentity WHERE deleted_at IS NULL"
        " ORDER BY id DESC LIMIT %(sampled)s) latest"
    )


def _exact(query: str) -> tuple[int, ...]:
    """Return the contacts whose customer code, phone or email a text is, however it is written."""
    typed = text.clean(query)
    params: dict[str, Any] = {
        "codes": list({typed, typed.upper(), typed.lower()}),
        "phone": None,
        "email": None,
    }
    with suppress(ValueError):
        params["phone"] = phones.read(typed).e164
    with suppress(ValueError):
        params["email"] = emails.read(typed)
    own = "SELECT id FROM contacts_contact WHERE deleted_at IS NULL AND (phone = %(phone)s OR email = %(email)s)"
    further = "SELECT contact_id FROM contacts_contactidentity WHERE deleted_at IS NULL AND"
    found = sql.rows(
        Relation(
            f"{own} UNION {further} system = 'code' AND external_id = ANY(%(codes)s)"
            f" UNION {further} system = 'phone' AND external_id = %(phone)s"
            f" UNION {further} system = 'email' AND external_id = %(email)s",
            params,
        )
    )
    return tuple(sorted(contact_id for (contact_id,) in found))


def _tags(terms: Sequence[SearchTerm]) -> list[tuple[int, ...]]:
    """Return the tags that have a word which each term begins; one letter must be the whole word."""
    words = {tag_id: text.search_fold(name).split() for tag_id, name in Tag.objects.values_list("pk", "name")}
    return [
        tuple(tag_id for tag_id, each in words.items() if any(has_tag_word(word, term.word) for word in each))
        for term in terms
    ]


def has_tag_word(word: str, typed: str) -> bool:
    """Return whether a word of a tag, folded, is meant by a typed one."""
    return word == typed or (len(typed) > 1 and word.startswith(typed))
