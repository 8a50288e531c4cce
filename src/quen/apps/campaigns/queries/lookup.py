"""Find campaigns: by id, by name, by dispatch, and those that are due."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from quen.apps.audience import queries as conditions
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.types import ACTIVE_STATES, CampaignState
from quen.apps.content import queries as content
from quen.apps.delivery import queries as delivery
from quen.apps.groups import queries as groups
from quen.core.errors import NotFound
from quen.core.text import clean


def campaigns() -> QuerySet[Campaign]:
    """Return the campaigns that are not deleted."""
    return Campaign.objects.filter(deleted_at=None)


def get_campaign(campaign_id: int) -> Campaign:
    """Return a campaign. Raises NotFound."""
    found = campaigns().filter(pk=campaign_id).first()
    if found is None:
        raise NotFound()
    return found


def find_by_content(content_id: int) -> Campaign | None:
    """Return the latest campaign with this content."""
    return Campaign.objects.filter(content_id=content_id).order_by("-pk").first()


def get_deleted(campaign_id: int) -> Campaign:
    """Return a deleted campaign. Raises NotFound."""
    found = Campaign.objects.filter(pk=campaign_id).exclude(deleted_at=None).first()
    if found is None:
        raise NotFound()
    return found


def campaigns_of_messages(message_ids: Collection[int]) -> dict[int, Campaign]:
    """Return the campaigns of messages by message id; messages of no campaign are missing."""
    dispatches = dict(delivery.messages_by_id(message_ids).values_list("pk", "dispatch_id"))
    found = {each.dispatch_id: each for each in campaigns().filter(dispatch_id__in=set(dispatches.values()))}
    return {pk: found[dispatch_id] for pk, dispatch_id in dispatches.items() if dispatch_id in found}


def find_by_name(name: str) -> Campaign | None:
    """Return the latest campaign with a name, case-insensitively."""
    return campaigns().filter(name__iexact=clean(name)).order_by("-updated_at", "-id").first()


def due(now: datetime) -> QuerySet[Campaign]:
    """Return scheduled campaigns whose send time has come."""
    return campaigns().filter(state=CampaignState.SCHEDULED, send_at__lte=now).order_by("send_at", "id")


def started_without_dispatch() -> QuerySet[Campaign]:
    """Return campaigns that were started and have no dispatch yet."""
    return Campaign.objects.filter(state=CampaignState.IN_PROGRESS, dispatch_id=None).order_by("id")


def with_active_dispatch() -> QuerySet[Campaign]:
    """Return campaigns whose dispatch may have changed state without the signal being received."""
    return Campaign.objects.filter(
        Q(state__in=[CampaignState.IN_PROGRESS, CampaignState.PAUSED]), dispatch_id__isnull=False
    ).order_by("id")


def any_started() -> bool:
    """Return whether any campaign was ever started."""
    return Campaign.objects.exclude(started_at=None).exists()


def using_topics() -> dict[int, list[str]]:
    """Return the names of campaigns that are still to be sent, by the topic they name."""
    states = (CampaignState.SCHEDULED, CampaignState.IN_PROGRESS, CampaignState.PAUSED)
    found: dict[int, list[str]] = {}
    for campaign in campaigns().filter(state__in=states).exclude(topic_id=None).order_by("name", "id"):
        found.setdefault(campaign.topic_id or 0, []).append(campaign.name)
    return found


def using_tag(tag_id: int) -> list[Campaign]:
    """Return drafts and scheduled campaigns that refer to a tag."""
    states = (CampaignState.DRAFT, CampaignState.SCHEDULED)
    return [each for each in naming_tag(tag_id) if each.state in states]


def naming_tag(tag_id: int) -> list[Campaign]:
    """Return all campaigns whose audience refers to a tag, ended ones included."""
    return [
        campaign
        for campaign in Campaign.objects.order_by("name", "id")
        if any(
            _names_tag(item, tag_id)
            for side in ("include", "exclude")
            for item in campaign.audience.get(side, ())
        )
    ]


def _names_tag(item: Any, tag_id: int) -> bool:
    return item.get("tag") == tag_id or tag_id in conditions.referred_to(item.get("tree"), "tags")


def using_field(key: str) -> list[Campaign]:
    """Return campaigns still to be sent whose audience or text refers to a custom field."""
    name = f"custom.{key}"
    states = (CampaignState.DRAFT, CampaignState.SCHEDULED, *ACTIVE_STATES)
    texts = content.contents_using(name)
    return [
        campaign
        for campaign in campaigns().filter(state__in=states).order_by("name", "id")
        if campaign.content_id in texts or _asks_for(campaign.audience, name)
    ]


def _asks_for(audience: dict[str, Any], name: str) -> bool:
    trees = [
        item["tree"] for side in ("include", "exclude") for item in audience.get(side, ()) if "tree" in item
    ]
    stored = [conditions.tree_from_stored(tree) for tree in trees]
    return any(("field", name) in conditions.conditions_in(tree) for tree in stored)


def using_segment(segment_id: int) -> list[Campaign]:
    """Return drafts and scheduled campaigns that refer to a segment."""
    named = Q()
    for side in ("include", "exclude"):
        named |= Q(audience__contains={side: [{"segment": segment_id}]})
    states = (CampaignState.DRAFT, CampaignState.SCHEDULED)
    return list(campaigns().filter(named, state__in=states).order_by("name", "id"))


def using_group(group_id: int) -> list[Campaign]:
    """Return campaigns that may still be sent and refer to a group, in a condition too."""
    states = (CampaignState.DRAFT, CampaignState.SCHEDULED, *ACTIVE_STATES)
    found = campaigns().filter(state__in=states).order_by("name", "id")
    return [campaign for campaign in found if groups.asks_for(campaign.audience, group_id)]
