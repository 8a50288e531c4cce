"""Requests follow when contacts are merged, and return when that is undone."""

from __future__ import annotations

from datetime import datetime

from quen.apps.contacts import services as contacts
from quen.apps.contacts.types import ContactRows
from quen.apps.data_requests.models import DataRequest
from quen.core.sql import Relation

_REQUESTS = ContactRows(model=DataRequest)
MERGE_COLUMNS = {"data_requests_datarequest.contact_id": "follows"}


def merge_requests(pairs: Relation, now: datetime) -> None:
    """Give the requests of merged contacts to the contacts that are kept."""
    contacts.carry_rows(pairs, _REQUESTS)


def unmerge_requests(pairs: Relation, now: datetime) -> None:
    """Give the requests back."""
    contacts.return_rows(pairs, _REQUESTS)
