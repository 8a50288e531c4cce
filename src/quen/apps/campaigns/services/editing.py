"""Create and edit campaigns. Only drafts change; anything that was sent is duplicated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from quen.apps.audience import queries as conditions
from quen.apps.campaigns import queries
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.rules import audiences, names, times
from quen.apps.campaigns.services.transitions import lock_draft, transition
from quen.apps.campaigns.types import (
    ENDED_STATES,
    Audience,
    AudienceEstimate,
    AudienceItem,
    AudienceItemKind,
    CampaignState,
    InvalidAudienceItem,
    InvalidState,
)
from quen.apps.channels import queries as channels
from quen.apps.channels import registry as channel_registry
from quen.apps.channels.registry import MessageChannel
from quen.apps.compliance import queries as compliance
from quen.apps.compliance.types import MessageClass
from quen.apps.contacts import queries as contacts
from quen.apps.content import queries as contents
from quen.apps.content import services as content_services
from quen.apps.groups import queries as groups
from quen.apps.groups.types import GroupNotInUse
from quen.apps.segments import queries as segments
from quen.apps.team import services as team
from quen.core.actors import Actor
from quen.core.errors import NotFound

_RESTORABLE_FOR = timedelta(days=30)
_MAX_TAG_CHARS = 100


@transaction.atomic
def create_campaign(
    *,
    name: str,
    actor: Actor,
    now: datetime,
    channel: str = "",
    language: str = "vi",
    include: Sequence[AudienceItem] = (),
    topic_id: int | None = None,
) -> Campaign:
    """Create a draft with empty content and the preferred sender. Raises NameTooLong, InvalidAudienceItem, NotFound.

    channel: empty takes the first usable one.  topic_id: without one, the channel's topic if there is only one.
    """
    used = channel_registry.channel(channel) if channel else queries.usable_channels()[0]
    audience = Audience(include=tuple(_validated(item) for item in include))
    sender = channels.preferred_sender(used.key)
    topics = [topic.pk for topic in compliance.topics_on(used.key)]
    if topic_id is not None and topic_id not in topics:
        raise NotFound()
    content = content_services.create_content(channel=used.key, default_language=language, now=now)
    campaign = Campaign.objects.create(
        name=names.clean_name(name) or _("Untitled campaign"),
        channel=used.key,
        audience=audience.as_json(),
        sender_id=sender.pk if sender else None,
        content_id=content.pk,
        topic_id=topic_id or (topics[0] if len(topics) == 1 else None),
        track_opens=used.tracks_opens,
        track_clicks=used.tracks_links,
        member_id=actor.member_id,
        member_name=actor.name,
        created_at=now,
        updated_at=now,
    )
    team.audit(actor, "campaigns.created", target=campaign, data={"name": campaign.name}, now=now)
    return campaign


@transaction.atomic
def rename(*, campaign: Campaign, name: str, now: datetime) -> None:
    """Rename a draft; an empty name keeps the old one. Raises NameTooLong, InvalidState."""
    found = lock_draft(campaign)
    found.name = names.clean_name(name) or found.name
    _save(found, now, "name")


@transaction.atomic
def add_items(*, campaign: Campaign, side: str, items: Sequence[AudienceItem], now: datetime) -> None:
    """Add items to a side ("include" or "exclude") of the audience. Raises InvalidAudienceItem, InvalidState."""
    found = lock_draft(campaign)
    audience = audiences.parse_audience(found.audience)
    for item in items:
        audience = audiences.with_item(audience, side, _known(_validated(item), audience))
    _set_audience(found, audience, now)


@transaction.atomic
def remove_item(*, campaign: Campaign, side: str, position: int, now: datetime) -> None:
    """Remove the item at a position of a side. Raises InvalidState."""
    found = lock_draft(campaign)
    _set_audience(
        found, audiences.without_item(audiences.parse_audience(found.audience), side, position), now
    )


@transaction.atomic
def confirm_everyone(*, campaign: Campaign, confirmed: bool, now: datetime) -> None:
    """Store whether a user confirmed that all contacts are meant (R-14). Raises InvalidState."""
    found = lock_draft(campaign)
    found.audience = {**found.audience, "confirmed": bool(confirmed)}
    _save(found, now, "audience")


@transaction.atomic
def save_delivery(
    *,
    campaign: Campaign,
    sender_id: int | None,
    message_class: str,
    topic_id: int | None = None,
    permission_reminders: Mapping[str, str],
    track_opens: bool,
    track_clicks: bool,
    link_tags: Mapping[str, str],
    rate_per_second: float | None,
    now: datetime,
) -> None:
    """Save sender, message class, topic, permission reminders, tracking, link tags and rate.

    What the channel can't measure is not tracked. Raises NotFound, InvalidState.
    """
    found = lock_draft(campaign)
    channel = queries.channel_of(found)
    found.sender_id = _sender_id(sender_id, channel)
    found.message_class = MessageClass(message_class)
    found.topic_id = _topic_id(topic_id, found)
    found.permission_reminders = {language: text for language, text in permission_reminders.items() if text}
    found.track_opens = track_opens and channel.tracks_opens
    found.track_clicks = track_clicks and channel.tracks_links
    found.link_tags = {key: value[:_MAX_TAG_CHARS] for key, value in link_tags.items() if value}
    found.rate_per_second = rate_per_second
    same_people = (found.message_class, found.topic_id) == (campaign.message_class, campaign.topic_id)
    found.estimate = found.estimate if same_people else {}
    _save(
        found,
        now,
        "sender_id",
        "message_class",
        "topic_id",
        "permission_reminders",
        "track_opens",
        "track_clicks",
        "link_tags",
        "rate_per_second",
        "estimate",
    )


@transaction.atomic
def save_send_time(
    *, campaign: Campaign, day: date | None, clock: time | None, zone: ZoneInfo, now: datetime
) -> None:
    """Save the send time; without a day the campaign is sent as soon as "Send" is pressed.

    Raises SendTimePast, SendTimeSkipped, InvalidState.
    """
    found = lock_draft(campaign)
    scheduled = day is not None and clock is not None
    found.send_at = times.to_instant(day, clock, zone, now=now) if scheduled else None  # type: ignore[arg-type]  # scheduled: both are given
    _save(found, now, "send_at")


def save_estimate(*, campaign: Campaign, estimate: AudienceEstimate) -> None:
    """Store the latest estimate for lists and the composer. Not an edit: ``updated_at`` stays."""
    data = {
        "matched": estimate.matched,
        "eligible": estimate.eligible,
        "skipped_by_reason": {str(code): count for code, count in estimate.skipped_by_reason.items()},
        "at": estimate.at.isoformat(),
    }
    Campaign.objects.filter(pk=campaign.pk, audience=campaign.audience).update(estimate=data)
    campaign.estimate = data


@transaction.atomic
def duplicate(*, campaign: Campaign, actor: Actor, now: datetime) -> Campaign:
    """Create a draft with the same audience, content and settings. The send time is not copied."""
    return _duplicate(campaign, audience=dict(campaign.audience), actor=actor, now=now)


@transaction.atomic
def resend_to_unopened(*, campaign: Campaign, actor: Actor, now: datetime) -> Campaign:
    """Create a copy for contacts who received this campaign and did not open it (R-39). Raises InvalidState."""
    if campaign.state != CampaignState.SENT or campaign.dispatch_id is None or not campaign.track_opens:
        raise InvalidState(name=campaign.name, state=campaign.get_state_display())
    unopened = Audience(
        include=(AudienceItem(AudienceItemKind.DISPATCH, (campaign.dispatch_id, queries.NOT_OPENED)),)
    )
    return _duplicate(campaign, audience=unopened.as_json(), actor=actor, now=now)


def _duplicate(campaign: Campaign, *, audience: dict[str, Any], actor: Actor, now: datetime) -> Campaign:
    content = content_services.copy_content(content=contents.get_content(campaign.content_id), now=now)
    sender = next(
        (each for each in channels.senders(campaign.channel) if each.pk == campaign.sender_id), None
    )
    created = Campaign.objects.create(
        name=names.name_of_copy(campaign.name, _("copy")),
        channel=campaign.channel,
        message_class=campaign.message_class,
        topic_id=campaign.topic_id,
        audience={**audience, "confirmed": False},
        sender_id=sender.pk if sender else None,
        content_id=content.pk,
        permission_reminders=campaign.permission_reminders,
        track_opens=campaign.track_opens,
        track_clicks=campaign.track_clicks,
        link_tags=campaign.link_tags,
        rate_per_second=campaign.rate_per_second,
        member_id=actor.member_id,
        member_name=actor.name,
        created_at=now,
        updated_at=now,
    )
    data = {"name": created.name, "source": campaign.name}
    team.audit(actor, "campaigns.duplicated", target=created, data=data, now=now)
    return created


@transaction.atomic
def delete(*, campaign: Campaign, actor: Actor, now: datetime) -> None:
    """Delete a draft or a cancelled campaign; ``restore`` undoes it for 30 days. Raises InvalidState."""
    transition(
        campaign, from_states=(CampaignState.DRAFT, CampaignState.CANCELLED), to=None, now=now, deleted_at=now
    )
    team.audit(actor, "campaigns.deleted", target=campaign, data={"name": campaign.name}, now=now)


@transaction.atomic
def restore(*, campaign: Campaign, actor: Actor, now: datetime) -> None:
    """Restore a deleted campaign."""
    Campaign.objects.filter(pk=campaign.pk).update(deleted_at=None)
    team.audit(actor, "campaigns.restored", target=campaign, data={"name": campaign.name}, now=now)


@transaction.atomic
def archive(*, campaign: Campaign, actor: Actor, now: datetime) -> None:
    """Archive a campaign that has ended. Raises InvalidState."""
    transition(campaign, from_states=ENDED_STATES, to=None, now=now, archived_at=now)
    team.audit(actor, "campaigns.archived", target=campaign, data={"name": campaign.name}, now=now)


@transaction.atomic
def unarchive(*, campaign: Campaign, actor: Actor, now: datetime) -> None:
    """Return an archived campaign to the list. Raises InvalidState."""
    transition(campaign, from_states=ENDED_STATES, to=None, now=now, archived_at=None)
    team.audit(actor, "campaigns.unarchived", target=campaign, data={"name": campaign.name}, now=now)


def purge_deleted(*, now: datetime) -> int:
    """Remove campaigns deleted 30 days ago and return how many. Messages that were sent stay in the message log."""
    old = Campaign.objects.filter(deleted_at__lt=now - _RESTORABLE_FOR)
    purged = 0
    for campaign in old:
        with transaction.atomic():
            content = contents.get_content(campaign.content_id)
            campaign.delete()
            if content.frozen_at is None:
                content_services.delete_content(content=content)
        purged += 1
    return purged


def _sender_id(sender_id: int | None, channel: MessageChannel) -> int | None:
    """Return the id if it is a sender of the channel. Raises NotFound."""
    if sender_id is None:
        return None
    sender = channels.get_sender(sender_id)
    if sender.channel != channel.key:
        raise NotFound()
    return sender.pk


def _topic_id(topic_id: int | None, campaign: Campaign) -> int | None:
    """Return the id if it is a topic of advertising on the campaign's channel. Raises NotFound."""
    if topic_id is None or campaign.message_class != MessageClass.MARKETING:
        return None
    if topic_id not in {topic.pk for topic in compliance.topics_on(campaign.channel)}:
        raise NotFound()
    return topic_id


