"""Follow the links of a draft, on demand."""

from __future__ import annotations

from datetime import datetime

from quen.apps.campaigns import queries
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.services.moving import announce
from quen.apps.content import queries as contents


def ask_for_links(*, campaign: Campaign, now: datetime) -> bool:
    """Note that the links are being followed; False when they are already, so that one job does it."""
    asked = campaign.links.get("asked")
    if asked and now - datetime.fromisoformat(asked) < queries.LINKS_PATIENCE:
        return False
    campaign.links = {"asked": now.isoformat()}
    Campaign.objects.filter(pk=campaign.pk).update(links=campaign.links)
    return True


def check_links(*, campaign: Campaign, now: datetime) -> int:
    """Follow every link of the words once, keep what was found, and give how many are broken. Goes out."""
    of = queries.words_digest(campaign.content_id)
    findings = contents.check_links(contents.get_content(campaign.content_id))
    broken = [
        {"text": str(each.text) % dict(each.params) if each.params else str(each.text)} for each in findings
    ]
    campaign.links = {"at": now.isoformat(), "of": of, "broken": broken}
    Campaign.objects.filter(pk=campaign.pk).update(links=campaign.links)
    announce(campaign)
    return len(broken)
