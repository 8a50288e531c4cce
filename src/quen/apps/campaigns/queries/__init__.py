"""Reads of campaigns."""

from quen.apps.campaigns.queries.audiences import (
    DISPATCH_METRICS,
    NOT_OPENED,
    AudienceChip,
    AudienceNames,
    audience_of,
    contacts_in,
    contacts_of,
    describe_audience,
    dispatch_contacts,
)
from quen.apps.campaigns.queries.checks import LINK_CHECK_TIMEOUT, checklist
from quen.apps.campaigns.queries.estimates import content_hash, estimate, last_estimate, skipped_contact_ids
from quen.apps.campaigns.queries.listing import (
    ARCHIVED,
    CampaignPage,
    CampaignRow,
    campaign_page,
    counts_by_state,
    latest,
)
from quen.apps.campaigns.queries.lookup import (
    any_started,
    campaigns,
    due,
    find_by_content,
    find_by_name,
    get_campaign,
    get_deleted,
    started_without_dispatch,
    using_segment,
    with_active_dispatch,
)
from quen.apps.campaigns.queries.reports import (
    EngagementTimeline,
    engagement_timeline,
    failure_text,
    shown_content_id,
)

__all__ = [
    "ARCHIVED",
    "DISPATCH_METRICS",
    "LINK_CHECK_TIMEOUT",
    "NOT_OPENED",
    "AudienceChip",
    "AudienceNames",
    "CampaignPage",
    "CampaignRow",
    "EngagementTimeline",
    "any_started",
    "audience_of",
    "campaign_page",
    "campaigns",
    "checklist",
    "contacts_in",
    "contacts_of",
    "content_hash",
    "counts_by_state",
    "describe_audience",
    "dispatch_contacts",
    "due",
    "engagement_timeline",
    "estimate",
    "failure_text",
    "find_by_content",
    "find_by_name",
    "get_campaign",
    "get_deleted",
    "last_estimate",
    "latest",
    "shown_content_id",
    "skipped_contact_ids",
    "started_without_dispatch",
    "using_segment",
    "with_active_dispatch",
]
