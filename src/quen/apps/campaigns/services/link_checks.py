"""Check the links of a draft on request."""

from __future__ import annotations

from datetime import datetime

from quen.apps.campaigns import queries
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.services.transitions import announce
from quen.apps.campaigns.types import LINK_CHECK_TIMEOUT
from quen.apps.content import queries as contents


def request_link_check(*, campaign: Campaign, now: datetime) -> bool:
    """Mark a link check as requested. Returns False while one is running, so that only one job does it."""
    requested_at = campaign.link_check.get("requested_at")
    if requested_at and now - datetime.fromisoformat(requested_at) < LINK_CHECK_TIMEOUT:
        return False
    campaign.link_check = {"requested_at": now.isoformat()}
    Campaign.objects.filter(pk=campaign.pk).update(link_check=campaign.link_check)
    return True


def check_links(*, campaign: Campaign, now: datetime) -> int:
    """Request every link of the content once, store what is wrong and return how many are. Makes HTTP requests."""
    content_hash = queries.content_hash(campaign.content_id)
    findings = contents.check_links(contents.get_content(campaign.content_id))
    # Without their sentence: a job has no reader, and each reader their own language.
    issues = [{"code": each.code, "params": dict(each.params)} for each in findings]
    campaign.link_check = {"checked_at": now.isoformat(), "content_hash": content_hash, "issues": issues}
    Campaign.objects.filter(pk=campaign.pk).update(link_check=campaign.link_check)
    announce(campaign)
    return len(issues)
