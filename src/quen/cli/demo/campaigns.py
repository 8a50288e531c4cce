"""Campaigns of the demo shop: created, sent and read through the apps' own services, at instants of the past.

Nothing leaves the system: the connection is the sandbox. Messages, counters, links and timelines are consistent because
the code of real campaigns writes them.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext

from quen.apps.campaigns import queries as campaign_queries
from quen.apps.campaigns import services as campaigns
from quen.apps.campaigns.types import AudienceItem, AudienceItemKind
from quen.apps.channels import queries as channels
from quen.apps.channels import services as channel_services
from quen.apps.channels.types import Receipt, ReceiptKind
from quen.apps.compliance import queries as compliance_queries
from quen.apps.compliance import services as compliance
from quen.apps.compliance.types import UnsubscribeMethod
from quen.apps.contacts import services as contact_services
from quen.apps.content import queries as contents
from quen.apps.content import services as content_services
from quen.apps.delivery import queries as delivery
from quen.apps.delivery import services as delivery_services
from quen.apps.delivery.services.engagement import process_opens_and_clicks
from quen.apps.events import services as events
from quen.apps.segments import queries as segments
from quen.apps.team import services as team
from quen.cli.demo import mails
from quen.cli.demo.engagement import draw_engagement
from quen.cli.demo.mails import DemoMail
from quen.cli.demo.requests import fill_requests
from quen.core import schemas, sql
from quen.core.actors import Actor
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.campaigns.models import Campaign
    from quen.apps.delivery.models import Dispatch, Message
    from quen.apps.team.models import Member

#: msgids of the segments a new workspace starts with
_SEGMENTS = {
    "bought": "Has purchased",
    "inactive": "Lapsed customers",
    "birthday": "Birthday in the next 7 days",
}
_REMINDERS = {
    "vi": "Bạn nhận thư này vì đã đồng ý nhận tin của Trà Sen khi mua hàng hoặc đăng ký trên trang web.",
    "en": "You receive this because you agreed to hear from Trà Sen when you ordered or signed up on our website.",
}
#: names, how often, and channels
_TOPICS = (
    (
        {"vi": "Ưu đãi và quà", "en": "Offers and gifts"},
        {"vi": "khoảng 2 tin mỗi tháng", "en": "about 2 messages a month"},
        ["email", "sms"],
    ),
    (
        {"vi": "Trà mới", "en": "New teas"},
        {"vi": "vài tháng một lần", "en": "every few months"},
        ["email", "sms"],
    ),
    (
        {"vi": "Mẹo pha trà", "en": "Tips for brewing"},
        {"vi": "mỗi tháng một thư", "en": "one email a month"},
        ["email"],
    ),
)
_UNKNOWN_MAILBOX = "550 5.1.1 The email account that you tried to reach does not exist"
#: the consumer of unsubscribe events
_UNSUBSCRIBE_CONSUMER = "delivery.unsubscribed"


def fill_campaigns(workspace: Workspace, *, seed: int, member: Member, now: datetime) -> None:
    """Create the sending settings, sent campaigns with their results, a scheduled campaign and a draft.

    Needs contacts and computed segments. member: recorded as the actor.
    """
    actor = member.actor
    with schemas.use(workspace.schema_name), translation.override(workspace.language):
        _set_up_compliance(actor, now - timedelta(days=40))
        _set_up_sms(actor, now - timedelta(days=40))
        _create_topics(actor, now - timedelta(days=40))
        unsubscribes: list[tuple[Message, datetime]] = []
        for mail in mails.SENT:
            at = _send_time(mail, workspace, now)
            unsubscribes = _unsubscribe(unsubscribes, until=at)
            dispatch = _send(mail, workspace, actor, at)
            unsubscribes += _simulate_engagement(dispatch, mail, seed=seed, now=now)
        _unsubscribe(unsubscribes, until=now)
        _schedule(mails.SCHEDULED, workspace, actor, now)
        _create_campaign(mails.DRAFT, actor, now - timedelta(hours=3))
        fill_requests(actor=actor, now=now)
        team.mark_all_read(member=member, now=now)


def _set_up_compliance(actor: Actor, at: datetime) -> None:
    compliance.update_sending_settings(
        permission_reminders=_REMINDERS,
        bot_open_seconds=30,
        actor=actor,
        now=at,
    )
    compliance.accept_terms(actor=actor, now=at)


def _create_topics(actor: Actor, at: datetime) -> None:
    """Create what the shop writes about; its campaigns are about the first."""
    for names, descriptions, sent_by in _TOPICS:
        compliance.create_topic(names=names, descriptions=descriptions, channels=sent_by, actor=actor, now=at)


def _set_up_sms(actor: Actor, at: datetime) -> None:
    """Connect SMS to its sandbox, so that it can be tried from the composer to the report."""
    channel_services.set_connection(
        channel="sms",
        adapter=channels.SANDBOX,
        settings={},
        secret="",
        rate_per_second=None,
        actor=actor,
        now=at,
    )
    channel_services.add_sender(channel="sms", name="TRASEN", actor=actor, now=at)


def _send_time(mail: DemoMail, workspace: Workspace, now: datetime) -> datetime:
    day = now.astimezone(workspace.zone).date() - timedelta(days=mail.days)
    return datetime.combine(day, mail.clock, tzinfo=workspace.zone)


def _create_campaign(mail: DemoMail, actor: Actor, at: datetime) -> Campaign:
    include = [
        AudienceItem(AudienceItemKind.TAG, tag_id) for tag_id in contact_services.ensure_tags(mail.tags)
    ]
    if mail.segment:
        segment = segments.find_segment(gettext(_SEGMENTS[mail.segment]))
        if segment is None:
            raise LookupError(_SEGMENTS[mail.segment])
        include.append(AudienceItem(AudienceItemKind.SEGMENT, segment.pk))
    topic = compliance_queries.topics_on("email")[mail.topic]
    campaign = campaigns.create_campaign(
        name=mail.name, actor=actor, now=at, include=include, topic_id=topic.pk
    )
    content_services.save_version(
        content=contents.get_content(campaign.content_id),
        language="vi",
        subject=mail.subject,
        preview=mail.preview,
        format="rich",
        body=mail.body,
        now=at,
    )
    without = [
        AudienceItem(AudienceItemKind.TAG, tag_id)
        for tag_id in contact_services.ensure_tags(mail.without_tags)
    ]
    if without:
        campaigns.add_items(campaign=campaign, side="exclude", items=without, now=at)
    campaign.refresh_from_db()
    return campaign


def _send(mail: DemoMail, workspace: Workspace, actor: Actor, at: datetime) -> Dispatch:
    """Send a campaign as it would have been sent at an instant of the past."""
    campaign = _create_campaign(mail, actor, at - timedelta(hours=5))
    # Contacts added later can't have received it.
    newcomers = {"field": "member_since", "op": "after", "value": (at - timedelta(days=1)).date().isoformat()}
    campaigns.add_items(
        campaign=campaign, side="exclude", items=[AudienceItem(AudienceItemKind.TREE, newcomers)], now=at
    )
    campaign.refresh_from_db()
    campaigns.send_now(campaign=campaign, workspace=workspace, estimate=None, actor=actor, now=at)
    clock = _TickingClock(at)
    campaigns.start(campaign_id=campaign.pk, now=clock())
    campaign.refresh_from_db()
    dispatch = delivery.get_dispatch(campaign.dispatch_id or 0)
    delivery_services.fan_out(dispatch_id=dispatch.pk, clock=clock)
    _deliver(dispatch.connection_id, "bulk", clock)
    campaigns.sync_with_dispatch(dispatch_id=dispatch.pk, now=clock())
    return dispatch


def _simulate_engagement(
    dispatch: Dispatch, mail: DemoMail, *, seed: int, now: datetime
) -> list[tuple[Message, datetime]]:
    """Record opens and clicks. Return the messages whose contacts unsubscribe, and when."""
    deeds = draw_engagement(
        list(delivery.messages_counted(dispatch.pk, "sent").order_by("pk")), mail, seed=seed, now=now
    )
    process_opens_and_clicks(deeds.events, now=now)
    for message, at in deeds.bounces:
        receipt = Receipt(ReceiptKind.BOUNCED_HARD, at=at, message_id=message.pk, text=_UNKNOWN_MAILBOX)
        channel_services.notify_receipts([receipt], connection_id=dispatch.connection_id, now=at)
    return deeds.unsubscribes


def _unsubscribe(
    unsubscribes: list[tuple[Message, datetime]], *, until: datetime
) -> list[tuple[Message, datetime]]:
    """Unsubscribe contacts up to an instant and send their confirmations. Return the later ones."""
    unsubscribes = sorted(unsubscribes, key=lambda each: each[1])
    for message, at in unsubscribes:
        if at >= until:
            continue
        refusal = compliance.unsubscribe(
            contact_id=message.contact_id,
            channel="email",
            method=UnsubscribeMethod.LINK,
            all_channels=False,
            message_id=message.pk,
            now=at,
        )
        delivery_services.send_unsubscribe_confirmation(unsubscribe_id=refusal.pk, now=at)
        email = channels.active_connection("email").pk
        _deliver(email, "transactional", _TickingClock(at + timedelta(seconds=20)))
    events.drain(_UNSUBSCRIBE_CONSUMER, now=until)
    return [each for each in unsubscribes if each[1] >= until]


def _schedule(mail: DemoMail, workspace: Workspace, actor: Actor, now: datetime) -> None:
    campaign = _create_campaign(mail, actor, now - timedelta(days=1))
    at = _send_time(mail, workspace, now)
    campaigns.save_send_time(
        campaign=campaign, day=at.date(), clock=at.time(), zone=workspace.zone, now=now - timedelta(days=1)
    )
    campaign.refresh_from_db()
    estimate = campaign_queries.estimate(campaign, workspace=workspace, now=now)
    if estimate is not None:
        campaigns.save_estimate(campaign=campaign, estimate=estimate)
    campaigns.schedule(campaign=campaign, workspace=workspace, estimate=estimate, actor=actor, now=now)


def _deliver(connection_id: int, priority: str, clock: Callable[[], datetime]) -> None:
    while delivery_services.deliver(
        connection_id=connection_id, priority=priority, clock=clock, render_in_subprocess=False
    ):
        pass
    # The sandbox stores messages under today's date.
    sql.execute(
        Relation(
            "UPDATE channels_sandboxmessage s SET at = m.sent_at FROM delivery_message m"
            " WHERE m.id = s.message_id AND s.at - m.sent_at > interval '1 minute'",
            {},
        )
    )


class _TickingClock:
    """A clock that advances by a second at each call."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def __call__(self) -> datetime:
        self._at += timedelta(seconds=1)
        return self._at
