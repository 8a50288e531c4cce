"""The number of contacts in a list: exact when that is fast, else an estimate marked as one."""

from __future__ import annotations

import json

from django.db import OperationalError

from quen.apps.audience.types import ALL_CONTACTS, AudienceCount, EvaluationContext
from quen.apps.contacts.list.filters import ContactFilter, apply_conditions, filtered
from quen.core import sql
from quen.core.sql import Relation

TIMEOUT_MS = 300
_QUERY_CANCELED = "57014"
#: share of the table's blocks that an estimate reads, in percent
_SAMPLED_PERCENT = 1


def count_or_estimate(
    contact_filter: ContactFilter, context: EvaluationContext, *, timeout_ms: int = TIMEOUT_MS
) -> AudienceCount:
    """Return the exact number of contacts if it can be counted within the timeout, else an estimate."""
    try:
        with sql.read_only(timeout_ms=timeout_ms):
            counted = sql.compose(
                "SELECT count(*) FROM {contacts} p", contacts=filtered(contact_filter, context)
            )
            return AudienceCount(int(sql.rows(counted)[0][0]), exact=True)
    except OperationalError as failure:
        if getattr(failure.__cause__, "sqlstate", "") != _QUERY_CANCELED:
            raise
    return AudienceCount(
        _estimate_by_sample(contact_filter, context)
        if contact_filter.tree == ALL_CONTACTS
        else _estimate_by_plan(contact_filter, context),
        exact=False,
    )


def _estimate_by_sample(contact_filter: ContactFilter, context: EvaluationContext) -> int:
    """Return the count in every hundredth block, times one hundred: close enough for what is too much to count."""
    sample = Relation(
        "SELECT id AS contact_id, status, incomplete, member_since, search"
        f" FROM contacts_contact TABLESAMPLE SYSTEM ({_SAMPLED_PERCENT}) REPEATABLE (1) WHERE deleted_at IS NULL"
    )
    counted = sql.compose(
        "SELECT count(*) FROM {contacts} p", contacts=apply_conditions(sample, contact_filter, context)
    )
    return int(sql.rows(counted)[0][0]) * 100 // _SAMPLED_PERCENT


def _estimate_by_plan(contact_filter: ContactFilter, context: EvaluationContext) -> int:
    contacts = filtered(contact_filter, context)
    plan = sql.rows(Relation(f"EXPLAIN (FORMAT JSON) {contacts.text}", contacts.params))[0][0]
    if isinstance(plan, str):
        plan = json.loads(plan)
    return int(plan[0]["Plan"]["Plan Rows"])
