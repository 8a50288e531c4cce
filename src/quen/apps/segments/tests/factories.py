"""Segments for tests."""

from __future__ import annotations

from typing import Any

from tests.cast import NOW

from quen.apps.events import registry as events
from quen.apps.segments import queries, services
from quen.apps.segments.models import Segment
from quen.core import sql
from quen.core.actors import SYSTEM

#: codes of the events of membership
ENTERED, LEFT = (events.get(f"segment_{kind}").code for kind in ("entered", "left"))
#: contacts in Đà Nẵng
DA_NANG = {"field": "province", "op": "is", "value": ["48"]}


def make_segment(name: str = "Đà Nẵng", tree: Any = DA_NANG, **changes: Any) -> Segment:
    """Create a segment and compute it."""
    given: dict[str, Any] = {"actor": SYSTEM, "now": NOW} | changes
    segment = services.create_segment(name=name, tree=tree, **given)
    services.flush(now=given["now"])
    segment.refresh_from_db()
    return segment


def member_ids(segment: Segment) -> set[int]:
    """Return the ids of a segment's members."""
    return {pk for (pk,) in sql.rows(queries.members(segment.pk))}
