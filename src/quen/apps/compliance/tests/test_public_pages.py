"""The page behind the link in a message, as anybody's mail program and anybody's reader meets it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from tests.cast import NOW

from quen.apps.compliance import queries
from quen.apps.compliance.models import Refusal
from quen.apps.compliance.rules import tickets
from quen.apps.compliance.rules.limiter import Limiter
from quen.apps.compliance.tests.factories import make_reader, reasons
from quen.apps.compliance.types import Reason
from quen.apps.contacts import queries as contacts
from quen.apps.contacts import services as contacts_services
from quen.apps.contacts.models import Contact
from quen.apps.contacts.tests.factories import these
from quen.apps.contacts.types import Consent, Status
from quen.core import schemas


def link(workspace: Any, person: Contact, *, one_click: bool = False, channel: str = "email") -> str:
    made = queries.one_click_url if one_click else queries.unsubscribe_url
    url = made(workspace_id=workspace.pk, contact_id=person.pk, message_id=5, channel=channel)
    return urlsplit(url).path


@pytest.fixture
def stranger() -> Client:
    """A browser that knows nobody, and insists on CSRF as the real site does."""
    return Client(enforce_csrf_checks=True)


@pytest.mark.django_db
class TestOpening:
    def test_changes_nothing_and_needs_nobody(self, workspace: Any, stranger: Client) -> None:
        lan = make_reader(email="lan@thu.vn")
        for path in (link(workspace, lan), link(workspace, lan, one_click=True)):
            for method in ("get", "head"):
                answer = getattr(stranger, method)(path)
                assert answer.status_code == 200
                assert not answer.cookies
        assert reasons(lan) == [None]
        assert not Refusal.objects.exists()

    def test_speaks_the_persons_language_else_the_shops(self, workspace: Any, stranger: Client) -> None:
        lan, john = make_reader(), make_reader(language="en")
        assert "Ngừng nhận quảng cáo qua email" in stranger.get(link(workspace, lan)).content.decode()
        assert "Stop advertising by email" in stranger.get(link(workspace, john)).content.decode()
        assert "Stop advertising" in stranger.get(link(workspace, lan) + "?lang=en").content.decode()

    def test_shows_the_address_masked_and_is_kept_out_of_indexes(
        self, workspace: Any, stranger: Client
    ) -> None:
        answer = stranger.get(link(workspace, make_reader(email="lan.tran@thu.vn")))
        assert "l•••@thu.vn" in answer.content.decode()
        assert "lan.tran@thu.vn" not in answer.content.decode()
        assert (answer["X-Robots-Tag"], answer["Cache-Control"]) == ("noindex, nofollow", "no-store")

    @pytest.mark.parametrize("change", ["", "x", "A" * 44, "ỉ" * 44, "." * 44])
    def test_a_forged_link_is_a_kind_404(self, workspace: Any, stranger: Client, change: str) -> None:
        answer = stranger.get(f"/u/{change or 'x'}/")
        assert answer.status_code == 404
        assert "trả lời thư" in answer.content.decode()

    def test_one_bit_more_is_forged(self, workspace: Any) -> None:
        token = tickets.seal(workspace_id=1, contact_id=2, message_id=3, channel="email")
        assert tickets.unseal(token) == tickets.Ticket(1, 2, 3, "email")
        swapped = {"A": "B"}
        for place in range(len(token)):
            other = token[:place] + swapped.get(token[place], "A") + token[place + 1 :]
            assert tickets.unseal(other) is None

    def test_who_was_erased_is_told_calmly(self, workspace: Any, an: Any, stranger: Client) -> None:
        lan = make_reader()
        path = link(workspace, lan)
        contacts_services.erase_contacts(people=these(lan), actor=an, now=NOW)
        assert stranger.get(path).status_code == 200
        assert stranger.post(path, {"scope": "channel"}).status_code == 302
        assert stranger.post(f"{path}one-click/").status_code == 200


@pytest.mark.django_db
class TestChoosing:
    def test_refuses_at_once_and_says_so(self, workspace: Any, stranger: Client) -> None:
        lan = make_reader()
        path = link(workspace, lan)
        answer = stranger.post(path, {"scope": "channel"}, follow=True)
        assert "không nhận quảng cáo qua email nữa" in answer.content.decode()
        assert reasons(lan) == [Reason.UNSUBSCRIBED]
        made = Refusal.objects.get()
        assert (made.way, made.message_id, made.everything) == ("link", 5, False)
        assert not answer.cookies

    def test_everything(self, workspace: Any, stranger: Client) -> None:
        lan = make_reader(consent_sms=Consent.GRANTED)
        stranger.post(link(workspace, lan), {"scope": "everything"})
        assert reasons(lan, channel="sms") == [Reason.SUPPRESSED_REFUSAL]

    def test_undo_and_the_way_back(self, workspace: Any, stranger: Client) -> None:
        lan = make_reader()
        path = link(workspace, lan)
        stranger.post(path, {"scope": "channel"})
        assert stranger.post(f"{path}undo/").status_code == 302
        assert reasons(lan) == [None]
        stranger.post(path, {"scope": "channel"})
        stranger.post(f"{path}return/?lang=en")
        assert reasons(lan) == [None]
        words = contacts.consent_entries(lan)[0].proof.wording
        assert words.startswith("I agree that Trà Sen sends me news and offers by email, at most 3 messages")

    def test_an_answer_given_before_by_staff_can_be_renewed_by_the_person(
        self, workspace: Any, an: Any, stranger: Client
    ) -> None:
        lan = make_reader()
        contacts_services.set_status(contact=lan, status=Status.UNSUBSCRIBED, actor=an, now=NOW)
        page = stranger.get(link(workspace, lan)).content.decode()
        assert "hoàn tác" not in page
        stranger.post(f"{link(workspace, lan)}return/")
        assert reasons(lan) == [None]

    def test_a_block_can_be_lifted_by_the_person(self, workspace: Any, an: Any, stranger: Client) -> None:
        lan = make_reader()
        contacts_services.set_consent(
            contact=lan, channel="email", consent=Consent.BLOCKED, actor=an, now=NOW
        )
        assert "chặn" in stranger.get(link(workspace, lan)).content.decode()
        stranger.post(f"{link(workspace, lan)}unblocking/")
        lan.refresh_from_db()
        assert lan.consent_email != Consent.BLOCKED

    def test_own_data_can_be_corrected(self, workspace: Any, stranger: Client) -> None:
        lan = make_reader(full_name="Trần Thị Lam")
        path = link(workspace, lan)
        answer = stranger.post(
            f"{path}details/", {"full_name": "Trần Thị Lan", "language": "en"}, follow=True
        )
        assert "Saved." in answer.content.decode()
        lan.refresh_from_db()
        assert (lan.full_name, lan.language) == ("Trần Thị Lan", "en")

    def test_a_name_the_shop_needs_cannot_be_emptied(self, workspace: Any, stranger: Client) -> None:
        lan = make_reader(full_name="Trần Thị Lan")
        answer = stranger.post(f"{link(workspace, lan)}details/", {"full_name": "", "language": "vi"})
        assert answer.status_code == 422
        lan.refresh_from_db()
        assert lan.full_name == "Trần Thị Lan"


@pytest.mark.django_db
class TestOneClick:
    """RFC 8058 section 3.1 and 3.2: a POST without cookies, credentials or redirects."""

    BODY = "List-Unsubscribe=One-Click"

    def test_unsubscribes_without_redirect_cookie_or_session(self, workspace: Any, stranger: Client) -> None:
        lan = make_reader()
        answer = stranger.post(
            link(workspace, lan, one_click=True), self.BODY, content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code == 200
        assert not answer.cookies
        assert reasons(lan) == [Reason.UNSUBSCRIBED]
        assert Refusal.objects.get().way == "one_click"

    def test_takes_the_body_as_form_data_too_and_twice(self, workspace: Any, stranger: Client) -> None:
        lan = make_reader()
        path = link(workspace, lan, one_click=True)
        for _try in range(2):
            assert stranger.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
        assert Refusal.objects.count() == 1

    def test_of_one_workspace_touches_no_other(self, workspace: Any, stranger: Client) -> None:
        from quen.apps.accounts import queries as accounts

        lan = make_reader()
        with schemas.use(accounts.get_workspace("gom-viet").schema_name):
            theirs = make_reader(pk=lan.pk)
        stranger.post(link(workspace, lan, one_click=True), self.BODY, content_type="text/plain")
        with schemas.use(accounts.get_workspace("gom-viet").schema_name):
            assert reasons(theirs) == [None]


class TestLimiter:
    def test_lets_so_many_pass_within_a_window(self) -> None:
        from datetime import timedelta

        limiter = Limiter(times=2, seconds=60, keys=2)
        assert [limiter.allows("a", now=NOW) for _try in range(3)] == [True, True, False]
        assert limiter.allows("b", now=NOW)
        assert limiter.allows("a", now=NOW + timedelta(seconds=60))

    def test_forgets_the_oldest_key(self) -> None:
        limiter = Limiter(times=1, seconds=60, keys=2)
        assert [limiter.allows(key, now=NOW) for key in ("a", "b", "c", "a")] == [True] * 4

    @pytest.mark.django_db
    def test_a_loop_is_told_to_wait(self, workspace: Any, stranger: Client) -> None:
        path = link(workspace, make_reader(), one_click=True)
        statuses = [stranger.post(path).status_code for _try in range(40)]
        assert statuses[0] == 200
        assert statuses[-1] == 429
