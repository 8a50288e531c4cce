"""Segments for other systems: the list, who is in one, and how many conditions match."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Router
from pydantic import ConfigDict

from quen.apps.api.access import ApiRequest, needs
from quen.apps.api.types import (
    PAGE_ROWS,
    ApiModel,
    ApiPage,
    InvalidRequest,
    PageCursor,
    PageSize,
    RowId,
    unknown_parameter,
)
from quen.apps.audience import queries as audience
from quen.apps.audience.types import InvalidTree
from quen.apps.segments import queries
from quen.apps.segments.types import SegmentScope

router = Router(tags=["Segments"])
_EXAMPLE: dict[str, Any] = {"all": [{"field": "tags", "op": "any", "value": ["VIP"]}]}


class SegmentOut(ApiModel):
    """A saved audience, which follows its conditions."""

    id: int
    name: str
    description: str
    contacts: int
    """How many are in it."""
    computing: bool
    """Whether it is being computed for the first time, or after a change of its conditions."""
    conditions: dict[str, Any]
    """As POST /segments/count takes them."""


class SegmentsOut(ApiModel):
    """The segments in use."""

    data: list[SegmentOut]


class SegmentMemberOut(ApiModel):
    """A contact in a segment."""

    contact_id: int
    entered_at: datetime


class CountIn(ApiModel):
    """Conditions, as a segment shows them."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"conditions": {"all": [{"field": "tags", "op": "any", "value": ["VIP"]}]}}
        }
    )

    conditions: dict[str, Any]


class CountOut(ApiModel):
    """How many contacts match."""

    contacts: int
    exact: bool
    """false: counting took too long, and this is an estimate."""


@router.get("/segments", response=SegmentsOut, summary="List segments")
@needs(SegmentScope.READ)
def list_segments(request: ApiRequest) -> dict[str, Any]:
    """List the segments in use by name."""
    return {
        "data": [
            {
                "id": each.pk,
                "name": each.name,
                "description": each.description,
                "contacts": each.size,
                "computing": each.computing,
                "conditions": each.tree,
            }
            for each in queries.segments()
        ]
    }


@router.get("/segments/{segment_id}/members", response=ApiPage[SegmentMemberOut], summary="List members")
@needs(SegmentScope.READ)
def list_segment_members(
    request: ApiRequest, segment_id: RowId, limit: PageSize = PAGE_ROWS, cursor: PageCursor = None
) -> dict[str, Any]:
    """List who is in a segment, by id."""
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) < 19):
        raise InvalidRequest([unknown_parameter("cursor")])
    segment = queries.get_segment(segment_id)
    rows = list(queries.members_after(segment.pk, after=int(cursor or 0), limit=limit + 1).items())
    return {
        "data": [{"contact_id": pk, "entered_at": at} for pk, at in rows[:limit]],
        "next": str(rows[limit - 1][0]) if len(rows) > limit else None,
    }


@router.post("/segments/count", response=CountOut, summary="Count who matches conditions")
@needs(SegmentScope.READ, transaction=False)
def count_matching(request: ApiRequest, body: CountIn) -> dict[str, Any]:
    """Count the contacts that match conditions, without saving them as a segment."""
    try:
        tree = audience.parse(body.conditions)
    except InvalidTree as refusal:
        place = {"pointer": f"/conditions{refusal.path}", "code": refusal.code, "text": str(refusal)}
        raise InvalidRequest([place]) from refusal
    found = audience.count(tree, now=request.now, zone=request.workspace.zone)
    return {"contacts": found.value, "exact": found.exact}
