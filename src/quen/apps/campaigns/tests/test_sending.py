"""A campaign from draft to its last message, through the job queue and the sandbox."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.cast import AN

from quen.apps.accounts import queries as accounts
from quen.apps.campaigns import queries, services
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.tests.factories import enable_sending, make_campaign, make_subscriber
from quen.apps.campaigns.tests.job_queue import run_queue
from quen.apps.campaigns.types import CampaignState
from quen.apps.channels.models import SandboxMessage
from quen.apps.contacts.types import Consent
from quen.apps.delivery import queries as delivery
from quen.apps.delivery.models import Dispatch
from quen.apps.team import queries as team
from quen.core import clock
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def shop(committed_workspace: Any) -> Any:
    user = accounts.find_user(AN)
    assert user is not None
    enable_sending(committed_workspace, team.find_member(user.pk))
    return committed_workspace


def send_and_run(shop: Any, campaign: Campaign) -> Campaign:
    services.send_now(campaign=campaign, workspace=shop, estimate=None, actor=SYSTEM, now=clock.now())
    run_queue()
    return queries.get_campaign(campaign.pk)


class TestSendNow:
    def test_contacts_with_consent_get_one_message_each_and_the_campaign_is_sent(self, shop: Any) -> None:
        contacts = [
            make_subscriber(1),
            make_subscriber(2),
            make_subscriber(3, consent_email=Consent.WITHDRAWN),
        ]
        campaign = send_and_run(shop, make_campaign(contacts, now=clock.now()))
        assert campaign.state == CampaignState.SENT
        assert sorted(SandboxMessage.objects.values_list("recipient", flat=True)) == [
            "khach1@example.net",
            "khach2@example.net",
        ]
        counts = delivery.counts(campaign.dispatch_id or 0)
        assert (counts.audience, counts.sent, counts.skipped) == (3, 2, 1)

    def test_starting_repeatedly_creates_one_dispatch(self, shop: Any) -> None:
        campaign = make_campaign([make_subscriber(1)], now=clock.now())
        services.send_now(campaign=campaign, workspace=shop, estimate=None, actor=SYSTEM, now=clock.now())
        for _again in range(3):
            services.start(campaign_id=campaign.pk, now=clock.now())
        run_queue()
        assert Dispatch.objects.filter(source_id=campaign.pk).count() == 1
        assert SandboxMessage.objects.count() == 1

    def test_an_error_found_at_the_start_fails_it_with_the_reason(self, shop: Any) -> None:
        campaign = make_campaign([make_subscriber(1)], now=clock.now())
        services.send_now(campaign=campaign, workspace=shop, estimate=None, actor=SYSTEM, now=clock.now())
        shop.sender_phone = ""
        shop.save()
        services.start(campaign_id=campaign.pk, now=clock.now())
        campaign = queries.get_campaign(campaign.pk)
        assert (campaign.state, campaign.dispatch_id) == (CampaignState.FAILED, None)
        assert campaign.failure["errors"] == ["sender_block"]
        shop.sender_phone = "+842363888999"
        shop.save()
        services.retry(campaign=campaign, actor=SYSTEM, now=clock.now())
        run_queue()
        assert queries.get_campaign(campaign.pk).state == CampaignState.SENT

    def test_cancelled_before_it_starts_nothing_is_sent(self, shop: Any) -> None:
        campaign = make_campaign([make_subscriber(1)], now=clock.now())
        services.send_now(campaign=campaign, workspace=shop, estimate=None, actor=SYSTEM, now=clock.now())
        services.cancel(campaign=campaign, actor=SYSTEM, now=clock.now())
        run_queue()
        assert queries.get_campaign(campaign.pk).state == CampaignState.CANCELLED
        assert not SandboxMessage.objects.exists()


class TestScheduled:
    def test_the_sweep_starts_due_campaigns(self, shop: Any) -> None:
        now = clock.now()
        campaign = make_campaign([make_subscriber(1)], now=now)
        Campaign.objects.filter(pk=campaign.pk).update(
            state=CampaignState.SCHEDULED, send_at=now - timedelta(minutes=1)
        )
        services.sweep(now=now)
        run_queue()
        assert queries.get_campaign(campaign.pk).state == CampaignState.SENT
        assert SandboxMessage.objects.count() == 1


class TestUnopened:
    def test_a_copy_goes_to_those_who_did_not_open(self, shop: Any) -> None:
        from quen.apps.delivery.models import Message
        from quen.core import sql

        lan, mai, hoa = make_subscriber(1), make_subscriber(2), make_subscriber(3)
        campaign = send_and_run(shop, make_campaign([lan, mai, hoa], now=clock.now()))
        Message.objects.filter(contact_id=lan.pk).update(opened_at=clock.now())
        Message.objects.filter(contact_id=mai.pk).update(bot_opened_at=clock.now())
        copy = services.resend_to_unopened(campaign=campaign, actor=SYSTEM, now=clock.now())
        rows = sql.rows(queries.contacts_of(copy, now=clock.now(), zone=shop.zone))
        assert [row[0] for row in rows] == [hoa.pk]


class TestSendTest:
    def test_is_marked_and_leaves_no_message_on_the_contact(self, shop: Any) -> None:
        lan = make_subscriber(1, call_name="Lan")
        campaign = make_campaign([lan], now=clock.now())
        services.send_test(
            campaign=campaign,
            workspace=shop,
            addresses=["an@tra-sen.example"],
            contact_id=lan.pk,
            language="vi",
            actor=SYSTEM,
            now=clock.now(),
        )
        (mail,) = SandboxMessage.objects.all()
        assert mail.subject.startswith("[Thử] [QC]")
        assert "Chào Lan" in mail.html
        assert not delivery.messages_for_contact(lan.pk).exists()
