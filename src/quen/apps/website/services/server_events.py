"""Events of a visitor that another system tells, such as the shop's own server."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from quen.apps.accounts import queries as accounts
from quen.apps.ingest import services as ingest
from quen.apps.ingest.types import NewRawEvent
from quen.apps.website.rules import payload
from quen.apps.website.types import ENDPOINT, BadBatch, UnknownVisitor


def store_events(*, visitor: str, events: Sequence[dict[str, Any]], now: datetime) -> int:
    """Store events of a visitor, processed shortly after, and return how many were understood.

    events: as the script sends them (id, type, url, code, name, value, items, data; age in seconds). An event with an
    id that is already stored is ignored. Raises UnknownVisitor.
    """
    try:
        batch = cleaned({"visitor": visitor, "events": list(events)})
    except BadBatch as error:
        raise UnknownVisitor() from error
    if batch["events"]:
        ingest.store([NewRawEvent(accounts.current_workspace().pk, ENDPOINT, now, batch)])
    return len(batch["events"])


def cleaned(batch: dict[str, Any]) -> dict[str, Any]:
    """Return the body of a request of the script as it is stored. Raises BadBatch."""
    return payload.read_batch(json.dumps(batch).encode())
