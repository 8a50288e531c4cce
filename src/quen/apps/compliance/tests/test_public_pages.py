"""The page behind the link in a message, for recipients and for mail programs."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from tests.cast import NOW

from quen.apps.compliance import queries
from quen.apps.compliance.models import Unsubscribe
from quen.apps.compliance.rules import tokens
from quen.apps.compliance.tests.factories import exclusion_reasons, make_subscriber
from quen.apps.compliance.types import ExclusionReason
from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import contacts_relation
from quen.apps.contacts.types import Consent, Status
from quen.core import schemas


def link(workspace: Any, contact: Contact, *, one_click: bool = False, channel: str = "email") -> str:
    url = queries.unsubscribe_url(
        workspace_id=workspace.pk, contact_id=contact.pk, message_id=5, channel=channel
    )
    return urlsplit(queries.one_click_url(url) if one_click else url).path


@pytest.fixture
def anonymous() -> Client:
    """A browser without a session that enforces CSRF, as in production."""
    return Client(enforce_csrf_checks=True)


@pytest.mark.django_db
class TestOpening:
    def test_changes_nothing_and_needs_no_sign_in(self, workspace: Any, anonymous: Client) -> None:
        lan = make_subscriber(email="lan@thu.vn")
        for path in (link(workspace, lan), link(workspace, lan, one_click=True)):
            for method in ("get", "head"):
                response = getattr(anonymous, method)(path)
                assert response.status_code == 200
                assert not response.cookies
        assert exclusion_reasons(lan) == [None]
        assert not Unsubscribe.objects.exists()

    def test_uses_the_contacts_language_else_the_workspaces(self, workspace: Any, anonymous: Client) -> None:
        lan, john = make_subscriber(), make_subscriber(language="en")
        assert "Thôi nhận email" in anonymous.get(link(workspace, lan)).content.decode()
        assert "Stop advertising by email" in anonymous.get(link(workspace, john)).content.decode()
        assert "Stop advertising" in anonymous.get(link(workspace, lan) + "?lang=en").content.decode()

    def test_shows_the_address_masked_and_is_kept_out_of_indexes(
        self, workspace: Any, anonymous: Client
    ) -> None:
        response = anonymous.get(link(workspace, make_subscriber(email="lan.tran@thu.vn")))
        assert "l•••@thu.vn" in response.content.decode()
        assert "lan.tran@thu.vn" not in response.content.decode()
        assert (response["X-Robots-Tag"], response["Cache-Control"]) == ("noindex, nofollow", "no-store")

    @pytest.mark.parametrize("change", ["", "x", "A" * 44, "ỉ" * 44, "." * 44])
    def test_an_invalid_token_is_404(self, workspace: Any, anonymous: Client, change: str) -> None:
        response = anonymous.get(f"/u/{change or 'x'}/")
        assert response.status_code == 404
        assert "trả lời thư" in response.content.decode()

    def test_any_changed_character_is_invalid(self, workspace: Any) -> None:
        key, payload = b"k" * 32, tokens.UnsubscribeToken(1, 2, 3, "email")
        token = tokens.encode(payload, key=key)
        assert tokens.decode(token, key=key) == payload
        assert tokens.decode(token, key=b"x" * 32) is None
        swapped = {"A": "B"}
        for index in range(len(token)):
            other = token[:index] + swapped.get(token[index], "A") + token[index + 1 :]
            assert tokens.decode(other, key=key) is None

    def test_an_erased_contact_gets_a_page(self, workspace: Any, an: Any, anonymous: Client) -> None:
        lan = make_subscriber()
        path = link(workspace, lan)
        contacts_services.erase_contacts(contacts=contacts_relation(lan), actor=an.actor, now=NOW)
        assert anonymous.get(path).status_code == 200
        assert anonymous.post(path, {"scope": "channel"}).status_code == 302
        assert anonymous.post(f"{path}one-click/").status_code == 200


@pytest.mark.django_db
class TestUnsubscribing:
    def test_is_effective_at_once_and_confirmed_on_the_page(self, workspace: Any, anonymous: Client) -> None:
        lan = make_subscriber()
        path = link(workspace, lan)
        response = anonymous.post(path, {"scope": "channel"}, follow=True)
        assert "không nhận quảng cáo qua email nữa" in response.content.decode()
        assert exclusion_reasons(lan) == [ExclusionReason.UNSUBSCRIBED]
        unsubscribe = Unsubscribe.objects.get()
        assert (unsubscribe.method, unsubscribe.message_id, unsubscribe.all_channels) == ("link", 5, False)
        assert not response.cookies

    def test_all_channels(self, workspace: Any, anonymous: Client) -> None:
        lan = make_subscriber(consent_sms=Consent.GRANTED)
        anonymous.post(link(workspace, lan), {"scope": "all"})
        assert exclusion_reasons(lan, channel="sms") == [ExclusionReason.SUPPRESSED_OPT_OUT]

    def test_undo_and_resubscribe(self, workspace: Any, anonymous: Client) -> None:
        lan = make_subscriber()
        path = link(workspace, lan)
        anonymous.post(path, {"scope": "channel"})
        assert anonymous.post(f"{path}undo/").status_code == 302
        assert exclusion_reasons(lan) == [None]
        anonymous.post(path, {"scope": "channel"})
        anonymous.post(f"{path}resubscribe/?lang=en")
        assert exclusion_reasons(lan) == [None]
        words = contacts.consent_entries(lan)[0].proof.wording
        assert words.startswith("I agree that Trà Sen sends me news and offers by email, at most 3 messages")

    def test_a_contact_can_resubscribe_after_staff_unsubscribed_them(
        self, workspace: Any, an: Any, anonymous: Client
    ) -> None:
        lan = make_subscriber()
        contacts_services.set_status(contact=lan, status=Status.UNSUBSCRIBED, actor=an.actor, now=NOW)
        page = anonymous.get(link(workspace, lan)).content.decode()
        assert "hoàn tác" not in page
        anonymous.post(f"{link(workspace, lan)}resubscribe/")
        assert exclusion_reasons(lan) == [None]

    def test_a_contact_can_unblock(self, workspace: Any, an: Any, anonymous: Client) -> None:
        lan = make_subscriber()
        contacts_services.set_consent(
            contact=lan, channel="email", consent=Consent.BLOCKED, actor=an.actor, now=NOW
        )
        assert "chặn" in anonymous.get(link(workspace, lan)).content.decode()
        anonymous.post(f"{link(workspace, lan)}unblock/")
        lan.refresh_from_db()
        assert lan.consent_email != Consent.BLOCKED

    def test_own_details_can_be_corrected(self, workspace: Any, anonymous: Client) -> None:
        lan = make_subscriber(full_name="Trần Thị Lam")
        path = link(workspace, lan)
        response = anonymous.post(
            f"{path}details/", {"full_name": "Trần Thị Lan", "language": "en"}, follow=True
        )
        assert "Saved." in response.content.decode()
        lan.refresh_from_db()
        assert (lan.full_name, lan.language) == ("Trần Thị Lan", "en")

    def test_a_required_name_cannot_be_emptied(self, workspace: Any, anonymous: Client) -> None:
        lan = make_subscriber(full_name="Trần Thị Lan")
        response = anonymous.post(f"{link(workspace, lan)}details/", {"full_name": "", "language": "vi"})
        assert response.status_code == 422
        lan.refresh_from_db()
        assert lan.full_name == "Trần Thị Lan"


@pytest.mark.django_db
class TestOneClick:
    """RFC 8058 section 3.1 and 3.2: a POST without cookies, credentials or redirects."""

    BODY = "List-Unsubscribe=One-Click"

    def test_unsubscribes_without_redirect_cookie_or_session(self, workspace: Any, anonymous: Client) -> None:
        lan = make_subscriber()
        response = anonymous.post(
            link(workspace, lan, one_click=True), self.BODY, content_type="application/x-www-form-urlencoded"
        )
        assert response.status_code == 200
        assert not response.cookies
        assert exclusion_reasons(lan) == [ExclusionReason.UNSUBSCRIBED]
        assert Unsubscribe.objects.get().method == "one_click"

    def test_accepts_form_data_and_is_idempotent(self, workspace: Any, anonymous: Client) -> None:
        lan = make_subscriber()
        path = link(workspace, lan, one_click=True)
        for _try in range(2):
            assert anonymous.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
        assert Unsubscribe.objects.count() == 1

    def test_does_not_affect_other_workspaces(self, workspace: Any, anonymous: Client) -> None:
        from quen.apps.accounts import queries as accounts

        lan = make_subscriber()
        with schemas.use(accounts.get_workspace("gom-viet").schema_name):
            theirs = make_subscriber(pk=lan.pk)
        anonymous.post(link(workspace, lan, one_click=True), self.BODY, content_type="text/plain")
        with schemas.use(accounts.get_workspace("gom-viet").schema_name):
            assert exclusion_reasons(theirs) == [None]


class TestRateLimits:
    @pytest.mark.django_db
    def test_a_loop_is_rate_limited(self, workspace: Any, anonymous: Client) -> None:
        path = link(workspace, make_subscriber(), one_click=True)
        statuses = [anonymous.post(path).status_code for _try in range(40)]
        assert statuses[0] == 200
        assert statuses[-1] == 429

    @pytest.mark.django_db
    def test_guessing_tokens_is_rate_limited(self, workspace: Any, anonymous: Client) -> None:
        statuses = [anonymous.get(f"/u/{number}/").status_code for number in range(70)]
        assert statuses[0] == 404
        assert statuses[-1] == 429
