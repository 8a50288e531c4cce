"""Questions to the audience: who, how many, for instance whom, and why. Read-only, under a time limit."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import OperationalError, connection

from quen.apps.audience import registry
from quen.apps.audience.rules import describe as description
from quen.apps.audience.rules import editing
from quen.apps.audience.rules import normalise as normal_form
from quen.apps.audience.rules import parse as parser
from quen.apps.audience.rules.compile import compile_explanation, compile_tree
from quen.apps.audience.types import (
    ALL_CONTACTS,
    AudienceCount,
    Condition,
    ConditionCatalog,
    ContactSummary,
    EvaluationContext,
    Explanation,
    FilterChip,
    Group,
    Join,
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
    """Read a tree from JSON text or parsed JSON, in canonical form. Raises a TreeRefused with code and path."""
    return normal_form.normalise(parser.parse(raw, catalog or registry.condition_catalog()))


def all_contacts() -> Tree:
    """Give the tree that leaves nobody out."""
    return ALL_CONTACTS


def as_json(tree: Tree) -> dict[str, Any]:
    """Give the tree as plain JSON values."""
    return tree.as_json()


def fingerprint(tree: Tree) -> str:
    """Give a hash that equal trees share, whatever the order they were written in."""
    return normal_form.fingerprint(tree)


def tree_from_query(param: str) -> Tree:
    """Read a tree from a URL parameter: base64url of JSON, or JSON itself; empty is everyone. Raises TreeRefused."""
    if len(param) > MAX_QUERY_CHARS:
        raise NotJson(path="")
    text = param.strip()
    if text and text[0] not in "{[":
        try:
            text = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
        except (binascii.Error, UnicodeDecodeError, ValueError) as wrong:
            raise NotJson(path="") from wrong
    return parse(text) if text else ALL_CONTACTS


def tree_to_query(tree: Tree) -> str:
    """Write a tree for a URL parameter; everyone is empty."""
    if tree == ALL_CONTACTS:
        return ""
    return base64.urlsafe_b64encode(normal_form.canonical(tree).encode()).decode().rstrip("=")


def tree_from_editor(posted: Mapping[str, list[str]]) -> Tree:
    """Give the tree of the sentence editor as its inputs stand, lists by name.

    Raises the TreeRefused of the first condition that is not complete.
    """
    catalog = registry.condition_catalog()
    tree, refused = editing.parse_draft(editing.read_draft(posted, catalog), catalog)
    for refusal in refused.values():
        raise refusal
    return tree


def draft_from_editor(posted: Mapping[str, list[str]]) -> Tree:
    """Give the tree of the conditions that are complete, while others are still being written."""
    catalog = registry.condition_catalog()
    return editing.parse_draft(editing.read_draft(posted, catalog), catalog)[0]


def tree_from_stored(raw: dict[str, Any]) -> Tree:
    """Give the tree of JSON that ``as_json`` wrote, without asking whether everything in it is still on offer."""
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
    """Give the people of a tree as a Relation with the column ``contact_id``, each once, in no order.

    among: only people of this Relation.  few: only these, some thousands at most; every set is asked for them alone,
    so that nobody else's events are read. Raises TreeRefused for a condition that is no longer on offer.
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


def count(tree: Tree, *, now: datetime, zone: ZoneInfo, timeout_ms: int = COUNT_TIMEOUT_MS) -> AudienceCount:
    """Count the people of a tree; when the time is up, give the planner's estimate, marked as not exact."""
    counted = relation(tree, now=now, zone=zone, columns="count(*)")
    try:
        with sql.read_only(timeout_ms=timeout_ms):
            return AudienceCount(sql.rows(counted)[0][0], exact=True)
    except OperationalError as failure:
        if getattr(failure.__cause__, "sqlstate", "") != "57014":  # query_canceled: time is up
            raise
    people = relation(tree, now=now, zone=zone)
    plan = sql.rows(replace(people, text=f"EXPLAIN (FORMAT JSON) {people.text}"))[0][0]
    if isinstance(plan, str):
        plan = json.loads(plan)
    return AudienceCount(int(plan[0]["Plan"]["Plan Rows"]), exact=False)


def sample(
    tree: Tree, *, now: datetime, zone: ZoneInfo, limit: int = 10, timeout_ms: int = COUNT_TIMEOUT_MS
) -> list[ContactSummary]:
    """Give up to ``n`` people of a tree, whichever are found first; none when the time is up.

    An order would make the server find everyone first: 4.6 s against 0.1 s on a million people.
    """
    population = registry.population()
    people = relation(tree, now=now, zone=zone)
    some = replace(people, text=f"{people.text} LIMIT {int(limit)}")
    try:
        with sql.read_only(timeout_ms=timeout_ms):
            ids = [row[0] for row in sql.rows(some)]
    except OperationalError as failure:
        if getattr(failure.__cause__, "sqlstate", "") != "57014":
            raise
        return []
    return population.summaries(ids)


