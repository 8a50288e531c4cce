"""An SMS campaign over HTTP: composer, check list, test, sending, sandbox inbox, receipts, report.

The SMS channel is one folder of the channels app. That a campaign of it works shows that no app above knows channels by
name; the second test finds places that do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from quen.apps.accounts import queries as accounts
from quen.apps.campaigns import queries
from quen.apps.campaigns.tests.factories import enable_sending
from quen.apps.campaigns.tests.job_queue import run_queue
from quen.apps.campaigns.types import CampaignState
from quen.apps.channels import queries as channels
from quen.apps.channels.models import SandboxMessage
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.contacts.types import Consent, Status
from quen.apps.delivery import queries as delivery
from quen.apps.team import queries as team
from tests.cast import AN, BINH

CAMPAIGNS, CHANNELS = "/w/tra-sen/campaigns/", "/w/tra-sen/channels/"
APPS = Path(__file__).resolve().parent.parent / "src/quen/apps"
#: what names one channel: the key of email, its parts of code, its words on pages
CHANNEL_WORDS = re.compile(r"\"email\"|'email'|Channel\.EMAIL|build_mail|MailParts|[Mm]ail server")
#: file → why it may
ALLOWED = {
    "campaigns/checks/sender.py": "the sender's own email address is one of the details the law requires",
    "content/merge_tags/contact.py": "the contact's email address as a merge tag",
    "content/rules/footer.py": "the sender's own email address in the footer",
    "content/rules/checks.py": "the sender's own email address is one of the details the law requires",
    "delivery/services/erasure.py": "the contact's columns with addresses, which are erased from replies",
    "delivery/views/presenters.py": "a contact without a name is shown by an address",
}


@pytest.fixture
def client(committed_workspace: Any, client_of: Callable[[str], Client]) -> Client:
    user = accounts.find_user(AN)
    assert user is not None
    enable_sending(committed_workspace, team.find_member(user.pk))
    client = client_of(AN)
    assert client.post(f"{CHANNELS}sms/sandbox/").status_code == 302
    assert client.post(f"{CHANNELS}sms/senders/new/", {"name": "TRASEN"}).status_code == 302
    return client


def subscriber(phone: str, **changes: Any) -> int:
    given = {"phone": phone, "status": Status.SUBSCRIBED, "consent_sms": Consent.GRANTED}
    return make_contact(**given | changes).pk


def shown(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def simulate(client: Client, phone: str, action: str) -> None:
    message = SandboxMessage.objects.get(recipient=phone, message_id__isnull=False)
    answer = client.post(f"{CHANNELS}sandbox/{message.pk}/simulate/", {"action": action})
    assert answer.status_code == 302


@pytest.mark.django_db(transaction=True)
class TestSmsCampaign:
    def test_from_composer_to_report(self, client: Client, client_of: Callable[[str], Client]) -> None:
        contacts = [
            subscriber("+84905000001"),
            subscriber("+84905000002"),
            subscriber("+84905000003", consent_sms=Consent.WITHDRAWN),
        ]
        offered = shown(client, f"{CAMPAIGNS}new/")
        assert 'value="email"' in offered
        assert 'value="sms"' in offered
        answer = client.post(f"{CAMPAIGNS}new/", {"name": "Trà mới", "channel": "sms"})
        campaign = queries.campaigns().get()
        here = f"{CAMPAIGNS}{campaign.pk}/"
        assert answer["Location"] == here
        assert (campaign.channel, campaign.track_opens, campaign.track_clicks) == ("sms", False, False)

        composer = shown(client, here)
        assert "track_opens" not in composer
        assert "permission_reminder" not in composer
        assert "TRASEN" in composer
        items = [f"contact:{contact}" for contact in contacts]
        client.post(f"{here}audience/", {"side": "include", "item": items})
        text = "Trà mới tháng Mười đã về, mời bạn ghé thử."
        content = f"/w/tra-sen/content/{campaign.content_id}/"
        assert client.post(f"{content}vi/", {"body": text, "format": "text"}).status_code in (200, 302)
        sender = channels.get_preferred_sender("sms")
        saved = client.post(f"{here}delivery/", {"sender": str(sender.pk), "message_class": "marketing"})
        assert saved.status_code in (204, 302)
        assert "sẵn sàng gửi" in shown(client, f"{here}estimate/") + shown(client, f"{here}checklist/")
        preview = shown(client, f"{here}preview/")
        assert f"[QC] {text}" in preview
        assert "<iframe" not in preview

        assert client.post(f"{here}test/", {"addresses": "lan@khach.vn", "language": "vi"}).status_code == 422
        tested = client.post(f"{here}test/", {"addresses": "0905 318 274", "language": "vi"})
        assert tested.status_code == 302
        assert SandboxMessage.objects.get().text.startswith("[Thử] [QC] Trà mới")

        assert client.post(f"{here}send/").status_code == 302
        run_queue()
        campaign.refresh_from_db()
        assert campaign.state == CampaignState.SENT, campaign.failure
        sent = SandboxMessage.objects.filter(message_id__isnull=False)
        assert {(each.channel, each.recipient) for each in sent} == {
            ("sms", "+84905000001"),
            ("sms", "+84905000002"),
        }
        inbox = shown(client, f"{CHANNELS}sandbox/{sent[0].pk}/")
        assert f"[QC] {text}" in inbox

        simulate(client, "+84905000001", "delivered")
        simulate(client, "+84905000002", "bounced_hard")
        counts = delivery.counts(campaign.dispatch_id or 0)
        assert (counts.audience, counts.sent, counts.delivered, counts.bounced) == (3, 2, 1, 1)
        report = client.get(here)
        assert [each.key for each in report.context["steps"]] == ["sent", "delivered"]
        page = report.content.decode()
        assert "Gửi lại người chưa mở" not in page
        assert "mail" not in page.lower().replace("email", "")
        # With more than one channel connected, the list says which campaign went where.
        assert "SMS" in shown(client, CAMPAIGNS)
        behind = shown(client, f"{here}report/delivered/")
        assert "0905 000 001" in behind
        assert client_of(BINH).post(f"{CAMPAIGNS}new/", {"channel": "sms"}).status_code == 403

    def test_the_channel_is_asked_for_only_if_there_is_a_choice(
        self, committed_workspace: Any, client_of: Callable[[str], Client]
    ) -> None:
        client = client_of(AN)
        assert 'name="channel"' not in shown(client, f"{CAMPAIGNS}new/")
        assert client.post(f"{CAMPAIGNS}new/", {"name": "Trà"}).status_code == 302
        assert queries.campaigns().get().channel == "email"

    def test_a_channel_that_is_not_connected_is_refused(self, client: Client) -> None:
        assert client.post(f"{CAMPAIGNS}new/", {"name": "Trà", "channel": "zalo"}).status_code == 422
        assert client.post(f"{CAMPAIGNS}new/", {"name": "Trà"}).status_code == 422


class TestAppsAboveChannels:
    def test_name_no_channel(self) -> None:
        found = {
            str(path.relative_to(APPS))
            for app in ("content", "delivery", "campaigns")
            for path in (APPS / app).rglob("*")
            if path.suffix in (".py", ".html", ".sql")
            and not {"tests", "migrations"} & set(path.parts)
            and CHANNEL_WORDS.search(path.read_text(encoding="utf-8"))
        }
        assert found - set(ALLOWED) == set()
        assert set(ALLOWED) - found == set(), "no longer needed"
