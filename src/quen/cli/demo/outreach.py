"""Campaigns of the demo shop: written, sent and read through the rooms' own services, with the clock turned back.

Nothing leaves: the connection is the sandbox. Messages, figures, links and timelines agree because the same code wrote
them that writes real ones.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext

from quen.apps.campaigns import queries as campaign_queries
from quen.apps.campaigns import services as campaigns
from quen.apps.campaigns.types import Pick, PickKind
from quen.apps.channels import queries as channels
from quen.apps.channels import services as channel_services
from quen.apps.channels.types import ReceiptKind
from quen.apps.compliance import services as compliance
from quen.apps.compliance.types import RefusalWay
from quen.apps.contacts import services as contact_services
from quen.apps.content import queries as contents
from quen.apps.content import services as content_services
from quen.apps.delivery import queries as delivery
from quen.apps.delivery import services as delivery_services
from quen.apps.delivery.services.hits import understand_hits
from quen.apps.events import services as events
from quen.apps.segments import queries as segments
from quen.apps.team import services as team
from quen.cli.demo import letters
from quen.cli.demo.letters import Letter
from quen.cli.demo.readers import draw_deeds
from quen.core import schemas, sql
from quen.core.sql import Relation

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace
    from quen.apps.campaigns.models import Campaign
    from quen.apps.delivery.models import Launch, Message
    from quen.apps.team.models import Member

#: msgids of the segments a new workspace starts with
_SEGMENTS = {"bought": "Have bought", "inactive": "Long inactive", "birthday": "Birthday in the next 7 days"}
_REMINDERS = {
    "vi": "Bạn nhận thư này vì đã đồng ý nhận tin của Trà Sen khi mua hàng hoặc đăng ký trên trang web.",
    "en": "You receive this because you agreed to hear from Trà Sen when you ordered or signed up on our website.",
}
_NO_SUCH_BOX = "550 5.1.1 The email account that you tried to reach does not exist"
#: consumers that hear of unsubscriptions
_LEAVING = "delivery.unsubscribed"


def fill_outreach(workspace: Workspace, *, seed: int, actor: Member, now: datetime) -> None:
    """Write the rules of sending, sent campaigns with what came of them, one scheduled and a draft.

    Needs people and counted segments. actor: who did it all.
    """
    with schemas.use(workspace.schema_name), translation.override(workspace.language):
        _prepare_sending(actor, now - timedelta(days=40))
        leaving: list[tuple[Message, datetime]] = []
        for letter in letters.SENT:
            at = _instant(letter, workspace, now)
            leaving = _leave(leaving, until=at)
            launch = _send(letter, workspace, actor, at)
            leaving += _be_read(launch, letter, seed=seed, now=now)
        _leave(leaving, until=now)
        _schedule(letters.SCHEDULED, workspace, actor, now)
        _write(letters.DRAFT, actor, now - timedelta(hours=3))
        team.read_notices(member=actor, now=now)


def _prepare_sending(actor: Member, at: datetime) -> None:
    compliance.change_rules(
        reminders=_REMINDERS, email_label="[QC]", email_cap=3, machine_open_seconds=30, actor=actor, now=at
    )
    compliance.accept_terms(actor=actor, now=at)


def _instant(letter: Letter, workspace: Workspace, now: datetime) -> datetime:
    day = now.astimezone(workspace.zone).date() - timedelta(days=letter.days)
    return datetime.combine(day, letter.clock, tzinfo=workspace.zone)


def _write(letter: Letter, actor: Member, at: datetime) -> Campaign:
    include = [Pick(PickKind.TAG, tag_id) for tag_id in contact_services.ensure_tags(letter.tags)]
    if letter.segment:
        segment = segments.find_segment(gettext(_SEGMENTS[letter.segment]))
        include += [Pick(PickKind.SEGMENT, segment.pk)] if segment else []
    campaign = campaigns.create_campaign(name=letter.name, actor=actor, now=at, include=include)
    content_services.save_version(
        content=contents.get_content(campaign.content_id),
        language="vi",
        subject=letter.subject,
        preview=letter.preview,
        format="rich",
        body=letter.body,
        now=at,
    )
    without = [Pick(PickKind.TAG, tag_id) for tag_id in contact_services.ensure_tags(letter.without_tags)]
    if without:
        campaigns.add_picks(campaign=campaign, side="exclude", picks=without, now=at)
    campaign.refresh_from_db()
    return campaign


def _send(letter: Letter, workspace: Workspace, actor: Member, at: datetime) -> Launch:
    """Send a campaign as it would have gone at an instant of the past."""
    campaign = _write(letter, actor, at - timedelta(hours=5))
    # Who came since can't have been written to then.
    newcomers = {"field": "member_since", "op": "after", "value": (at - timedelta(days=1)).date().isoformat()}
    campaigns.add_picks(campaign=campaign, side="exclude", picks=[Pick(PickKind.TREE, newcomers)], now=at)
    campaign.refresh_from_db()
    campaigns.send_now(campaign=campaign, workspace=workspace, look=None, actor=actor, now=at)
    clock = _Ticking(at)
    campaigns.start(campaign_id=campaign.pk, now=clock())
    campaign.refresh_from_db()
    launch = delivery.get_launch(campaign.launch_id or 0)
    delivery_services.gather(launch_id=launch.pk, clock=clock)
    _hand_over(launch.connection_id, "bulk", clock)
    campaigns.settle(launch_id=launch.pk, now=clock())
    return launch


def _be_read(launch: Launch, letter: Letter, *, seed: int, now: datetime) -> list[tuple[Message, datetime]]:
    """Let readers open and follow links; give who unsubscribes, and when."""
    deeds = draw_deeds(
        list(delivery.people_at(launch.pk, "handed_over").order_by("pk")), letter, seed=seed, now=now
    )
    understand_hits(deeds.hits, now=now)
    for message, at in deeds.bounces:
        channel_services.tell_receipt(
            message_id=message.pk, kind=ReceiptKind.BOUNCED_HARD, text=_NO_SUCH_BOX, at=at
        )
    return deeds.leaves


def _leave(leaving: list[tuple[Message, datetime]], *, until: datetime) -> list[tuple[Message, datetime]]:
    """Let people unsubscribe up to an instant, with the confirmation each of them gets; give the rest."""
    leaving = sorted(leaving, key=lambda each: each[1])
    for message, at in leaving:
        if at >= until:
            continue
        refusal = compliance.refuse(
            contact_id=message.contact_id,
            channel="email",
            way=RefusalWay.LINK,
            everything=False,
            message_id=message.pk,
            now=at,
        )
        delivery_services.confirm_refusal(refusal_id=refusal.pk, now=at)
        _hand_over(channels.active_connection("email").pk, "prompt", _Ticking(at + timedelta(seconds=20)))
    events.drain(_LEAVING, now=until)
    return [each for each in leaving if each[1] >= until]


def _schedule(letter: Letter, workspace: Workspace, actor: Member, now: datetime) -> None:
    campaign = _write(letter, actor, now - timedelta(days=1))
    at = _instant(letter, workspace, now)
    campaigns.save_send_time(
        campaign=campaign, day=at.date(), clock=at.time(), zone=workspace.zone, now=now - timedelta(days=1)
    )
    campaign.refresh_from_db()
    look = campaign_queries.look_at(campaign, workspace=workspace, now=now)
    if look is not None:
        campaigns.note_look(campaign=campaign, look=look)
    campaigns.schedule(campaign=campaign, workspace=workspace, look=look, actor=actor, now=now)


def _hand_over(connection_id: int, lane: str, clock: Callable[[], datetime]) -> None:
    while delivery_services.hand_over(connection_id=connection_id, lane=lane, clock=clock, beside=False):
        pass
    # The sandbox keeps what it is given under today's date.
    sql.execute(
        Relation(
            "UPDATE channels_sandboxmessage s SET at = m.handed_at FROM delivery_message m"
            " WHERE m.id = s.message_id AND m.handed_at < s.at - interval '1 minute'",
            {},
        )
    )


class _Ticking:
    """A clock that moves on a little each time somebody looks."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def __call__(self) -> datetime:
        self._at += timedelta(seconds=1)
        return self._at
