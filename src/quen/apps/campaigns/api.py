"""Campaigns for other systems: the list and their reports."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from ninja import Router

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
from quen.apps.campaigns import queries
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.types import CampaignScope
from quen.apps.delivery import queries as delivery
from quen.core.paging import NEWEST_FIRST, Cursor, paginate

router = Router(tags=["Campaigns"])


class CampaignOut(ApiModel):
    """A campaign."""

    id: int
    name: str
    channel: str
    state: Literal["draft", "scheduled", "in_progress", "paused", "sent", "cancelled", "failed"]
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None


class CampaignReport(ApiModel):
    """What became of a campaign's messages, in contacts."""

    campaign: CampaignOut
    audience: int
    """Who was meant to get it."""
    queued: int
    sent: int
    delivered: int
    bounced: int
    refused: int
    uncertain: int
    """Handed over without an answer; they are not sent again by themselves."""
    failed: int
    cancelled: int
    skipped: int
    """Who may not be written to, or has no address."""
    opened: int
    clicked: int
    unsubscribed: int
    complained: int


@router.get("/campaigns", response=ApiPage[CampaignOut], summary="List campaigns")
@needs(CampaignScope.READ)
def list_campaigns(
    request: ApiRequest, limit: PageSize = PAGE_ROWS, cursor: PageCursor = None
) -> dict[str, Any]:
    """List the campaigns, newest first."""
    if cursor is not None and Cursor.read(cursor, NEWEST_FIRST) is None:
        raise InvalidRequest([unknown_parameter("cursor")])
    page = paginate(queries.campaigns(), size=limit, after=cursor)
    return {"data": [_campaign(each) for each in page.rows], "next": str(page.next) if page.next else None}


@router.get("/campaigns/{campaign_id}/report", response=CampaignReport, summary="Read a report")
@needs(CampaignScope.READ)
def get_campaign_report(request: ApiRequest, campaign_id: RowId) -> dict[str, Any]:
    """Return the counts of a campaign; all are 0 before it starts."""
    campaign = queries.get_campaign(campaign_id)
    counts = delivery.counts(campaign.dispatch_id) if campaign.dispatch_id else None
    names = [name for name in CampaignReport.model_fields if name != "campaign"]
    return {"campaign": _campaign(campaign)} | {name: getattr(counts, name, 0) for name in names}


def _campaign(campaign: Campaign) -> dict[str, Any]:
    return {name: getattr(campaign, name) for name in CampaignOut.model_fields}
