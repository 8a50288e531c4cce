"""The pages over HTTP: what is saved, what is refused, also without scripts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.cast import AN, BINH, NOW

from quen.apps.campaigns import queries, services
from quen.apps.campaigns.tests.factories import enable_sending, make_campaign, make_subscriber
from quen.apps.campaigns.types import CampaignState
from quen.apps.segments import services as segments
from quen.core import clock

pytestmark = pytest.mark.django_db
BASE = "/w/tra-sen/campaigns/"


@pytest.fixture
def client(workspace: Any, an: Any, client_of: Callable[[str], Client]) -> Client:
    enable_sending(workspace, an)
    return client_of(AN)


class TestComposer:
    def test_starts_with_a_name_and_saves_each_part(self, client: Client) -> None:
        contact = make_subscriber(1)
        answer = client.post(f"{BASE}new/", {"name": "Trà mới"})
        campaign = queries.campaigns().get()
        here = f"{BASE}{campaign.pk}/"
        assert answer["Location"] == here
        client.post(f"{here}audience/", {"side": "include", "item": [f"contact:{contact.pk}"]})
        tomorrow = clock.now() + timedelta(days=1)
        client.post(f"{here}time/", {"when": "later", "day": f"{tomorrow:%d/%m/%Y}", "clock": "09:30"})
        campaign.refresh_from_db()
        assert campaign.audience["include"] == [{"contact": contact.pk}]
        assert campaign.send_at is not None
        assert client.get(here).status_code == 200

    def test_a_time_that_has_passed_is_refused_beside_the_field(self, client: Client) -> None:
        campaign = make_campaign([make_subscriber(1)])
        answer = client.post(
            f"{BASE}{campaign.pk}/time/", {"when": "later", "day": "01/01/2026", "clock": "09:00"}
        )
        assert answer.status_code == 422
        assert "đã qua" in answer.content.decode()

    def test_an_error_blocks_sending_and_is_shown_in_the_dialog(self, client: Client) -> None:
        campaign = make_campaign()
        answer = client.post(f"{BASE}{campaign.pk}/send/")
        assert answer.status_code == 422
        assert "Chưa chọn ai nhận" in answer.content.decode()
        assert queries.get_campaign(campaign.pk).state == CampaignState.DRAFT

    def test_a_viewer_sees_no_composer(self, client: Client, client_of: Callable[[str], Client]) -> None:
        campaign = make_campaign([make_subscriber(1)])
        answer = client_of(BINH).get(f"{BASE}{campaign.pk}/")
        assert answer.status_code == 200
        assert "content-subject" not in answer.content.decode()
        assert client_of(BINH).post(f"{BASE}{campaign.pk}/send/").status_code == 403

    def test_editing_a_deleted_campaign_is_404(self, client: Client, an: Any) -> None:
        campaign = make_campaign([make_subscriber(1)])
        services.delete(campaign=campaign, actor=an.actor, now=clock.now())
        assert client.post(f"{BASE}{campaign.pk}/name/", {"name": "Khác"}).status_code == 404


class TestList:
    def test_finds_without_accents_and_pages_by_key(self, client: Client) -> None:
        for number in range(35):
            make_campaign(name=f"Chiến dịch {number:02}")
        make_campaign(name="Tặng mẹ")
        assert "Tặng mẹ" in client.get(BASE, {"q": "tang me"}).content.decode()
        first = client.get(BASE, {"sort": "name"})
        assert "Chiến dịch 00" in first.content.decode()
        assert "Chiến dịch 34" not in first.content.decode()
        after = first.context["next"].split("?", 1)[1]
        second = client.get(f"{BASE}?{after}")
        assert "Chiến dịch 34" in second.content.decode()
        assert second.context["previous"]

    def test_needs_no_more_queries_for_many_rows(
        self, client: Client, django_assert_max_num_queries: Any
    ) -> None:
        for _number in range(20):
            make_campaign(name="Trà")
        with django_assert_max_num_queries(25):
            client.get(BASE)


class TestOverview:
    def test_shows_the_latest_and_suggests_the_first(self, client: Client) -> None:
        make_campaign(name="Tặng mẹ, tặng nàng")
        answer = client.get("/w/tra-sen/").content.decode()
        assert "Tặng mẹ, tặng nàng" in answer
        assert "Gửi chiến dịch đầu tiên" in answer


class TestSegments:
    def test_a_segment_offers_to_send_a_campaign(
        self, workspace: Any, an: Any, client: Client, client_of: Callable[[str], Client]
    ) -> None:
        make_subscriber(1, tags=["VIP"])
        tree = {"field": "tags", "op": "any", "value": ["VIP"]}
        segment = segments.create_segment(name="Khách VIP", tree=tree, actor=an.actor, now=NOW)
        page = client.get(f"/w/tra-sen/segments/{segment.pk}/").content.decode()
        there = f"/w/tra-sen/campaigns/new/?segment={segment.pk}"
        assert f'href="{there}"' in page
        assert "Gửi chiến dịch" in page
        assert "Khách VIP" in client.get(there).content.decode()
        viewer = client_of(BINH).get(f"/w/tra-sen/segments/{segment.pk}/").content.decode()
        assert there not in viewer


class TestPreview:
    def test_the_frame_shows_the_campaigns_own_reminder_and_class(self, client: Client) -> None:
        own = {"vi": "Bạn nhận thư này vì đã ghé gian hàng của chúng tôi."}
        advertising = make_campaign(permission_reminders=own)
        receipt = make_campaign(name="Biên nhận", message_class="transactional")
        shown = [
            client.get(f"/w/tra-sen/content/{each.content_id}/vi/frame/").content.decode()
            for each in (advertising, receipt)
        ]
        assert own["vi"] in shown[0]
        assert "đã đăng ký nhận tin" not in shown[0] + shown[1]
        assert "[QC]" in client.get(f"/w/tra-sen/content/{advertising.content_id}/preview/").content.decode()
        assert "[QC]" not in client.get(f"/w/tra-sen/content/{receipt.content_id}/preview/").content.decode()
