"""How many people a list has: exact when that is quick, else a good guess, marked as one."""

from __future__ import annotations

import json

from django.db import OperationalError

from quen.apps.audience.types import EVERYONE, Count
from quen.apps.contacts.listing.finding import Moment, Wanted, conditions_over, found
from quen.core import sql
from quen.core.sql import Relation

TIMEOUT_MS = 300
_TIME_IS_UP = "57014"
#: share of the table's blocks, in percent, that a guess looks at
_SAMPLED_PERCENT = 1


def total_of(wanted: Wanted, moment: Moment, *, timeout_ms: int = TIMEOUT_MS) -> Count:
    """Count the people somebody wants within the time allowed, else guess."""
    try:
        with sql.read_only(timeout_ms=timeout_ms):
            counted = sql.compose("SELECT count(*) FROM {people} p", people=found(wanted, moment))
            return Count(int(sql.rows(counted)[0][0]), exact=True)
    except OperationalError as failure:
        if getattr(failure.__cause__, "sqlstate", "") != _TIME_IS_UP:
            raise
    return Count(
        _by_sample(wanted, moment) if wanted.tree == EVERYONE else _by_plan(wanted, moment), exact=False
    )


def _by_sample(wanted: Wanted, moment: Moment) -> int:
    """What is too many to count shows well in every hundredth block."""
    sample = Relation(
        "SELECT id AS contact_id, status, incomplete, member_since, search"
        f" FROM contacts_contact TABLESAMPLE SYSTEM ({_SAMPLED_PERCENT}) REPEATABLE (1) WHERE deleted_at IS NULL"
    )
    counted = sql.compose("SELECT count(*) FROM {people} p", people=conditions_over(sample, wanted, moment))
    return int(sql.rows(counted)[0][0]) * 100 // _SAMPLED_PERCENT


def _by_plan(wanted: Wanted, moment: Moment) -> int:
    people = found(wanted, moment)
    plan = sql.rows(Relation(f"EXPLAIN (FORMAT JSON) {people.text}", people.params))[0][0]
    if isinstance(plan, str):
        plan = json.loads(plan)
    return int(plan[0]["Plan"]["Plan Rows"])