def _set_audience(campaign: Campaign, audience: Audience, now: datetime) -> None:
    campaign.audience = audience.as_json()
    campaign.estimate = {}
    _save(campaign, now, "audience", "estimate")


def _save(campaign: Campaign, now: datetime, *fields: str) -> None:
    campaign.updated_at = now
    campaign.save(update_fields=[*fields, "updated_at"])


def _known(item: AudienceItem, audience: Audience) -> AudienceItem:
    """Return the item of the audience that has the same conditions in another order, else the item."""
    if item.kind is AudienceItemKind.TREE:
        wanted = _fingerprint(item)
        for each in (*audience.include, *audience.exclude):
            if each.kind is AudienceItemKind.TREE and _fingerprint(each) == wanted:
                return each
    return item


def _fingerprint(item: AudienceItem) -> str:
    return conditions.fingerprint(conditions.tree_from_stored(item.value))


def _validated(item: AudienceItem) -> AudienceItem:
    """Return the item with simplified conditions, if what it refers to exists.

    Raises InvalidAudienceItem, InvalidTree, NotFound, GroupNotInUse.
    """
    match item.kind:
        case AudienceItemKind.SEGMENT:
            segments.get_segment(item.value)
        case AudienceItemKind.GROUP:
            group = groups.get_group(item.value)
            if not group.active:
                raise GroupNotInUse(name=group.name)
        case AudienceItemKind.TAG:
            contacts.get_tag(item.value)
        case AudienceItemKind.CONTACT:
            contacts.get_contact(item.value)
        case AudienceItemKind.TREE:
            tree = conditions.parse(item.value)
            if tree == conditions.all_contacts():
                return AudienceItem(AudienceItemKind.EVERYONE, True)
            return AudienceItem(AudienceItemKind.TREE, conditions.as_json(tree))
        case AudienceItemKind.DISPATCH:
            if item.value[1] not in queries.DISPATCH_METRICS:
                raise InvalidAudienceItem()
            queries.dispatch_contacts(*item.value)
        case AudienceItemKind.EVERYONE:
            pass
    return item


@transaction.atomic
def replace_tag(old: int, new: int, now: datetime) -> None:
    """Make the audiences of all campaigns that name a tag name another one, each item once."""
    for found in queries.naming_tag(old):
        campaign = Campaign.objects.select_for_update().get(pk=found.pk)
        for side in ("include", "exclude"):
            items = [_with_tag_replaced(item, old, new) for item in campaign.audience.get(side, ())]
            campaign.audience[side] = [item for n, item in enumerate(items) if item not in items[:n]]
        campaign.save(update_fields=["audience"])


def _with_tag_replaced(item: dict[str, Any], old: int, new: int) -> dict[str, Any]:
    if item.get("tag") == old:
        return {**item, "tag": new}
    if "tree" in item:
        return {**item, "tree": conditions.with_reference_replaced(item["tree"], "tags", old, new)}
    return item
