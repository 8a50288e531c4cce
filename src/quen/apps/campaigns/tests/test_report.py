"""The report: the sentence it opens with, its bars, and the people behind each number."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from tests.cast import AN, BINH, NOW

from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.tests.factories import make_campaign, make_subscriber
from quen.apps.campaigns.types import CampaignState
from quen.apps.channels import queries as channels
from quen.apps.channels.models import SandboxMessage
from quen.apps.compliance.types import ExclusionReason
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.models import Contact
from quen.apps.content import services as contents
from quen.apps.delivery.models import Dispatch, DispatchCounter, DispatchLink, Message
from quen.apps.delivery.services.engagement import process_opens_and_clicks
from quen.apps.delivery.tests.engagement_factories import (
    APPLE,
    click_event,
    make_active_dispatch,
    make_sent_message,
    open_event,
)
from quen.apps.delivery.types import DispatchState, MessageState
from quen.apps.segments.models import Segment
from quen.core import clock
from quen.ui.tags.filters import instant

pytestmark = pytest.mark.django_db
LATE = 3_600
DAY = timedelta(days=1)


def send(people: Sequence[Contact], *, days_ago: int = 10, **changes: Any) -> tuple[Campaign, list[Message]]:
    """Return a campaign that was sent to people through the sandbox, and its messages."""
    at = clock.now() - days_ago * DAY
    channel = changes.get("channel", "email")
    dispatch = make_active_dispatch(
        state=DispatchState.FINISHED,
        channel=channel,
        scheduled_for=at,
        connection_id=channels.active_connection("email").pk,
        recipient_count=len(people),
    )
    given: dict[str, Any] = {
        "name": "Trà mới",
        "dispatch_id": dispatch.pk,
        "state": CampaignState.SENT,
        "started_at": at,
    }
    campaign = make_campaign(**given | changes)
    return campaign, [make_sent_message(dispatch, contact_id=each.pk) for each in people]


def count(dispatch_id: int | None, **counters: int) -> None:
    """Set counters of a dispatch, as if so many had done it."""
    for name, value in counters.items():
        DispatchCounter.objects.update_or_create(
            dispatch_id=dispatch_id or 0, name=name, defaults={"value": value}
        )


def report(client: Client, campaign: Campaign) -> Any:
    return client.get(f"/w/tra-sen/campaigns/{campaign.pk}/")


def behind(client: Client, campaign: Campaign, metric: str) -> Any:
    return client.get(f"/w/tra-sen/campaigns/{campaign.pk}/report/{metric}/")


@pytest.fixture
def client(workspace: Any, client_of: Callable[[str], Client]) -> Client:
    return client_of(AN)


@pytest.fixture
def people(workspace: Any) -> list[Contact]:
    return [make_subscriber(number, full_name=f"Khách {number}") for number in range(1, 5)]


class TestHeadline:
    def test_says_how_many_opened_and_compares_with_the_campaign_before(self, client: Client) -> None:
        earlier, _none = send([], days_ago=30, name="Trà cũ")
        count(earlier.dispatch_id, audience=250, sent=250, opened=78)
        campaign, _none = send([])
        count(campaign.dispatch_id, audience=256, sent=256, bounced=3, opened=120, clicked=43)
        shown = report(client, campaign).context["headline"]
        assert shown.text == "120 trong 253 người mở, 43 người bấm"
        assert shown.change == "tốt hơn lần gửi trước 16 điểm"
        assert "Trà cũ" in shown.note
        assert "31,2%" in shown.note

    def test_a_young_campaign_is_compared_at_the_same_age(
        self, client: Client, people: list[Contact]
    ) -> None:
        earlier, messages = send(people, days_ago=30, name="Trà cũ")
        count(earlier.dispatch_id, audience=100, sent=100, opened=4)
        # Only one of the four had opened by the second day.
        for days, message in zip((1, 5, 6, 7), messages, strict=True):
            at = (earlier.started_at or NOW) + days * DAY
            Message.objects.filter(pk=message.pk).update(opened_at=at)
        campaign, _none = send([], days_ago=2)
        count(campaign.dispatch_id, audience=100, sent=100, opened=3)
        shown = report(client, campaign).context["headline"]
        assert shown.change == "tốt hơn lần gửi trước 2 điểm"
        assert "cùng thời gian sau khi gửi" in shown.note

    def test_too_few_are_not_compared_and_the_first_says_so(self, client: Client) -> None:
        first, _none = send([], days_ago=30, name="Trà cũ")
        count(first.dispatch_id, audience=4, sent=4, opened=4)
        second, _none = send([])
        count(second.dispatch_id, audience=400, sent=400, opened=4)
        shown = [report(client, each).context["headline"] for each in (first, second)]
        assert [each.change for each in shown] == ["", ""]
        assert "Chưa có lần gửi trước" in shown[0].note
        assert "Còn ít người quá" in shown[1].note

    def test_another_channel_is_no_comparison(self, client: Client) -> None:
        text, _none = send([], days_ago=30, channel="sms", track_opens=False)
        count(text.dispatch_id, audience=250, sent=250, delivered=200)
        mail, _none = send([])
        count(mail.dispatch_id, audience=250, sent=250, opened=78)
        assert "Chưa có lần gửi trước" in report(client, mail).context["headline"].note
        page = report(client, text)
        assert page.context["headline"].text == "Đã gửi 250 tin, 200 đã đến nơi"
        assert [(each.key, each.label) for each in page.context["steps"]] == [
            ("sent", "Đã gửi"),
            ("delivered", "Đã tới máy"),
        ]
        assert "hộp thư" not in page.content.decode().split('id="report"')[1].split("<aside")[0]


class TestSteps:
    def test_all_bars_have_one_base_and_each_share_says_of_what(self, client: Client) -> None:
        campaign, _none = send([])
        count(campaign.dispatch_id, audience=300, sent=256, bounced=3, opened=120, clicked=43)
        steps = {each.key: each for each in report(client, campaign).context["steps"]}
        assert {key: each.bar for key, each in steps.items()} == {
            "sent": None,
            "arrived": pytest.approx(253 / 2.56),
            "opened": pytest.approx(120 / 2.56),
            "clicked": pytest.approx(43 / 2.56),
        }
        assert [each.share for each in steps.values()] == [
            "trong 300 người được chọn",
            "98,8% thư đã gửi",
            "47,4% thư đến nơi",
            "17,0% thư đến nơi",
        ]

    def test_opens_by_bots_are_neither_read_nor_unread(self, client: Client, people: list[Contact]) -> None:
        campaign, messages = send(people)
        process_opens_and_clicks(
            [open_event(messages[0], LATE), open_event(messages[1], LATE, user_agent=APPLE)], now=clock.now()
        )
        opened = next(each for each in report(client, campaign).context["steps"] if each.key == "opened")
        assert (opened.count, opened.hatched) == (1, 25)
        assert [(part.key, part.count) for part in opened.parts] == [
            ("not_opened", 2),
            ("opened_by_bot_only", 1),
        ]
        assert len(behind(client, campaign, "not_opened").context["table"].rows) == 2


class TestPeopleBehindANumber:
    def test_shows_when_and_how_often_the_latest_first(self, client: Client, people: list[Contact]) -> None:
        campaign, messages = send(people)
        first, second = messages[:2]
        process_opens_and_clicks(
            [open_event(first, LATE), open_event(first, 2 * LATE), open_event(second, 3 * LATE)],
            now=clock.now(),
        )
        table = behind(client, campaign, "opened").context["table"]
        assert [row.name for row in table.rows] == ["Khách 2", "Khách 1"]
        assert [column.label for column in table.columns] == ["Khách hàng", "Email", "Số lần", "Đã mở"]
        assert table.rows[1].cells[2:] == [2, NOW + timedelta(seconds=LATE)]

    def test_shows_which_links_were_clicked_and_why_a_mail_bounced(
        self, client: Client, people: list[Contact]
    ) -> None:
        campaign, messages = send(people)
        process_opens_and_clicks(
            [click_event(messages[0], LATE, "sen"), click_event(messages[0], 2 * LATE, "nhai")],
            now=clock.now(),
        )
        clicked = behind(client, campaign, "clicked").context["table"].rows[0]
        assert clicked.cells[2:4] == ["/sen, /nhai", 2]
        Message.objects.filter(pk=messages[1].pk).update(
            state=5, bounced_at=clock.now(), code="550 5.1.1", provider_message="No such user"
        )
        assert "550" not in behind(client, campaign, "bounced").context["table"].rows[0].cells[2]

    def test_a_list_becomes_a_segment_a_tag_an_export_or_a_campaign(
        self, client: Client, people: list[Contact]
    ) -> None:
        campaign, messages = send(people)
        process_opens_and_clicks([open_event(messages[0], LATE)], now=clock.now())
        actions = {each.icon: each for each in behind(client, campaign, "opened").context["actions"]}
        assert list(actions) == ["tag", "download", "megaphone", "users-round"]
        save = actions["users-round"]
        query = {key: value[0] for key, value in parse_qs(urlsplit(save.href).query).items()}
        assert query["name"] == "Trà mới: đã mở"
        client.post(urlsplit(save.href).path, query)
        segment = Segment.objects.get(name="Trà mới: đã mở")
        assert segment.tree == {"field": "campaign", "op": "opened", "value": [campaign.pk]}

        shown = client.get(actions["tag"].href)
        fields = dict(shown.context["params"]) | {"expected": "1", "tags": ["Đã mở trà"]}
        assert shown.context["count"] == 1
        client.post(urlsplit(actions["tag"].href).path, fields)
        tagged = contacts.tags_of_many([each.pk for each in people])
        assert tagged == {people[0].pk: ["Đã mở trà"]}

    @pytest.mark.parametrize(
        "metric", ["sent", "arrived", "opened", "not_opened", "clicked", "not_clicked", "bounced"]
    )
    def test_each_list_offers_its_segment_to_those_who_may(
        self, client: Client, client_of: Callable[[str], Client], people: list[Contact], metric: str
    ) -> None:
        campaign, _messages = send(people)
        assert [each.icon for each in behind(client, campaign, metric).context["actions"]][
            -1
        ] == "users-round"
        assert behind(client_of(BINH), campaign, metric).context["actions"] == []


class TestBesideTheReport:
    def test_has_an_address_of_its_own_and_says_when_each_did_it(
        self, client: Client, client_of: Callable[[str], Client], people: list[Contact]
    ) -> None:
        campaign, messages = send(people)
        process_opens_and_clicks([click_event(messages[0], LATE, "sen")], now=clock.now())
        step = next(each for each in report(client, campaign).context["steps"] if each.key == "clicked")
        assert step.beside == f"/w/tra-sen/campaigns/{campaign.pk}/?list=clicked"
        for headers in ({}, {"HX-Request": "true"}):
            answer = client.get(step.beside, headers=headers)
            shown = answer.context["people"]
            (row,) = shown["table"].rows
            assert (row.name, shown["total"], shown["whole_list"]) == ("Khách 1", 1, step.href)
            assert row.cells[0].note == f"{instant(NOW + timedelta(seconds=LATE))} · /sen"
            assert ("<html" in answer.content.decode()) is not bool(headers)
        assert client.get(step.beside.replace("clicked", "nonsense")).status_code == 404
        hidden = client_of(BINH).get(step.beside).context["people"]
        assert not hidden["actions"]

    def test_those_left_out_are_told_by_reason(self, client: Client, people: list[Contact]) -> None:
        campaign, messages = send(people)
        Message.objects.filter(pk=messages[0].pk).update(
            state=MessageState.SKIPPED, reason=ExclusionReason.NO_CONSENT, sent_at=None
        )
        shown = client.get(f"/w/tra-sen/campaigns/{campaign.pk}/?list=reason-11").context["people"]
        assert [row.name for row in shown["table"].rows] == ["Khách 1"]
        assert shown["table"].rows[0].cells[0].note == messages[0].address


class TestClicksInTheMail:
    BODY = (
        '<p><a href="https://tra-sen.example/sen?a=1&amp;b=2">Trà sen</a> <a href="https://tra-sen.example/nhai">Nhài</a>'
        ' <a href="https://tra-sen.example/the?ten={{ call_name | default: "x" }}">Thẻ</a>'
        ' <a href="mailto:a@b.vn">Thư</a></p>'
    )

    def marks(self, client: Client, campaign: Campaign, query: str = "") -> dict[str, str]:
        """Return the text of each link with its mark."""
        html = client.get(f"/w/tra-sen/campaigns/{campaign.pk}/report/mail/vi/{query}").content.decode()
        return dict(re.findall(r">([^<>]+)</a><span style=[^>]+>([^<>]+)</span>", html))

    def test_each_link_says_how_many_followed_it(self, client: Client, people: list[Contact]) -> None:
        campaign, _messages = send(people)
        content = contents.create_content(channel="email", body=self.BODY, subject="Trà", now=NOW)
        Dispatch.objects.filter(pk=campaign.dispatch_id or 0).update(
            content_id=content.pk, link_tags={"utm_source": "quen"}
        )
        # The mail links to the address with campaign tags.
        sen = "https://tra-sen.example/sen?a=1&b=2&utm_source=quen"
        DispatchLink.objects.create(
            dispatch_id=campaign.dispatch_id or 0,
            digest=hashlib.md5(sen.encode(), usedforsecurity=False).digest(),
            url=sen,
            clicks=3,
            unique_clicks=2,
        )
        expected = {"Trà sen": "2 người", "Nhài": "chưa ai bấm", "Thẻ": "mỗi khách một liên kết"}
        assert self.marks(client, campaign) == expected
        assert self.marks(client, campaign, f"?contact={people[0].pk}&theme=dark") == expected
        shown = client.get(f"/w/tra-sen/campaigns/{campaign.pk}/preview/").context
        assert "/report/mail/" in shown["frame"]
        plain = client.get(f"/w/tra-sen/campaigns/{campaign.pk}/preview/?clicks=0").context
        assert "/report/mail/" not in plain["frame"]

    def test_a_draft_has_no_clicks(self, client: Client) -> None:
        draft = make_campaign()
        assert "clicks" not in client.get(f"/w/tra-sen/campaigns/{draft.pk}/preview/").context
        assert client.get(f"/w/tra-sen/campaigns/{draft.pk}/report/mail/vi/").status_code == 404


class TestSandbox:
    def test_leads_to_the_mails_of_this_campaign(self, client: Client, people: list[Contact]) -> None:
        campaign, messages = send(people)
        other, others = send(people, name="Trà cũ")
        for message in (*messages, *others):
            SandboxMessage.objects.create(
                message_id=message.pk, recipient=message.address, sender="Trà Sen", subject="Chào", at=NOW
            )
        page = report(client, campaign)
        assert page.context["sandbox_text"] == "Xem 4 thư trong hộp thư thử"
        inbox = client.get(page.context["sandbox_url"])
        table = inbox.context["table"]
        assert len(table.rows) == 4
        shown = inbox.content.decode()
        assert f'href="/w/tra-sen/contacts/{people[0].pk}/"' in shown
        assert f'href="/w/tra-sen/campaigns/{campaign.pk}/"' in shown
        assert f'href="/w/tra-sen/campaigns/{other.pk}/"' not in shown

        second = client.get(table.rows[1].href)
        assert second.context["previous"] == table.rows[0].href
        assert second.context["next"] == table.rows[2].href
        assert client.get(table.rows[3].href).context["next"] == ""
        assert second.context["origin"].contact_name == "Khách 3"

    def test_a_campaign_that_left_the_system_has_no_such_link(
        self, client: Client, people: list[Contact]
    ) -> None:
        campaign, _messages = send(people)
        Dispatch.objects.filter(pk=campaign.dispatch_id or 0).update(connection_id=0)
        assert "sandbox_url" not in report(client, campaign).context
