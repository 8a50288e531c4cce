"""The preference page: topics by channel, leaving by one press, coming back, blocking, and one's own addresses."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from quen.apps.compliance import queries, registry, services
from quen.apps.compliance.models import Topic, TopicChoice, Unsubscribe
from quen.apps.compliance.tests.factories import exclusion_reasons, make_subscriber
from quen.apps.compliance.tests.test_topics import make_topic, reason_for
from quen.apps.compliance.types import ExclusionReason, MessageClass, SuppressionCause
from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.models import Contact
from quen.apps.contacts.types import Consent
from quen.core import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def anonymous() -> Client:
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def sms(registrations: Any) -> None:
    """The shop sends by email and SMS."""
    registrations(registry)
    registry.register_used_channels(lambda: ["email", "sms"])


@pytest.fixture
def sent(registrations: Any) -> list[dict[str, Any]]:
    """Collects messages about a person's own choice or data instead of a channel."""
    registrations(registry)
    messages: list[dict[str, Any]] = []

    def send(**message: Any) -> bool:
        messages.append(message)
        return True

    registry.register_messenger(send)
    return messages


def link(workspace: Any, contact: Contact, channel: str = "email") -> str:
    url = queries.unsubscribe_url(
        workspace_id=workspace.pk, contact_id=contact.pk, message_id=5, channel=channel
    )
    return urlsplit(url).path


def want(*cells: tuple[Topic, str], on: str = "email") -> dict[str, Any]:
    return {"want": [f"{topic.pk}-{channel}" for topic, channel in cells], "on": on.split()}


class TestTopics:
    def test_shows_a_dash_where_a_topic_is_not_sent(
        self, workspace: Any, an: Any, anonymous: Client, sms: None
    ) -> None:
        make_topic(an)
        make_topic(an, "Mẹo pha trà", channels=["email"])
        lan = make_subscriber(phone="+84905777123", consent_sms=Consent.GRANTED)
        page = anonymous.get(link(workspace, lan)).content.decode()
        assert page.count('name="want"') == 3
        assert page.count("Không gửi qua kênh này") == 2
        assert page.count(" checked") == 3
        assert "Thôi nhận email" in page
        assert "Thôi nhận mọi tin" in page

    def test_leaves_one_topic_and_keeps_the_others(self, workspace: Any, an: Any, anonymous: Client) -> None:
        offers, tips = make_topic(an), make_topic(an, "Mẹo pha trà")
        lan = make_subscriber()
        path = link(workspace, lan)
        page = anonymous.post(f"{path}choices/", want((tips, "email"))).content.decode()
        assert "Đã lưu" in page
        assert (reason_for(lan, offers), reason_for(lan, tips)) == (ExclusionReason.LEFT_TOPIC, None)
        (line,) = contacts.consent_entries(lan)
        assert (line.purpose, line.consent, line.proof.data) == (
            queries.topic_purpose(offers.pk),
            Consent.WITHDRAWN,
            {"message": 5},
        )
        assert not Unsubscribe.objects.exists()

    def test_no_tick_on_a_channel_leaves_the_channel(
        self, workspace: Any, an: Any, anonymous: Client
    ) -> None:
        topic = make_topic(an)
        make_topic(an, "Mẹo pha trà")
        lan = make_subscriber()
        path = link(workspace, lan)
        anonymous.post(f"{path}choices/", want())
        assert exclusion_reasons(lan) == [ExclusionReason.UNSUBSCRIBED]
        assert not TopicChoice.objects.exists()
        anonymous.post(f"{path}undo/")
        assert reason_for(lan, topic) is None

    def test_a_channel_never_asked_about_is_agreed_to_with_its_wording(
        self, workspace: Any, an: Any, anonymous: Client, sms: None
    ) -> None:
        topic, lan = make_topic(an), make_subscriber(phone="+84905777123")
        path = link(workspace, lan)
        assert "qua SMS, không quá" in anonymous.get(path).content.decode()
        anonymous.post(f"{path}choices/", want((topic, "email"), (topic, "sms")))
        assert reason_for(lan, topic, "sms") is None
        assert "SMS" in contacts.consent_entries(lan)[0].proof.wording

    def test_a_refused_channel_is_confirmed_on_that_channel(
        self, workspace: Any, an: Any, anonymous: Client, sms: None, sent: list[dict[str, Any]]
    ) -> None:
        topic = make_topic(an)
        lan = make_subscriber(phone="+84905777123", consent_sms=Consent.WITHDRAWN)
        page = anonymous.post(
            f"{link(workspace, lan)}choices/", want((topic, "email"), (topic, "sms"))
        ).content.decode()
        assert reason_for(lan, topic, "sms") == ExclusionReason.UNSUBSCRIBED
        assert "•••123" in page
        (message,) = sent
        assert (message["channel"], message["address"]) == ("sms", "+84905777123")
        (url,) = re.findall(r"https?://\S+", message["text"])
        anonymous.post(f"{urlsplit(url).path}resubscribe/")
        assert reason_for(lan, topic, "sms") is None

    def test_an_address_that_refused_under_another_record_is_confirmed_there(
        self, workspace: Any, an: Any, anonymous: Client, sms: None, sent: list[dict[str, Any]]
    ) -> None:
        topic = make_topic(an)
        services.suppress(
            channel="sms", addresses=["+84905777123"], cause=SuppressionCause.ERASED.value, now=clock.now()
        )
        lan = make_subscriber(phone="+84905777123")
        anonymous.post(f"{link(workspace, lan)}choices/", want((topic, "email"), (topic, "sms")))
        assert reason_for(lan, topic, "sms") == ExclusionReason.SUPPRESSED_ERASED
        assert [message["channel"] for message in sent] == ["sms"]

    def test_a_page_opened_before_leaving_does_not_bring_anyone_back(
        self, workspace: Any, an: Any, anonymous: Client
    ) -> None:
        topic, lan = make_topic(an), make_subscriber()
        make_topic(an, "Mẹo pha trà")
        path = link(workspace, lan)
        anonymous.post(path, {"scope": "channel"})
        anonymous.post(f"{path}choices/", want((topic, "email"), on="email"))
        assert exclusion_reasons(lan) == [ExclusionReason.UNSUBSCRIBED]

    def test_opening_any_step_changes_nothing(self, workspace: Any, an: Any, anonymous: Client) -> None:
        make_topic(an)
        lan = make_subscriber()
        path = link(workspace, lan)
        for step in ("", "block/", "requests/erase/", "requests/correct/", "address/email/"):
            assert anonymous.get(f"{path}{step}").status_code == 200, step
        assert anonymous.get(f"{path}choices/").status_code == 405
        assert not contacts.consent_entries(lan)
        assert not Unsubscribe.objects.exists()

    def test_speaks_the_persons_language(self, workspace: Any, an: Any, anonymous: Client) -> None:
        make_topic(an, names={"vi": "Ưu đãi", "en": "Offers"})
        make_topic(an, names={"vi": "Mẹo", "en": "Tips"})
        page = anonymous.get(link(workspace, make_subscriber(language="en"))).content.decode()
        assert "Offers" in page
        assert "Ưu đãi" not in page


