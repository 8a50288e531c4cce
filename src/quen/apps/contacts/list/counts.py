"""The number of contacts in a list: exact when it can be counted quickly, else an estimate marked as one."""

from __future__ import annotations

from django.db import OperationalError

from quen.apps.audience.types import ALL_CONTACTS, AudienceCount
from quen.apps.contacts.list.filters import FILTER_COLUMNS, ContactList
from quen.core import sql
from quen.core.sql import Relation

TIMEOUT_MS = 300
_QUERY_CANCELED = "57014"
#: share of the table's blocks that an estimate reads, in percent
_SAMPLED_PERCENT = 1


def count_or_estimate(contacts: ContactList, *, timeout_ms: int = TIMEOUT_MS) -> AudienceCount:
    """Return the exact number of contacts if it can be counted within the timeout, else an estimate."""
    try:
        with sql.read_only(timeout_ms=timeout_ms):
            return AudienceCount(_count(contacts.contacts()), exact=True)
    except OperationalError as failure:
        if getattr(failure.__cause__, "sqlstate", "") != _QUERY_CANCELED:
            raise
    by_sample = contacts.filter.tree == ALL_CONTACTS
    estimate = _sampled(contacts) if by_sample else sql.estimated_rows(contacts.contacts())
    return AudienceCount(estimate, exact=False)


def _count(contacts: Relation) -> int:
    return int(sql.rows(sql.compose("SELECT count(*) FROM {contacts} c", contacts=contacts))[0][0])


def _sampled(contacts: ContactList) -> int:
    """Return the count in every hundredth block, times one hundred: close enough for what is too much to count."""
    sample = Relation(
        f"SELECT id AS contact_id, {', '.join(FILTER_COLUMNS)} FROM contacts_contact"
        f" TABLESAMPLE SYSTEM ({_SAMPLED_PERCENT}) REPEATABLE (1) WHERE deleted_at IS NULL"
    )
    return _count(contacts.narrow(sample)) * 100 // _SAMPLED_PERCENT
