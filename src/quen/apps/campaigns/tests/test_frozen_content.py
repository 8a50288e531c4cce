"""What was approved is what is sent, whatever other users do at the same time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.cast import AN, NOW

from quen.apps.campaigns import queries, services
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.tests.factories import enable_sending, make_campaign, make_subscriber, write_content
from quen.apps.campaigns.types import CampaignState, EditConflict, TooManyTests
from quen.apps.channels import services as channels
from quen.apps.channels.tests.sink import DEFAULT, ReceivedMail, Script, Sink
from quen.apps.channels.types import SendTestFailed
from quen.apps.content.types import ContentFrozen
from quen.core import clock
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.django_db
W = "/w/tra-sen/campaigns/"


@pytest.fixture
def shop(workspace: Any, an: Any) -> Any:
    enable_sending(workspace, an)
    return workspace


@pytest.fixture
def campaign(shop: Any) -> Campaign:
    return make_campaign([make_subscriber(1)])


def schedule(campaign: Campaign, shop: Any, **more: Any) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(send_at=NOW + timedelta(days=1))
    services.schedule(campaign=campaign, workspace=shop, estimate=None, actor=SYSTEM, now=NOW, **more)


class TestFrozenContent:
    def test_content_of_a_scheduled_campaign_cannot_be_changed(self, shop: Any, campaign: Campaign) -> None:
        schedule(campaign, shop)
        with pytest.raises(ContentFrozen):
            write_content(campaign, subject="Khác hẳn")

    def test_nor_can_that_of_a_campaign_about_to_start(self, shop: Any, campaign: Campaign) -> None:
        services.send_now(campaign=campaign, workspace=shop, estimate=None, actor=SYSTEM, now=NOW)
        with pytest.raises(ContentFrozen):
            write_content(campaign, subject="Khác hẳn")

    def test_can_be_changed_again_once_it_is_unscheduled(self, shop: Any, campaign: Campaign) -> None:
        schedule(campaign, shop)
        services.unschedule(campaign=campaign, actor=SYSTEM, now=NOW)
        write_content(queries.get_campaign(campaign.pk), subject="Khác hẳn")

    def test_and_after_a_restore(self, shop: Any, campaign: Campaign) -> None:
        services.send_now(campaign=campaign, workspace=shop, estimate=None, actor=SYSTEM, now=NOW)
        services.reset_after_restore(now=NOW)
        found = queries.get_campaign(campaign.pk)
        assert found.state == CampaignState.DRAFT
        write_content(found, subject="Khác hẳn")


class TestConcurrentUsers:
    def test_a_change_after_the_dialog_opened_is_refused(
        self, shop: Any, campaign: Campaign, client_of: Any
    ) -> None:
        client = client_of(AN)
        asked = client.get(f"{W}{campaign.pk}/send/").content.decode()
        updated_at = campaign.updated_at.isoformat()
        assert f'value="{updated_at}"' in asked
        services.rename(campaign=campaign, name="Cho tất cả", now=NOW + timedelta(seconds=5))
        answer = client.post(f"{W}{campaign.pk}/send/", {"updated_at": updated_at})
        assert answer.status_code == 422
        assert queries.get_campaign(campaign.pk).state == CampaignState.DRAFT
        again = queries.get_campaign(campaign.pk).updated_at.isoformat()
        assert client.post(f"{W}{campaign.pk}/send/", {"updated_at": again}).status_code == 302

    def test_scheduling_needs_a_send_time(self, shop: Any, campaign: Campaign) -> None:
        campaign.send_at = NOW + timedelta(days=1)  # as loaded before a colleague removed it
        with pytest.raises(EditConflict):
            services.schedule(campaign=campaign, workspace=shop, estimate=None, actor=SYSTEM, now=NOW)
        assert queries.get_campaign(campaign.pk).state == CampaignState.DRAFT


class TestSendTest:
    def test_a_partly_refused_test_counts_towards_the_limit(self, shop: Any, campaign: Campaign) -> None:
        now = clock.now()
        with Sink(Script(answer=_only_lan)) as sink:
            connect_to(sink)
            for _attempt in range(services.MAX_TESTS_PER_HOUR):
                with pytest.raises(SendTestFailed):
                    send_test(campaign, shop, now)
            with pytest.raises(TooManyTests):
                send_test(campaign, shop, now)
        assert sink.recipients == ["lan@example.net"] * services.MAX_TESTS_PER_HOUR


def connect_to(sink: Sink) -> None:
    channels.set_connection(
        channel="email",
        adapter="smtp",
        settings={"host": "127.0.0.1", "port": sink.port, "security": "none", "user": ""},
        secret="",
        rate_per_second=None,
        actor=SYSTEM,
        now=NOW,
    )


def _only_lan(command: str, line: bytes, _mail: ReceivedMail) -> object:
    return b"550 no such user\r\n" if command == "RCPT" and b"khong-co" in line else DEFAULT


def send_test(campaign: Campaign, shop: Any, now: datetime) -> None:
    services.send_test(
        campaign=campaign,
        workspace=shop,
        addresses=["lan@example.net", "khong-co@example.net"],
        contact_id=None,
        language="vi",
        actor=SYSTEM,
        now=now,
    )
