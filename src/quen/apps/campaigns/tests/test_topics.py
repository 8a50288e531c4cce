"""A campaign names one topic: the checklist asks for it, estimate and report count who left it, the gate holds it."""

from __future__ import annotations

from typing import Any

import pytest
from tests.cast import AN, NOW

from quen.apps.accounts import queries as accounts
from quen.apps.campaigns import queries, services
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.tests.factories import enable_sending, make_campaign, make_subscriber
from quen.apps.campaigns.tests.job_queue import run_queue
from quen.apps.channels.models import SandboxMessage
from quen.apps.compliance import queries as compliance_queries
from quen.apps.compliance import services as compliance
from quen.apps.compliance.models import Topic
from quen.apps.compliance.tests.test_topics import leave
from quen.apps.compliance.types import ExclusionReason, MessageClass, TopicInUse
from quen.apps.delivery import queries as delivery
from quen.apps.delivery import services as delivery_services
from quen.apps.team import queries as team
from quen.core import clock
from quen.core.actors import SYSTEM


def make_topic(name: str = "Ưu đãi", channels: tuple[str, ...] = ("email",)) -> Topic:
    return compliance.create_topic(
        names={"vi": name}, descriptions={}, channels=channels, actor=SYSTEM, now=NOW
    )


def keys(campaign: Campaign, workspace: Any) -> set[str]:
    return {line.key for line in queries.checklist(campaign, workspace=workspace, now=NOW)}


@pytest.mark.django_db
class TestChecklist:
    def test_asks_for_a_topic_as_soon_as_there_are_topics(self, workspace: Any) -> None:
        before = make_campaign()
        assert "no_topic" not in keys(before, workspace)
        make_topic()
        assert "no_topic" in keys(before, workspace)
        Campaign.objects.filter(pk=before.pk).update(message_class=MessageClass.TRANSACTIONAL)
        assert "no_topic" not in keys(queries.get_campaign(before.pk), workspace)

    def test_the_only_topic_is_preset_and_several_are_asked_for(self, workspace: Any) -> None:
        topic = make_topic()
        assert make_campaign().topic_id == topic.pk
        make_topic("Mẹo pha trà")
        assert make_campaign().topic_id is None

    def test_refuses_a_topic_that_is_no_longer_sent_there(self, workspace: Any, an: Any) -> None:
        topic = make_topic()
        campaign = make_campaign()
        compliance.archive_topic(topic=topic, actor=an.actor, now=NOW)
        assert "topic_gone" in keys(campaign, workspace)


@pytest.mark.django_db(transaction=True)
class TestSending:
    @pytest.fixture
    def shop(self, committed_workspace: Any) -> Any:
        user = accounts.find_user(AN)
        assert user is not None
        enable_sending(committed_workspace, team.find_member(user.pk))
        return committed_workspace

    def test_who_left_the_topic_is_counted_and_gets_nothing(self, shop: Any) -> None:
        topic, lan, huy = make_topic(), make_subscriber(1), make_subscriber(2)
        campaign = make_campaign([lan, huy], now=clock.now())
        leave(huy, topic)
        estimate = queries.estimate(campaign, workspace=shop, now=clock.now())
        assert estimate is not None
        assert (estimate.eligible, dict(estimate.skipped_by_reason)) == (1, {ExclusionReason.LEFT_TOPIC: 1})
        services.send_now(campaign=campaign, workspace=shop, estimate=None, actor=SYSTEM, now=clock.now())
        with pytest.raises(TopicInUse):
            compliance.archive_topic(topic=topic, actor=SYSTEM, now=clock.now())
        run_queue()
        campaign = queries.get_campaign(campaign.pk)
        assert list(SandboxMessage.objects.values_list("recipient", flat=True)) == [lan.email]
        counts = delivery.counts(campaign.dispatch_id or 0)
        assert counts.skipped_by_reason == {ExclusionReason.LEFT_TOPIC: 1}
        assert delivery.get_dispatch(campaign.dispatch_id or 0).topic_id == topic.pk
        compliance.archive_topic(topic=compliance_queries.get_topic(topic.pk), actor=SYSTEM, now=clock.now())

    def test_leaving_between_fan_out_and_sending_counts(self, shop: Any) -> None:
        topic, lan = make_topic(), make_subscriber(1)
        campaign = make_campaign([lan], now=clock.now())
        services.send_now(campaign=campaign, workspace=shop, estimate=None, actor=SYSTEM, now=clock.now())
        services.start(campaign_id=campaign.pk, now=clock.now())
        dispatch_id = queries.get_campaign(campaign.pk).dispatch_id or 0
        delivery_services.fan_out(dispatch_id=dispatch_id, clock=clock.now)
        leave(lan, topic)
        run_queue()
        assert not SandboxMessage.objects.exists()
        assert delivery.counts(dispatch_id).skipped_by_reason == {ExclusionReason.LEFT_TOPIC: 1}