class TestBlocking:
    def test_stops_everything_and_unblocking_restores_what_held(
        self, workspace: Any, an: Any, anonymous: Client
    ) -> None:
        lan = make_subscriber(phone="+84905777123", consent_email=Consent.NEVER_ASKED, status=3)
        path = link(workspace, lan)
        anonymous.post(f"{path}resubscribe/")
        anonymous.post(link(workspace, lan, "sms"), {"scope": "channel"})
        anonymous.post(f"{path}block/")
        for channel in ("email", "sms"):
            for message_class in MessageClass:
                assert exclusion_reasons(lan, channel=channel, message_class=message_class) == [
                    ExclusionReason.BLOCKED
                ]
        assert "Bỏ chặn" in anonymous.get(path).content.decode()
        anonymous.post(f"{path}unblock/")
        lan.refresh_from_db()
        assert (lan.consent_email, lan.consent_sms) == (Consent.GRANTED, Consent.WITHDRAWN)


class TestMerged:
    def test_a_link_sent_before_a_merge_leads_to_the_contact_kept(
        self, workspace: Any, an: Any, anonymous: Client
    ) -> None:
        topic = make_topic(an)
        make_topic(an, "Mẹo pha trà")
        kept, merged = make_subscriber(email="lan@thu.vn"), make_subscriber(email="lan2@thu.vn")
        path = link(workspace, merged)
        contacts_services.merge_contacts(kept=kept, merged=merged, actor=an.actor, now=clock.now())
        anonymous.post(f"{path}choices/", want((topic, "email")))
        assert [each.contact_id for each in TopicChoice.objects.all()] == [kept.pk]
        anonymous.post(path, {"scope": "channel"})
        assert exclusion_reasons(kept) == [ExclusionReason.UNSUBSCRIBED]
        anonymous.post(f"{path}undo/")
        assert exclusion_reasons(kept) == [None]
        anonymous.post(path, {"scope": "channel"})
        anonymous.post(f"{path}resubscribe/")
        assert exclusion_reasons(kept) == [None]
        assert not queries.contact_unsubscribes(kept.pk).filter(undone_at=None, resubscribed_at=None)


