"""What the check list says about a campaign's text: blanks, languages, links, limits."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from tests.cast import AN, NOW

from quen.apps.campaigns import queries, services
from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.services import link_checks
from quen.apps.campaigns.tests.factories import enable_sending, make_campaign, make_subscriber, write_content
from quen.apps.campaigns.types import CampaignState, CheckFailed
from quen.apps.channels.types import ChecklistLine, CheckSeverity
from quen.apps.content import designs
from quen.apps.content import queries as contents
from quen.apps.content import services as content_services
from quen.core import clock

pytestmark = pytest.mark.django_db
BASE = "/w/tra-sen/campaigns/"


@pytest.fixture
def client(workspace: Any, an: Any, client_of: Callable[[str], Client]) -> Client:
    enable_sending(workspace, an)
    return client_of(AN)


def use_design(campaign: Campaign, key: str) -> None:
    text = designs.get_design(key).text_in("vi")
    content_services.save_version(
        content=contents.get_content(campaign.content_id),
        language="vi",
        subject=text.subject,
        preview=text.preview,
        body=text.body,
        now=NOW,
    )


def line(campaign: Campaign, workspace: Any, key: str) -> ChecklistLine | None:
    estimate = queries.estimate(campaign, workspace=workspace, now=clock.now())
    lines = queries.checklist(campaign, workspace=workspace, now=clock.now(), estimate=estimate)
    return next((each for each in lines if each.key == key), None)


class TestBlanks:
    def test_the_service_refuses_to_send_or_schedule(self, workspace: Any, an: Any) -> None:
        enable_sending(workspace, an)
        campaign = make_campaign([make_subscriber(1)])
        use_design(campaign, "new_product")
        Campaign.objects.filter(pk=campaign.pk).update(send_at=clock.now() + timedelta(days=2))
        for action in (services.send_now, services.schedule):
            draft = queries.get_campaign(campaign.pk)
            with pytest.raises(CheckFailed) as refusal:
                action(campaign=draft, workspace=workspace, estimate=None, actor=an.actor, now=clock.now())
            assert "blanks_unfilled" in refusal.value.params["codes"]
            assert "còn 5 chỗ chưa điền" in str(refusal.value)
        assert queries.get_campaign(campaign.pk).state == CampaignState.DRAFT

    def test_one_that_comes_in_after_scheduling_stops_the_start(self, workspace: Any, an: Any) -> None:
        enable_sending(workspace, an)
        campaign = make_campaign([make_subscriber(1)])
        write_content(campaign, subject="Chỉ [giá] ₫")
        Campaign.objects.filter(pk=campaign.pk).update(state=CampaignState.IN_PROGRESS, started_at=NOW)
        services.start(campaign_id=campaign.pk, now=clock.now())
        started = queries.get_campaign(campaign.pk)
        assert (started.state, started.dispatch_id) == (CampaignState.FAILED, None)
        assert started.failure["errors"] == ["blanks_unfilled"]

    def test_the_check_list_counts_them_and_leads_there(self, client: Client) -> None:
        campaign = make_campaign([make_subscriber(1)])
        use_design(campaign, "new_product")
        for path in ("checklist/", "send/"):
            page = client.get(f"{BASE}{campaign.pk}/{path}").content.decode()
            assert "còn 5 chỗ chưa điền" in page
            assert 'data-fix="blanks"' in page
        assert "Chặn gửi:" in client.get(f"{BASE}{campaign.pk}/checklist/").content.decode()


class TestLanguages:
    def test_a_version_is_missed_only_if_somebody_reads_it(self, workspace: Any, an: Any) -> None:
        enable_sending(workspace, an)
        vietnamese = [make_subscriber(1), make_subscriber(2, language="vi")]
        english = [make_subscriber(number, language="en") for number in (3, 4, 5)]
        assert line(make_campaign(vietnamese), workspace, "language_missing") is None
        missing = line(make_campaign([*vietnamese, *english]), workspace, "language_missing")
        assert missing is not None
        assert missing.severity is CheckSeverity.WARNING
        assert missing.message == "3 người đọc tiếng Anh, chưa có bản tiếng Anh"

    def test_none_is_missed_before_anybody_is_chosen(self, workspace: Any) -> None:
        campaign = make_campaign()
        lines = queries.checklist(campaign, workspace=workspace, now=NOW)
        assert "language_missing" not in {each.key for each in lines}


class TestLinks:
    def test_a_dead_link_is_told_in_the_readers_language(self, workspace: Any, an: Any) -> None:
        enable_sending(workspace, an)
        campaign = make_campaign([make_subscriber(1)])
        write_content(campaign, body='<p><a href="http://127.0.0.1:9/">xem</a></p>')
        with translation.override("en"):  # as a job may be
            assert link_checks.check_links(campaign=campaign, now=clock.now()) == 1
        found = {}
        for language in ("vi", "en"):
            with translation.override(language):
                broken = line(campaign, workspace, "link_broken")
                assert broken is not None
                found[language] = broken.message
        assert found["vi"] == "Liên kết http://127.0.0.1:9/ dẫn vào mạng nội bộ."
        assert found["en"] == "The link http://127.0.0.1:9/ leads to a private network."


class TestLimits:
    def test_a_body_that_kills_compilers_is_a_line_of_the_check_list(
        self, client: Client, workspace: Any
    ) -> None:
        campaign = make_campaign([make_subscriber(1)])
        contents.get_content(campaign.content_id).versions.update(format="html", body="<div>" * 13_000)
        page = client.get(f"{BASE}{campaign.pk}/")
        assert page.status_code == 200
        assert "lồng nhau 13000 lớp" in page.content.decode()
        assert client.post(f"{BASE}{campaign.pk}/send/").status_code == 422
        assert client.get(f"{BASE}{campaign.pk}/preview/").status_code == 200


class TestFixLinks:
    def test_each_error_of_the_send_dialog_has_one(self, client: Client) -> None:
        campaign = make_campaign()
        write_content(campaign, subject="")
        htmx = {"HX-Request": "true"}
        page = client.get(f"{BASE}{campaign.pk}/send/", headers=htmx).content.decode()
        here = f"{BASE}{campaign.pk}/"
        assert f'href="{here}#audience"' in page
        assert f'href="{here}#content-subject"' in page
        assert page.count("autofocus") == 1

    def test_choices_offer_everyone_only_on_the_side_that_sends(self, client: Client) -> None:
        campaign = make_campaign()
        there = f"{BASE}{campaign.pk}/audience/choices/"
        htmx = {"HX-Request": "true"}
        assert "everyone:1" in client.get(there, {"side": "include"}, headers=htmx).content.decode()
        assert "everyone:1" not in client.get(there, {"side": "exclude"}, headers=htmx).content.decode()
