"""Follow the links of a draft, on demand."""

from __future__ import annotations

from datetime import datetime

from quen.rooms.campaigns import queries
from quen.rooms.campaigns.models import Campaign
from quen.rooms.content import queries as contents


def check_links(*, campaign: Campaign, now: datetime) -> int:
    """Follow every link of the words once, keep what was found, and give how many are broken. Goes out."""
    of = queries.words_digest(campaign.content_id)
    findings = contents.check_links(contents.get_content(campaign.content_id))
    broken = [
        {"text": str(each.text) % dict(each.params) if each.params else str(each.text)} for each in findings
    ]
    campaign.links = {"at": now.isoformat(), "of": of, "broken": broken}
    Campaign.objects.filter(pk=campaign.pk).update(links=campaign.links)
    return len(broken)
