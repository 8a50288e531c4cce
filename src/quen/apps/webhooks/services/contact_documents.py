"""Contacts as the API shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from quen.apps.contacts.queries.feed import versions_of
from quen.apps.contacts.services.feed import catch_up_with_changes


def contact_documents(ids: Sequence[int], *, now: datetime) -> dict[int, dict[str, Any]]:
    """Return each of these contacts by its id, with its version; of one that is gone only what is left of it."""
    catch_up_with_changes(now=now)
    versions = versions_of(ids)
    return {pk: {"id": pk, "version": versions.get(pk, 0)} for pk in ids}
