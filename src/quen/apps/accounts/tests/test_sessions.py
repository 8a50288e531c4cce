"""Devices, idle sessions, and the log of accounts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.cast import AN, BINH, PASSWORD

from quen.apps.accounts import queries, services
from quen.apps.accounts.models import AccountEvent, User, UserSession
from quen.apps.accounts.types import SEEN_AT, AccountEventKind
from quen.core import clock

pytestmark = pytest.mark.django_db
NEW = "tra-uop-sen-2027"


def user(email: str) -> User:
    found = queries.find_user(email)
    assert found is not None
    return found


def sign_in(**meta: Any) -> Client:
    client = Client(**meta)
    assert client.post("/accounts/login/", {"login": AN, "password": PASSWORD}).status_code == 302
    return client


def is_signed_in(client: Client) -> bool:
    return client.get("/profile/").status_code == 200


def kinds() -> list[str]:
    return [event.kind for event in reversed(queries.events_of(user(AN), limit=50))]


class TestDevices:
    def test_are_listed_and_the_others_can_be_signed_out(self) -> None:
        phone = sign_in(HTTP_USER_AGENT="Điện thoại của An", REMOTE_ADDR="203.0.113.9")
        laptop = sign_in(HTTP_USER_AGENT="Máy tính của An")
        page = laptop.get("/profile/").content.decode()
        assert "Điện thoại của An" in page and "203.0.113.9" in page and "Máy tính của An" in page
        assert laptop.post("/profile/devices/")["Location"] == "/profile/"
        assert (is_signed_in(laptop), is_signed_in(phone)) == (True, False)
        assert [each.user_agent for each in queries.sessions_of(user(AN))] == ["Máy tính của An"]

    def test_of_others_stay(self, client_of: Callable[[str], Client]) -> None:
        binh = client_of(BINH)
        sign_in().post("/profile/devices/")
        assert is_signed_in(binh)

    def test_end_with_a_new_password(self) -> None:
        phone, laptop = sign_in(), sign_in()
        laptop.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW})
        assert (is_signed_in(laptop), is_signed_in(phone)) == (True, False)
        assert len(queries.sessions_of(user(AN))) == 1

    def test_end_with_signing_out(self) -> None:
        client = sign_in()
        client.post("/accounts/logout/")
        assert queries.sessions_of(user(AN)) == []


class TestIdleSession:
    @pytest.fixture(autouse=True)
    def one_hour(self, settings: Any) -> None:
        settings.SESSION_IDLE_SECONDS = 3600

    def was_used(self, client: Client, ago: timedelta) -> None:
        session = client.session
        session[SEEN_AT] = int((clock.now() - ago).timestamp())
        session.save()

    def test_ends(self) -> None:
        client = sign_in()
        self.was_used(client, timedelta(minutes=61))
        assert not is_signed_in(client)
        assert UserSession.objects.count() == 0

    def test_lasts_while_it_is_used(self) -> None:
        client = sign_in()
        self.was_used(client, timedelta(minutes=59))
        UserSession.objects.update(last_seen_at=clock.now() - timedelta(minutes=59))
        assert is_signed_in(client)
        assert client.session[SEEN_AT] >= int(clock.now().timestamp()) - 60
        assert UserSession.objects.get().last_seen_at > clock.now() - timedelta(minutes=1)

    def test_expired_ones_are_deleted(self) -> None:
        sign_in()
        services.delete_expired_sessions(now=clock.now() + timedelta(days=31))
        assert UserSession.objects.count() == 0


class TestLog:
    def test_has_sign_ins_failures_and_sign_outs(self) -> None:
        Client(REMOTE_ADDR="203.0.113.9").post("/accounts/login/", {"login": AN, "password": "nope"})
        client = sign_in()
        page = client.get("/profile/").content.decode()
        assert "Đăng nhập sai mật khẩu" in page and "203.0.113.9" in page
        client.post("/accounts/logout/")
        assert kinds() == [
            AccountEventKind.SIGN_IN_FAILED,
            AccountEventKind.SIGNED_IN,
            AccountEventKind.SIGNED_OUT,
        ]

    def test_has_changes_of_the_password(self) -> None:
        client = sign_in()
        client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW})
        assert AccountEventKind.PASSWORD_CHANGED in kinds()

    def test_says_nothing_of_addresses_without_an_account(self) -> None:
        Client().post("/accounts/login/", {"login": "ai@khong.example", "password": "nope"})
        assert AccountEvent.objects.filter(kind=AccountEventKind.SIGN_IN_FAILED).count() == 0

    def test_is_not_shown_to_others(self, client_of: Callable[[str], Client]) -> None:
        Client(REMOTE_ADDR="203.0.113.9").post("/accounts/login/", {"login": AN, "password": "nope"})
        assert "203.0.113.9" not in client_of(BINH).get("/profile/").content.decode()

    def test_goes_after_half_a_year(self) -> None:
        sign_in()
        services.delete_old_account_events(now=clock.now() + timedelta(days=181))
        assert kinds() == []
        assert AccountEvent.objects.filter(kind=AccountEventKind.WORKSPACE_CREATED).exists()
