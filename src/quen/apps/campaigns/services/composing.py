"""Write a campaign: only drafts change; what was sent is copied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.translation import gettext as _

from quen.apps.audience import queries as conditions
from quen.apps.campaigns import queries
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.rules import audiences, names, times
from quen.apps.campaigns.services.moving import draft, move
from quen.apps.campaigns.types import (
    ENDED,
    Audience,
    CampaignState,
    Look,
    NoSuchPick,
    NotInThisState,
    Pick,
    PickKind,
)
from quen.apps.channels import queries as channels
from quen.apps.compliance.types import MessageClass
from quen.apps.contacts import queries as contacts
from quen.apps.content import queries as contents
from quen.apps.content import services as content_services
from quen.apps.segments import queries as segments
from quen.apps.team import services as team

if TYPE_CHECKING:
    from quen.apps.team.models import Member

_KEPT_FOR = timedelta(days=30)
_TAG_CHARS = 100


@transaction.atomic
def create_campaign(
    *,
    name: str,
    actor: Member | None,
    now: datetime,
    language: str = "vi",
    include: Sequence[Pick] = (),
) -> Campaign:
    """Start a draft with an empty text and the preferred sender. Raises NameTooLong, NoSuchPick."""
    audience = Audience(include=tuple(_checked(pick) for pick in include))
    sender = channels.preferred_sender("email")
    campaign = Campaign.objects.create(
        name=names.read(name) or _("Untitled campaign"),
        audience=audience.as_json(),
        sender_id=sender.pk if sender else None,
        content_id=content_services.create_content(default_language=language, now=now).pk,
        member_id=actor.pk if actor else None,
        member_name=actor.name if actor else "",
        created_at=now,
        updated_at=now,
    )
    team.log_action(actor, "campaigns.created", target=campaign, data={"name": campaign.name}, now=now)
    return campaign


@transaction.atomic
def rename(*, campaign: Campaign, name: str, now: datetime) -> None:
    """Give a draft another name; an empty one keeps the old. Raises NameTooLong, NotInThisState."""
    found = draft(campaign)
    found.name = names.read(name) or found.name
    _save(found, now, "name")


@transaction.atomic
def add_picks(*, campaign: Campaign, side: str, picks: Sequence[Pick], now: datetime) -> None:
    """Add pieces to a side ("include" or "exclude") of the audience. Raises NoSuchPick, NotInThisState."""
    found = draft(campaign)
    audience = audiences.read(found.audience)
    for pick in picks:
        audience = audiences.with_pick(audience, side, _checked(pick))
    _set_audience(found, audience, now)


@transaction.atomic
def remove_pick(*, campaign: Campaign, side: str, place: int, now: datetime) -> None:
    """Take the piece at a place away. Raises NotInThisState."""
    found = draft(campaign)
    _set_audience(found, audiences.without_pick(audiences.read(found.audience), side, place), now)


@transaction.atomic
def confirm_everyone(*, campaign: Campaign, confirmed: bool, now: datetime) -> None:
    """Keep that somebody says everyone is meant (R-14). Raises NotInThisState."""
    found = draft(campaign)
    found.audience = {**found.audience, "confirmed": bool(confirmed)}
    _save(found, now, "audience")


@transaction.atomic
def save_delivery(
    *,
    campaign: Campaign,
    sender_id: int | None,
    message_class: str,
    reminders: Mapping[str, str],
    track_opens: bool,
    track_clicks: bool,
    link_tags: Mapping[str, str],
    rate_per_second: float | None,
    now: datetime,
) -> None:
    """Keep who it comes from, its class, reminder, tracking and speed. Raises NotFound, NotInThisState."""
    found = draft(campaign)
    found.sender_id = channels.get_sender(sender_id).pk if sender_id else None
    found.message_class = MessageClass(message_class)
    found.reminders = {language: words for language, words in reminders.items() if words}
    found.track_opens, found.track_clicks = track_opens, track_clicks
    found.link_tags = {key: value[:_TAG_CHARS] for key, value in link_tags.items() if value}
    found.rate_per_second = rate_per_second
    found.looked = {} if found.message_class != campaign.message_class else found.looked
    _save(
        found,
        now,
        "sender_id",
        "message_class",
        "reminders",
        "track_opens",
        "track_clicks",
        "link_tags",
        "rate_per_second",
        "looked",
    )


@transaction.atomic
def save_send_time(
    *, campaign: Campaign, day: date | None, clock: time | None, zone: ZoneInfo, now: datetime
) -> None:
    """Keep when it goes out; no day means as soon as it is sent.

    Raises SendTimePast, SendTimeSkipped, NotInThisState.
    """
    found = draft(campaign)
    later = day is not None and clock is not None
    found.send_at = times.instant_of(day, clock, zone, now=now) if later else None  # type: ignore[arg-type]  # later
    _save(found, now, "send_at")


def note_look(*, campaign: Campaign, look: Look) -> None:
    """Keep what the last count of the audience said, for lists and the bar. No edit of the campaign."""
    looked = {
        "matched": look.matched,
        "eligible": look.eligible,
        "left_out": {str(code): people for code, people in look.left_out.items()},
        "at": look.at.isoformat(),
    }
    Campaign.objects.filter(pk=campaign.pk, audience=campaign.audience).update(looked=looked)
    campaign.looked = looked


@transaction.atomic
def copy(*, campaign: Campaign, actor: Member | None, now: datetime) -> Campaign:
    """Give a new draft with the same audience, words and settings. A send time is not copied."""
    return _copy(campaign, audience=dict(campaign.audience), actor=actor, now=now)


@transaction.atomic
def resend_to_unopened(*, campaign: Campaign, actor: Member | None, now: datetime) -> Campaign:
    """Give a copy for those who received this one and did not open it (R-39). Raises NotInThisState."""
    if campaign.state != CampaignState.SENT or campaign.launch_id is None or not campaign.track_opens:
        raise NotInThisState(name=campaign.name, state=campaign.get_state_display())
    unopened = Audience(include=(Pick(PickKind.LAUNCH, (campaign.launch_id, "not_opened")),))
    return _copy(campaign, audience=unopened.as_json(), actor=actor, now=now)


def _copy(campaign: Campaign, *, audience: dict[str, Any], actor: Member | None, now: datetime) -> Campaign:
    content = content_services.copy_content(content=contents.get_content(campaign.content_id), now=now)
    sender = next((each for each in channels.senders("email") if each.pk == campaign.sender_id), None)
    made = Campaign.objects.create(
        name=names.copied(campaign.name, _("copy")),
        kind=campaign.kind,
        message_class=campaign.message_class,
        audience={**audience, "confirmed": False},
        sender_id=sender.pk if sender else None,
        content_id=content.pk,
        reminders=campaign.reminders,
        track_opens=campaign.track_opens,
        track_clicks=campaign.track_clicks,
        link_tags=campaign.link_tags,
        rate_per_second=campaign.rate_per_second,
        member_id=actor.pk if actor else None,
        member_name=actor.name if actor else "",
        created_at=now,
        updated_at=now,
    )
    data = {"name": made.name, "of": campaign.name}
    team.log_action(actor, "campaigns.copied", target=made, data=data, now=now)
    return made


@transaction.atomic
def delete(*, campaign: Campaign, actor: Member | None, now: datetime) -> None:
    """Take a draft or a cancelled campaign away; ``restore`` brings it back for 30 days. Raises NotInThisState."""
    move(
        campaign, from_states=(CampaignState.DRAFT, CampaignState.CANCELLED), to=None, now=now, deleted_at=now
    )
    team.log_action(actor, "campaigns.deleted", target=campaign, data={"name": campaign.name}, now=now)


@transaction.atomic
def restore(*, campaign: Campaign, actor: Member | None, now: datetime) -> None:
    """Bring a deleted campaign back."""
    Campaign.objects.filter(pk=campaign.pk).update(deleted_at=None)
    team.log_action(actor, "campaigns.restored", target=campaign, data={"name": campaign.name}, now=now)


@transaction.atomic
def archive(*, campaign: Campaign, actor: Member | None, now: datetime) -> None:
    """Put a campaign that has ended out of the way. Raises NotInThisState."""
    move(campaign, from_states=ENDED, to=None, now=now, archived_at=now)
    team.log_action(actor, "campaigns.archived", target=campaign, data={"name": campaign.name}, now=now)


@transaction.atomic
def unarchive(*, campaign: Campaign, actor: Member | None, now: datetime) -> None:
    """Bring a campaign back from the archive."""
    move(campaign, from_states=ENDED, to=None, now=now, archived_at=None)
    team.log_action(actor, "campaigns.unarchived", target=campaign, data={"name": campaign.name}, now=now)


def purge_deleted(*, now: datetime) -> int:
    """Forget drafts and campaigns deleted 30 days ago; what was sent stays in the log of messages."""
    old = Campaign.objects.filter(deleted_at__lt=now - _KEPT_FOR)
    purged = 0
    for campaign in old:
        with transaction.atomic():
            content = contents.get_content(campaign.content_id)
            campaign.delete()
            if content.frozen_at is None:
                content_services.delete_content(content=content)
        purged += 1
    return purged


def _set_audience(campaign: Campaign, audience: Audience, now: datetime) -> None:
    campaign.audience = audience.as_json()
    campaign.looked = {}
    _save(campaign, now, "audience", "looked")


def _save(campaign: Campaign, now: datetime, *fields: str) -> None:
    campaign.updated_at = now
    campaign.save(update_fields=[*fields, "updated_at"])


def _checked(pick: Pick) -> Pick:
    """Give the piece when what it names exists, its conditions in canonical form. Raises NoSuchPick, TreeRefused."""
    match pick.kind:
        case PickKind.SEGMENT:
            segments.get_segment(pick.value)
        case PickKind.TAG:
            contacts.get_tag(pick.value)
        case PickKind.CONTACT:
            contacts.get_contact(pick.value)
        case PickKind.TREE:
            tree = conditions.parse(pick.value)
            if tree == conditions.everyone():
                return Pick(PickKind.EVERYONE, True)
            return Pick(PickKind.TREE, conditions.as_json(tree))
        case PickKind.LAUNCH:
            if pick.value[1] not in queries.LAUNCH_FIGURES:
                raise NoSuchPick()
            queries.launch_people(*pick.value)
        case PickKind.EVERYONE:
            pass
    return pick
