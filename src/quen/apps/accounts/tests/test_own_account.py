"""Profile, language, theme, one-time links, the mailbox."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from tests.cast import AN, BINH, CHI, PASSWORD, TRA_SEN

from quen.apps.accounts import queries, services
from quen.apps.accounts.models import SignInLink, User
from quen.apps.accounts.types import AccountEventKind
from quen.apps.team import queries as team
from quen.core import clock, schemas

pytestmark = pytest.mark.django_db


def user(email: str) -> User:
    found = queries.find_user(email)
    assert found is not None
    return found


class TestProfile:
    def test_is_saved_and_shown_in_every_team(self, client_of: Callable[[str], Client]) -> None:
        given = {
            "name": "Nguyễn  Hoài Ân",
            "phone": "0905 318 274",
            "language": "vi",
            "theme": "dark",
        }
        answer = client_of(AN).post("/profile/", given)
        assert answer["Location"] == "/profile/"
        assert answer.cookies["theme"].value == "dark"
        saved = user(AN)
        assert (saved.name, saved.phone, saved.theme) == ("Nguyễn Hoài Ân", "+84905318274", "dark")
        with schemas.use(queries.get_workspace(TRA_SEN).schema_name):
            member = team.find_member(saved.pk)
        assert member is not None and member.name == "Nguyễn Hoài Ân"

    def test_keeps_the_input_when_the_phone_is_invalid(self, client_of: Callable[[str], Client]) -> None:
        given = {"name": "An", "phone": "không có", "language": "vi", "theme": "auto"}
        answer = client_of(AN).post("/profile/", given)
        assert answer.status_code == 422
        assert "không có" in answer.content.decode()
        assert user(AN).phone == ""

    def test_does_not_change_the_address(self, client_of: Callable[[str], Client]) -> None:
        given = {"name": "An", "phone": "", "language": "vi", "theme": "auto", "email": "moi@tra-sen.example"}
        assert client_of(AN).post("/profile/", given).status_code == 302
        assert user(AN).name == "An"


class TestChangeOfAddress:
    NEW = "an.moi@tra-sen.example"

    def ask(self, client: Client, email: str, password: str = PASSWORD) -> Any:
        return client.post("/profile/email/", {"email": email, "password": password})

    def link(self) -> str:
        (message,) = [each for each in mail.outbox if "/email/" in str(each.body)]
        found = re.search(r"/email/\S+", str(message.body))
        assert found is not None
        return found[0]

    def test_takes_effect_when_the_link_is_confirmed(self, client_of: Callable[[str], Client]) -> None:
        assert self.ask(client_of(AN), "An.Moi@Tra-Sen.example").status_code == 302
        assert user(AN).name == "Nguyễn Hoài An"
        assert sorted(to for each in mail.outbox for to in each.to) == [self.NEW, AN]
        link = self.link()
        assert self.NEW in Client().get(link).content.decode()
        assert user(AN)
        Client().post(link)
        assert user(self.NEW).name == "Nguyễn Hoài An"
        with schemas.use(queries.get_workspace(TRA_SEN).schema_name):
            member = team.find_member(user(self.NEW).pk)
        assert member is not None and member.email == self.NEW
        assert mail.outbox[-1].to == [AN]
        assert Client().post(link).status_code == 410
        assert [event.kind for event in queries.events_of(user(self.NEW), limit=3)][:2] == [
            AccountEventKind.EMAIL_CHANGED,
            AccountEventKind.EMAIL_CHANGE_REQUESTED,
        ]

    def test_needs_the_password(self, client_of: Callable[[str], Client]) -> None:
        client = client_of(AN)
        answer = self.ask(client, self.NEW, "sai-mat-khau")
        assert answer.status_code == 422
        assert "mật khẩu" in answer.content.decode()
        assert mail.outbox == []
        for _ in range(20):
            self.ask(client, self.NEW, "sai-mat-khau")
        assert self.ask(client, self.NEW).status_code == 422
        assert mail.outbox == []

    def test_tells_nobody_which_addresses_have_an_account(self, client_of: Callable[[str], Client]) -> None:
        client = client_of(AN)
        free, taken = (self.ask(client, email) for email in ("chua-co@x.example", BINH))
        assert (free.status_code, free["Location"]) == (taken.status_code, taken["Location"])
        to_binh = [str(each.body) for each in mail.outbox if each.to == [BINH]]
        assert len(to_binh) == 1 and "/email/" not in to_binh[0]
        assert user(BINH).name == "Trần Bình"

    def test_a_new_password_ends_it(self, client_of: Callable[[str], Client]) -> None:
        client = client_of(AN)
        self.ask(client, self.NEW)
        client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": "tra-uop-sen-2027"})
        assert Client().post(self.link()).status_code == 410
        assert user(AN)

    def test_is_refused_when_somebody_has_taken_the_address_since(
        self, client_of: Callable[[str], Client]
    ) -> None:
        self.ask(client_of(AN), self.NEW)
        services.create_user(email=self.NEW, name="Khác", password=PASSWORD)
        answer = Client().post(self.link())
        assert answer.status_code == 422 or answer.status_code == 409 or answer.status_code == 400
        assert user(AN).name == "Nguyễn Hoài An"


class TestLanguage:
    def test_changes_the_language_of_pages_and_is_remembered(
        self, client_of: Callable[[str], Client]
    ) -> None:
        client = client_of(AN)
        assert "Không gian làm việc" in client.get("/workspaces/").content.decode()
        answer = client.post("/language/", {"language": "en", "next": "/workspaces/"})
        assert answer["Location"] == "/workspaces/"
        assert "Workspaces" in client.get("/workspaces/").content.decode()
        assert user(AN).language == "en"

    def test_works_before_signing_in(self) -> None:
        client = Client()
        client.post("/language/", {"language": "en"})
        assert "Forgot your password?" in client.get("/accounts/login/").content.decode()

    def test_never_redirects_to_another_host(self) -> None:
        answer = Client().post("/language/", {"language": "en", "next": "https://evil.example/"})
        assert answer["Location"] == "/"

    def test_refuses_an_unknown_language(self) -> None:
        assert Client().post("/language/", {"language": "xx"}).status_code == 404


class TestTheme:
    def test_is_saved_in_the_cookie_and_the_profile(self, client_of: Callable[[str], Client]) -> None:
        answer = client_of(AN).post("/theme/", {"theme": "dark", "next": "/profile/"})
        assert answer["Location"] == "/profile/"
        assert answer.cookies["theme"].value == "dark"
        assert user(AN).theme == "dark"


class TestSignInLink:
    @pytest.fixture
    def link(self) -> str:
        newcomer = User.objects.create_user("chu@tra-sen.example", None, name="Chủ", is_operator=True)
        address = services.create_sign_in_link(user=newcomer)
        assert address is not None
        return "/" + address.split("/", 3)[3]

    def test_opening_it_does_not_use_it_up(self, link: str) -> None:
        assert Client().get(link).status_code == 200
        assert Client().get(link).status_code == 200
        assert SignInLink.objects.get().used_at is None

    def test_signs_in_once_and_asks_for_a_password(self, link: str) -> None:
        client = Client()
        assert client.post(link)["Location"] == "/profile/password/"
        assert client.post("/profile/password/", {"password": "hoa-sen-no-2026"}).status_code == 422
        answer = client.post("/profile/password/", {"name": "Cô  Sen", "password": "hoa-sen-no-2026"})
        assert answer["Location"] == "/"
        assert user("chu@tra-sen.example").name == "Cô Sen"
        assert user("chu@tra-sen.example").check_password("hoa-sen-no-2026")
        assert client.get("/profile/").status_code == 200
        again = Client().post(link)
        assert again.status_code == 410
        opened = Client().get(link)
        assert opened.status_code == 410
        assert "Chào mừng" not in opened.content.decode()
        assert "không còn dùng được" in opened.content.decode()
        assert Client().get("/sign-in/made-up/").status_code == 410
        assert Client().get("/profile/").status_code == 302

    def test_is_refused_when_old(self, link: str) -> None:
        SignInLink.objects.update(expires_at=clock.now() - timedelta(seconds=1))
        client = Client()
        assert client.post(link).status_code == 410
        assert client.get("/profile/").status_code == 302

    def test_is_not_created_for_a_user_with_a_password(self) -> None:
        assert services.create_sign_in_link(user=user(AN)) is None


class TestMailbox:
    def test_shows_the_operator_the_stored_mail(self, client_of: Callable[[str], Client]) -> None:
        services.store_system_mail(to=BINH, subject="Lời mời", text="Mở https://quen.example/x")
        client = client_of(AN)
        listing = client.get("/mailbox/").content.decode()
        assert "Lời mời" in listing and "QUEN_SMTP_URL" in listing
        kept = queries.system_mail()[0]
        assert 'href="https://quen.example/x"' in client.get(f"/mailbox/{kept.pk}/").content.decode()

    @pytest.mark.parametrize("other_user", [BINH, CHI])
    def test_does_not_exist_for_others(self, client_of: Callable[[str], Client], other_user: str) -> None:
        services.store_system_mail(to=AN, subject="Lời mời", text="…")
        client = client_of(other_user)
        assert client.get("/mailbox/").status_code == 404
        assert client.get(f"/mailbox/{queries.system_mail()[0].pk}/").status_code == 404