class TestOwnAddress:
    def test_a_code_sent_to_the_new_email_saves_it(
        self, workspace: Any, anonymous: Client, sent: list[dict[str, Any]]
    ) -> None:
        lan = make_subscriber(email="lan@thu.vn")
        path = link(workspace, lan)
        page = anonymous.post(f"{path}address/email/", {"address": "Lan.Moi@thu.vn"}).content.decode()
        (sealed,) = re.findall(r'name="sealed" value="([^"]+)"', page)
        (code,) = re.findall(r"\b\d{6}\b", sent[0]["text"])
        assert sent[0]["address"] == "lan.moi@thu.vn"
        wrong = "000000" if code != "000000" else "111111"
        answer = anonymous.post(f"{path}address/code/", {"code": wrong, "sealed": sealed})
        assert answer.status_code == 422
        lan.refresh_from_db()
        assert lan.email == "lan@thu.vn"
        anonymous.post(f"{path}address/code/", {"code": code, "sealed": sealed})
        lan.refresh_from_db()
        assert lan.email == "lan.moi@thu.vn"

    def test_nobody_learns_that_an_address_is_a_customers(
        self, workspace: Any, anonymous: Client, sent: list[dict[str, Any]]
    ) -> None:
        huy = make_subscriber(email="huy@thu.vn")
        lan = make_subscriber(email="lan@thu.vn")
        path = link(workspace, lan)
        page = anonymous.post(f"{path}address/email/", {"address": "huy@thu.vn"}).content.decode()
        (sealed,) = re.findall(r'name="sealed" value="([^"]+)"', page)
        (code,) = re.findall(r"\b\d{6}\b", sent[0]["text"])
        answer = anonymous.post(f"{path}address/code/", {"code": code, "sealed": sealed}, follow=True)
        assert answer.status_code == 200
        lan.refresh_from_db()
        huy.refresh_from_db()
        assert (lan.email, huy.email) == ("lan@thu.vn", "huy@thu.vn")

    def test_codes_are_limited(self, workspace: Any, anonymous: Client, sent: list[dict[str, Any]]) -> None:
        path = link(workspace, make_subscriber())
        statuses = [
            anonymous.post(f"{path}address/email/", {"address": f"la{number}@thu.vn"}).status_code
            for number in range(7)
        ]
        assert (statuses[0], statuses[-1], len(sent)) == (200, 429, 5)

    def test_codes_are_not_guessed(
        self, workspace: Any, anonymous: Client, sent: list[dict[str, Any]]
    ) -> None:
        lan = make_subscriber(email="lan@thu.vn")
        path = link(workspace, lan)
        page = anonymous.post(f"{path}address/email/", {"address": "lan.moi@thu.vn"}).content.decode()
        (sealed,) = re.findall(r'name="sealed" value="([^"]+)"', page)
        (code,) = re.findall(r"\b\d{6}\b", sent[0]["text"])
        wrong = "000000" if code != "000000" else "111111"
        for _attempt in range(10):
            anonymous.post(f"{path}address/code/", {"code": wrong, "sealed": sealed})
        answer = anonymous.post(f"{path}address/code/", {"code": code, "sealed": sealed})
        lan.refresh_from_db()
        assert (answer.status_code, lan.email) == (429, "lan@thu.vn")

    def test_an_expired_or_foreign_code_saves_nothing(self, workspace: Any, anonymous: Client) -> None:
        lan = make_subscriber(email="lan@thu.vn")
        answer = anonymous.post(
            f"{link(workspace, lan)}address/code/", {"code": "123456", "sealed": "không-phải-của-mình"}
        )
        assert answer.status_code == 422
        assert "hết hạn" in answer.content.decode()


class TestServices:
    def test_what_a_person_gets_needs_consent_and_status(self, workspace: Any) -> None:
        lan = make_subscriber()
        assert services.gets_advertising(lan, "email")
        assert not services.has_refused(lan, "email")