def matches(tree: Tree, contact_id: int, *, now: datetime, zone: ZoneInfo) -> bool:
    """Say whether one person is meant, by looking at nobody else."""
    found = explain(tree, contact_id, now=now, zone=zone)
    return found is not None and found.holds


def explain(
    tree: Tree, contact_id: int, *, now: datetime, zone: ZoneInfo, currency: str = "VND"
) -> Explanation | None:
    """Say for each part of a tree whether it holds for one person, and what they actually have.

    None when there is no such person. One statement, however large the tree.
    """
    whole = normal_form.normalise(tree)
    context = EvaluationContext(now, zone, currency)
    catalog = registry.condition_catalog()
    conditions = list(_conditions(whole))
    found = sql.rows(
        compile_explanation(conditions, catalog, registry.population(), context, contact_id)
        if conditions
        else relation(ALL_CONTACTS, now=now, zone=zone, among=_single_contact(contact_id))
    )
    if not found:
        return None
    answers = iter(list(zip(found[0][::2], found[0][1::2], strict=True)) if conditions else [])
    return _explain_node(whole, "", answers, catalog, context)


def describe(tree: Tree, *, now: datetime, zone: ZoneInfo, currency: str = "VND") -> Sentence:
    """Give the whole tree in words; they follow the word “Customers”."""
    return description.describe(tree, registry.condition_catalog(), EvaluationContext(now, zone, currency))


def chips(tree: Tree, *, now: datetime, zone: ZoneInfo, currency: str = "VND") -> list[FilterChip]:
    """Give the chips of a filter."""
    return description.chips(tree, registry.condition_catalog(), EvaluationContext(now, zone, currency))


def count_conditions(tree: Tree) -> int:
    """Count the conditions of a tree, however they are grouped."""
    return sum(1 for _condition in _conditions(tree))


def dependencies(tree: Tree) -> TreeDependencies:
    """Say which fields and kinds of events a tree looks at, and whether it moves with the clock."""
    catalog = registry.condition_catalog()
    fields: set[str] = set()
    events: set[str] = set()
    time_based = False
    for condition in _conditions(tree):
        condition_type = catalog.find(condition.family, condition.key)
        if condition_type is None:
            continue
        for name in condition_type.reads:
            kind, _dot, rest = name.partition(".")
            (events if kind == "event" else fields).add(rest if kind == "event" else name)
        time_based = time_based or condition_type.is_time_based(condition)
    return TreeDependencies(frozenset(fields), frozenset(events), time_based)


def search_contacts(text: str) -> list[ContactSummary]:
    """Find people by words, for "why is this person in or out?"."""
    return registry.population().search(text) if text.strip() else []


def contact_summaries(ids: Sequence[int]) -> list[ContactSummary]:
    """Name people."""
    return registry.population().summaries(ids)


def _single_contact(contact_id: int) -> Relation:
    return Relation("SELECT %(me)s::bigint AS contact_id", {"me": contact_id}, ("contact_id",))


def _conditions(node: Node) -> Iterator[Condition]:
    if isinstance(node, Condition):
        yield node
    else:
        for child in node.children:
            yield from _conditions(child)


def _explain_node(
    node: Node,
    path: str,
    answers: Iterator[tuple[bool, Any]],
    catalog: ConditionCatalog,
    context: EvaluationContext,
) -> Explanation:
    sentence = description.describe(node, catalog, context)
    if isinstance(node, Condition):
        condition_type = catalog.find(node.family, node.key)
        holds, raw = next(answers)
        actual_value = condition_type.format_value(raw, node, context) if condition_type else ""
        return Explanation(node, path, sentence, holds, actual_value)
    below = f"{path}/{node.join.value}"
    children = tuple(
        _explain_node(
            child, below if node.join is Join.NOT else f"{below}/{number}", answers, catalog, context
        )
        for number, child in enumerate(node.children)
    )
    return Explanation(
        node, path, sentence, _combine(node, [child.holds for child in children]), "", children
    )


def _combine(group: Group, children: list[bool]) -> bool:
    if group.join is Join.NOT:
        return not children[0]
    return all(children) if group.join is Join.ALL else any(children)


def explain_plan(tree: Tree, *, now: datetime, zone: ZoneInfo) -> str:
    """Give the plan of the count, for tests and for people who tune."""
    counted = relation(tree, now=now, zone=zone, columns="count(*)")
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {counted.text}", dict(counted.params))
        return "\n".join(row[0] for row in cursor.fetchall())
