"""Reads of the audience app: the contacts a tree matches, their number, a sample, and why one of them matches.

Read-only, with a statement timeout where a person waits.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import OperationalError

from quen.apps.audience import registry
from quen.apps.audience.rules import describe as description
from quen.apps.audience.rules import editing
from quen.apps.audience.rules import normalise as normal_form
from quen.apps.audience.rules import parse as parser
from quen.apps.audience.rules.compile import (
    clause_of,
    compile_branches,
    compile_counts,
    compile_explanation,
    compile_tree,
)
from quen.apps.audience.rules.explaining import explain_node
from quen.apps.audience.rules.references import referred_to as referred_to
from quen.apps.audience.rules.references import with_reference_replaced as with_reference_replaced
from quen.apps.audience.types import (
    ALL_CONTACTS,
    AudienceCount,
    Condition,
    ConditionCatalog,
    ContactSummary,
    EvaluationContext,
    Explanation,
    FilterChip,
    InvalidTree,
    Node,
    NotJson,
    Sentence,
    Tree,
    TreeDependencies,
)
from quen.core import sql
from quen.core.sql import Relation

COUNT_TIMEOUT_MS = 2_000
MAX_QUERY_CHARS = 20_000


def parse(raw: Any, catalog: ConditionCatalog | None = None) -> Tree:
    """Return the tree of JSON text or parsed JSON, simplified, its conditions in the order in which they are written.

    Raises InvalidTree with code and path.
    """
    return normal_form.simplify(parser.parse(raw, catalog or registry.condition_catalog()))


def all_contacts() -> Tree:
    """Return the tree that matches every contact."""
    return ALL_CONTACTS


def as_json(tree: Tree) -> dict[str, Any]:
    """Return the tree as plain JSON values."""
    return tree.as_json()


def fingerprint(tree: Tree) -> str:
    """Return a hash that equal trees share, in whatever order their conditions are written."""
    return normal_form.fingerprint(tree)


def tree_from_query(param: str) -> Tree:
    """Return the tree of a URL parameter: base64url of JSON, or JSON itself; empty is all contacts.

    Raises InvalidTree.
    """
    text = _json_of_query(param)
    return parse(text) if text else ALL_CONTACTS


def tree_from_stored_query(param: str) -> Tree:
    """Return the tree of a URL parameter written by ``tree_to_query``, whatever of it is gone. Raises InvalidTree."""
    text = _json_of_query(param)
    return parser.from_stored_json(parser.parse_json(text)) if text else ALL_CONTACTS


def draft_from_query(param: str) -> Any:
    """Return the JSON of a URL parameter for the editor, with conditions on what is gone; [] for anything else."""
    try:
        return tree_from_query(param).as_json()
    except InvalidTree:
        pass
    try:
        return parser.parse_json(_json_of_query(param))
    except (InvalidTree, ValueError, RecursionError):
        return []


def tree_to_query(tree: Tree) -> str:
    """Return a tree as a URL parameter; empty for all contacts."""
    if tree == ALL_CONTACTS:
        return ""
    return base64.urlsafe_b64encode(normal_form.canonical(tree).encode()).decode().rstrip("=")


def tree_from_editor(posted: Mapping[str, list[str]]) -> Tree:
    """Return the tree of the condition editor. posted: lists of values by input name.

    Raises the InvalidTree of the first incomplete condition.
    """
    catalog = registry.condition_catalog()
    tree, errors = editing.parse_draft(editing.read_draft(posted, catalog), catalog)
    for error in errors.values():
        raise error
    return tree


def draft_from_editor(posted: Mapping[str, list[str]]) -> Tree:
    """Return the tree of the complete conditions of the editor, ignoring the others."""
    catalog = registry.condition_catalog()
    return editing.parse_draft(editing.read_draft(posted, catalog), catalog)[0]


def tree_from_stored(raw: dict[str, Any]) -> Tree:
    """Return the tree of JSON written by ``as_json``, without checking that its condition types still exist."""
    return parser.from_stored_json(raw)


def relation(
    tree: Tree,
    *,
    now: datetime,
    zone: ZoneInfo,
    among: Relation | None = None,
    contact_ids: Collection[int] | None = None,
    columns: str | None = None,
) -> Relation:
    """Return the contacts a tree matches as a Relation with the column ``contact_id``, each once, in no order.

    among: only contacts of this Relation.  contact_ids: only these, some thousands at most; every sub-select is
    narrowed to them, so that no other contact's events are read. A condition on something that is gone matches
    nobody, and neither does what negates it.
    """
    return compile_tree(
        normal_form.normalise(tree),
        registry.condition_catalog(),
        registry.population(),
        EvaluationContext(now, zone),
        among=among,
        contact_ids=contact_ids,
        **({"columns": columns} if columns else {}),
    )


def branches(
    trees: Sequence[Tree],
    *,
    now: datetime,
    zone: ZoneInfo,
    among: Relation | None = None,
    contact_ids: Collection[int] | None = None,
) -> Relation:
    """Return each contact with the index of the first tree it matches, as a Relation (contact_id, branch).

    branch: NULL if no tree matches.  among, contact_ids: as of ``relation``; deleted contacts are left out. One
    statement for all trees, for a decision with several exits.
    """
    return compile_branches(
        [normal_form.normalise(tree) for tree in trees],
        registry.condition_catalog(),
        registry.population(),
        EvaluationContext(now, zone),
        among=among,
        contact_ids=contact_ids,
    )


def count(
    tree: Tree,
    *,
    now: datetime,
    zone: ZoneInfo,
    among: Relation | None = None,
    timeout_ms: int = COUNT_TIMEOUT_MS,
) -> AudienceCount:
    """Return the number of contacts a tree matches; after the timeout the planner's estimate, not exact.

    among: only contacts of this Relation.
    """
    counting = relation(tree, now=now, zone=zone, among=among, columns="count(*)")
    try:
        with sql.read_only(timeout_ms=timeout_ms):
            return AudienceCount(sql.rows(counting)[0][0], exact=True)
    except OperationalError as failure:
        if getattr(failure.__cause__, "sqlstate", "") != "57014":  # query_canceled: the statement timeout
            raise
    matching = relation(tree, now=now, zone=zone)
    return AudienceCount(sql.estimated_rows(matching), exact=False)


def counts(
    trees: Sequence[Tree],
    *,
    now: datetime,
    zone: ZoneInfo,
    among: Relation | None = None,
    timeout_ms: int = COUNT_TIMEOUT_MS,
) -> list[int] | None:
    """Return the numbers of contacts that trees match, None after the timeout. One statement for all trees."""
    if not trees:
        return []
    counting = compile_counts(
        [normal_form.normalise(tree) for tree in trees],
        registry.condition_catalog(),
        registry.population(),
        EvaluationContext(now, zone),
        among=among,
    )
    try:
        with sql.read_only(timeout_ms=timeout_ms):
            return [int(found) for found in sql.rows(counting)[0]]
    except OperationalError as failure:
        if getattr(failure.__cause__, "sqlstate", "") != "57014":
            raise
        return None


def sample(
    tree: Tree,
    *,
    now: datetime,
    zone: ZoneInfo,
    among: Relation | None = None,
    limit: int = 10,
    timeout_ms: int = COUNT_TIMEOUT_MS,
) -> list[ContactSummary]:
    """Return up to ``limit`` contacts a tree matches, the first found; none after the timeout.

    An order would make the server find all of them first: 4.6 s instead of 0.1 s on a million contacts.
    """
    population = registry.population()
    matching = relation(tree, now=now, zone=zone, among=among)
    first = replace(matching, text=f"{matching.text} LIMIT {int(limit)}")
    try:
        with sql.read_only(timeout_ms=timeout_ms):
            ids = [row[0] for row in sql.rows(first)]
    except OperationalError as failure:
        if getattr(failure.__cause__, "sqlstate", "") != "57014":
            raise
        return []
    return population.summaries(ids)


def matches(tree: Tree, contact_id: int, *, now: datetime, zone: ZoneInfo) -> bool:
    """Return whether a tree matches one contact, without reading any other."""
    explanation = explain(tree, contact_id, now=now, zone=zone)
    return explanation is not None and explanation.holds


def explain(
    tree: Tree, contact_id: int, *, now: datetime, zone: ZoneInfo, currency: str = "VND"
) -> Explanation | None:
    """Return for each node of a tree whether it holds for one contact, and the value that was compared.

    None for an unknown or deleted contact. One statement, however large the tree.
    """
    shown = normal_form.simplify(tree)
    context = EvaluationContext(now, zone, currency)
    catalog = registry.condition_catalog()
    conditions = list(_conditions(shown))
    rows = sql.rows(
        compile_explanation(conditions, catalog, registry.population(), context, contact_id)
        if conditions
        else relation(ALL_CONTACTS, now=now, zone=zone, among=_single_contact(contact_id))
    )
    if not rows:
        return None
    results = iter(list(zip(rows[0][::2], rows[0][1::2], strict=True)) if conditions else [])
    return explain_node(shown, "", results, catalog, context)


def describe(tree: Tree, *, now: datetime, zone: ZoneInfo, currency: str = "VND") -> Sentence:
    """Return a tree as text, to follow the word “People”."""
    return description.describe(tree, registry.condition_catalog(), EvaluationContext(now, zone, currency))


def describe_people(tree: Tree, *, now: datetime, zone: ZoneInfo, currency: str = "VND") -> Sentence:
    """Return a tree as a whole sentence: “People who agreed to email, not archived, tagged VIP”."""
    return description.describe_people(
        tree, registry.condition_catalog(), EvaluationContext(now, zone, currency)
    )


def chips(tree: Tree, *, now: datetime, zone: ZoneInfo, currency: str = "VND") -> list[FilterChip]:
    """Return the chips of a filter: one per condition of its top level."""
    return description.chips(tree, registry.condition_catalog(), EvaluationContext(now, zone, currency))


def conditions_in(tree: Tree) -> list[tuple[str, str]]:
    """Return the family and the key of each condition in a tree, at any depth."""
    return [(condition.family, condition.key) for condition in _conditions(tree)]


def count_conditions(tree: Tree) -> int:
    """Return the number of conditions in a tree, at any depth."""
    return sum(1 for _condition in _conditions(tree))


def dependencies(tree: Tree) -> TreeDependencies:
    """Return the names of the data a tree reads, and whether its result changes as days pass."""
    catalog = registry.condition_catalog()
    names: set[str] = set()
    time_based = False
    for condition in _conditions(tree):
        try:
            condition_type = catalog.find(condition.family, condition.key)
        except InvalidTree:
            continue
        if condition_type is not None:
            names |= condition_type.reads
            time_based = time_based or condition_type.is_time_based(condition)
    return TreeDependencies(frozenset(names), time_based)


def gone_in(tree: Tree, *, now: datetime, zone: ZoneInfo) -> list[Condition]:
    """Return the conditions of a stored tree that ask, in whole or in part, for something that is gone."""
    catalog, context = registry.condition_catalog(), EvaluationContext(now, zone)
    clauses = [(each, clause_of(each, catalog, context)) for each in _conditions(tree)]
    return [each for each, clause in clauses if clause.is_void or clause.is_partial]


def search_contacts(text: str) -> list[ContactSummary]:
    """Return the contacts found by text, to pick one for an explanation."""
    return registry.population().search(text) if text.strip() else []


def contact_summaries(ids: Sequence[int]) -> list[ContactSummary]:
    """Return summaries of contacts, in the order of their ids."""
    return registry.population().summaries(ids)


def _json_of_query(param: str) -> str:
    if len(param) > MAX_QUERY_CHARS:
        raise NotJson(path="")
    text = param.strip()
    if text and text[0] not in "{[":
        try:
            text = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
        except (binascii.Error, UnicodeDecodeError, ValueError) as wrong:
            raise NotJson(path="") from wrong
    return text


def _single_contact(contact_id: int) -> Relation:
    return Relation(
        "SELECT %(contact_id)s::bigint AS contact_id", {"contact_id": contact_id}, ("contact_id",)
    )


def _conditions(node: Node) -> Iterator[Condition]:
    if isinstance(node, Condition):
        yield node
    else:
        for child in node.children:
            yield from _conditions(child)
