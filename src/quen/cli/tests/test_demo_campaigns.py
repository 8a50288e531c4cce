"""The demo shop's campaigns: counters agree with messages."""

from __future__ import annotations

from datetime import timedelta

from tests.cast import AN, NOW

from quen.apps.accounts.models import Workspace
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.types import CampaignState
from quen.apps.channels.models import SandboxMessage
from quen.apps.compliance.models import Unsubscribe
from quen.apps.contacts.models import Contact
from quen.apps.delivery import queries as delivery
from quen.apps.delivery.models import Message
from quen.apps.delivery.tests.factories import recount
from quen.apps.delivery.types import MessageState
from quen.apps.team import queries as team_queries
from quen.apps.team import services as team
from quen.cli.demo import count_segments, fill_campaigns, fill_workspace
from quen.core import schemas
from quen.core.actors import SYSTEM


def test_everything_the_demo_sent_adds_up(committed_workspace: Workspace) -> None:
    workspace = committed_workspace
    an = team_queries.members().get(email=AN)
    team.change_settings(
        workspace=workspace,
        actor=an.actor,
        now=NOW,
        brand="Trà Sen",
        sender_address="18 Bạch Đằng, Đà Nẵng",
        sender_phone="0236 388 1234",
        sender_email="cham-soc@trasen.example",
    )
    fill_workspace(workspace, contacts_count=400, events_count=4_000, seed=1, actor=SYSTEM, now=NOW)
    count_segments(workspace, now=NOW)

    fill_campaigns(workspace, seed=1, member=an, now=NOW)

    with schemas.use(workspace.schema_name):
        states = list(Campaign.objects.order_by("pk").values_list("state", flat=True))
        assert states == [CampaignState.SENT] * 3 + [CampaignState.SCHEDULED, CampaignState.DRAFT]
        opened = opened_by_bot = 0
        for campaign in Campaign.objects.filter(state=CampaignState.SENT):
            figures = recount(campaign.dispatch_id or 0)
            assert figures.sent
            assert figures.queued == figures.deferred == 0
            opened, opened_by_bot = opened + figures.opened, opened_by_bot + figures.opened_by_bot
            assert (
                sum(row.clicks for row in delivery.link_stats(campaign.dispatch_id or 0)) >= figures.clicked
            )
        # Apple Mail prefetches the images of some emails: an automatic open.
        assert 0 < opened_by_bot < opened
        # No message was sent or opened in the future, or before its contact joined.
        sent = Message.objects.exclude(sent_at=None)
        assert not sent.filter(sent_at__gt=NOW).exists()
        assert not sent.filter(opened_at__gt=NOW).exists()
        since = dict(Contact.objects.values_list("pk", "member_since"))
        assert all(message.sent_at and message.sent_at >= since[message.contact_id] for message in sent)
        # The sandbox shows every sent email under its date; each unsubscribe was confirmed.
        shown = dict(SandboxMessage.objects.values_list("message_id", "at"))
        assert shown == dict(sent.values_list("pk", "sent_at"))
        assert not Unsubscribe.objects.filter(confirmed_at=None).exists()
        assert not Message.objects.filter(state=MessageState.QUEUED).exists()
        scheduled = Campaign.objects.get(state=CampaignState.SCHEDULED)
        assert scheduled.send_at is not None
        assert scheduled.send_at > NOW + timedelta(days=2)
