"""States (R-30): what is allowed in each, and two users acting at once."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from tests.cast import NOW

from quen.apps.campaigns import queries, services
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.rules import names, times
from quen.apps.campaigns.tests.factories import enable_sending, make_campaign, make_subscriber
from quen.apps.campaigns.types import (
    AudienceItem,
    AudienceItemKind,
    CampaignState,
    CheckFailed,
    InvalidState,
    NameTooLong,
    SendTimePast,
    SendTimeSkipped,
)

TOMORROW = (NOW + timedelta(days=1)).date()


class TestNames:
    def test_a_copy_is_marked_and_numbered(self) -> None:
        assert names.name_of_copy("Trà mới", "bản sao") == "Trà mới (bản sao)"
        assert names.name_of_copy("Trà mới (bản sao)", "bản sao") == "Trà mới (bản sao 2)"
        assert names.name_of_copy("Trà mới (bản sao 2)", "bản sao") == "Trà mới (bản sao 3)"

    def test_a_name_has_at_most_a_hundred_words(self) -> None:
        assert names.clean_name("từ " * 100)
        with pytest.raises(NameTooLong):
            names.clean_name("từ " * 101)

    def test_a_copy_of_the_longest_name_keeps_the_limit(self) -> None:
        assert names.word_count(names.name_of_copy("từ " * 99 + "từ", "bản sao")) == 100


class TestSendTimes:
    vietnam = ZoneInfo("Asia/Ho_Chi_Minh")

    def test_times_are_in_the_workspaces_zone(self) -> None:
        at = times.to_instant(TOMORROW, time(9), self.vietnam, now=NOW)
        assert at == datetime(2026, 10, 15, 2, 0, tzinfo=UTC)

    def test_a_past_time_is_refused(self) -> None:
        with pytest.raises(SendTimePast):
            times.to_instant(NOW.date(), time(9), self.vietnam, now=NOW)

    def test_a_time_skipped_by_daylight_saving_is_refused(self) -> None:
        berlin, spring = ZoneInfo("Europe/Berlin"), datetime(2027, 3, 28, tzinfo=UTC).date()
        with pytest.raises(SendTimeSkipped):
            times.to_instant(spring, time(2, 30), berlin, now=NOW)


@pytest.mark.django_db
class TestStates:
    @pytest.fixture(autouse=True)
    def _shop(self, workspace: Any, an: Any) -> None:
        enable_sending(workspace, an)
        self.workspace, self.an = workspace, an

    def scheduled(self) -> Campaign:
        campaign = make_campaign([make_subscriber(1)])
        services.save_send_time(
            campaign=campaign, day=TOMORROW, clock=time(9), zone=self.workspace.zone, now=NOW
        )
        campaign.refresh_from_db()
        services.schedule(
            campaign=campaign, workspace=self.workspace, estimate=None, actor=self.an.actor, now=NOW
        )
        return campaign

    def test_only_drafts_are_edited(self) -> None:
        campaign = self.scheduled()
        with pytest.raises(InvalidState):
            services.rename(campaign=campaign, name="Khác", now=NOW)

    def test_a_scheduled_campaign_returns_to_draft(self) -> None:
        campaign = self.scheduled()
        services.unschedule(campaign=campaign, actor=self.an.actor, now=NOW)
        assert campaign.state == CampaignState.DRAFT

    def test_of_two_concurrent_actions_one_is_refused(self) -> None:
        campaign = self.scheduled()
        other = queries.get_campaign(campaign.pk)
        services.cancel(campaign=campaign, actor=self.an.actor, now=NOW)
        with pytest.raises(InvalidState):
            services.unschedule(campaign=other, actor=self.an.actor, now=NOW)

    def test_a_cancelled_campaign_is_deleted_and_restored(self) -> None:
        campaign = self.scheduled()
        services.cancel(campaign=campaign, actor=self.an.actor, now=NOW)
        services.delete(campaign=campaign, actor=self.an.actor, now=NOW)
        assert not queries.campaigns().filter(pk=campaign.pk).exists()
        services.restore(campaign=queries.get_deleted(campaign.pk), actor=self.an.actor, now=NOW)
        assert queries.get_campaign(campaign.pk).state == CampaignState.CANCELLED

    def test_a_scheduled_campaign_is_not_deleted(self) -> None:
        with pytest.raises(InvalidState):
            services.delete(campaign=self.scheduled(), actor=self.an.actor, now=NOW)

    def test_more_than_a_day_late_fails_and_waits_for_a_user(self) -> None:
        campaign = self.scheduled()
        late = NOW + timedelta(days=3)
        services.sweep(now=late)
        campaign.refresh_from_db()
        assert (campaign.state, campaign.failure["code"]) == (CampaignState.FAILED, "too_late")
        assert campaign.dispatch_id is None

    def test_a_restored_workspace_sends_nothing_on_its_own(self) -> None:
        campaign = self.scheduled()
        services.reset_after_restore(now=NOW + timedelta(days=2))
        campaign.refresh_from_db()
        assert campaign.state == CampaignState.DRAFT

    def test_the_check_list_blocks_what_the_law_forbids(self) -> None:
        self.workspace.sender_phone = ""
        self.workspace.save()
        campaign = make_campaign([make_subscriber(1)])
        with pytest.raises(CheckFailed) as refusal:
            services.send_now(
                campaign=campaign, workspace=self.workspace, estimate=None, actor=self.an.actor, now=NOW
            )
        assert refusal.value.params["codes"] == ["sender_block"]
        assert queries.get_campaign(campaign.pk).state == CampaignState.DRAFT

    def test_everyone_has_to_be_confirmed(self) -> None:
        make_subscriber(1)
        campaign = make_campaign(include=[AudienceItem(AudienceItemKind.EVERYONE, True)])
        codes = [line.key for line in queries.checklist(campaign, workspace=self.workspace, now=NOW)]
        assert "everyone_not_confirmed" in codes
        services.confirm_everyone(campaign=campaign, confirmed=True, now=NOW)
        codes = [
            line.key
            for line in queries.checklist(
                queries.get_campaign(campaign.pk), workspace=self.workspace, now=NOW
            )
        ]
        assert "everyone_not_confirmed" not in codes

    def test_an_offer_sent_as_transactional_is_a_warning(self) -> None:
        from quen.apps.campaigns.tests.factories import write_content

        campaign = make_campaign([make_subscriber(1)], message_class="transactional")
        write_content(campaign, body="<p>Giảm giá 20% hôm nay</p>")
        codes = [line.key for line in queries.checklist(campaign, workspace=self.workspace, now=NOW)]
        assert "offer_in_transactional" in codes
