"""Signing in and out, and a new password by mail."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from procrastinate.contrib.django import app
from tests.cast import AN, PASSWORD, TRA_SEN

from quen.apps.accounts import queries, services
from quen.apps.accounts.models import RateLimitCounter

pytestmark = pytest.mark.django_db
NEW = "tra-uop-sen-2027"


def jobs_of(name: str) -> list[dict[str, Any]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT args FROM public.procrastinate_jobs WHERE task_name = %s ORDER BY id", [name])
        return [json.loads(args) if isinstance(args, str) else args for (args,) in cursor.fetchall()]


def run_jobs(name: str) -> None:
    for arguments in jobs_of(name):
        app.tasks[name].func(**arguments)


def sign_in(client: Client, password: str = PASSWORD, **more: str) -> int:
    answer = client.post("/accounts/login/", {"login": AN, "password": password, **more})
    return answer.status_code


class TestSignIn:
    def test_leads_to_the_last_visited_workspace(self) -> None:
        client = Client()
        assert sign_in(client) == 302
        assert client.get("/")["Location"] == f"/w/{TRA_SEN}/"

    def test_leads_to_the_list_when_there_is_no_workspace(self, client_of: Callable[[str], Client]) -> None:
        services.create_user(email="dung@tra-sen.example", name="Dung", password=PASSWORD)
        assert client_of("dung@tra-sen.example").get("/")["Location"] == "/workspaces/"

    def test_leads_anonymous_visitors_to_the_sign_in_page(self) -> None:
        assert Client().get("/")["Location"] == "/accounts/login/"

    def test_continues_to_the_requested_page(self) -> None:
        answer = Client().post(
            "/accounts/login/", {"login": AN, "password": PASSWORD, "next": f"/w/{TRA_SEN}/team/"}
        )
        assert answer["Location"] == f"/w/{TRA_SEN}/team/"

    def test_refuses_a_wrong_password_with_a_message(self) -> None:
        answer = Client().post("/accounts/login/", {"login": AN, "password": "nope"})
        assert "sessionid" not in answer.cookies
        assert "Email hoặc mật khẩu chưa đúng" in answer.content.decode()

    def test_throttles_guessing(self) -> None:
        client = Client()
        for _ in range(12):
            sign_in(client, "nope")
        assert sign_in(client) == 200
        assert client.get("/")["Location"] == "/accounts/login/"

    def test_strangers_do_not_keep_out_a_device_that_has_signed_in_before(self) -> None:
        mine = Client()
        assert sign_in(mine) == 302
        mine.post("/accounts/logout/")
        for number in range(60):  # from the same address, as behind one router, and for the same account
            sign_in(Client(), f"nope-{number}")
        assert sign_in(Client()) == 200
        assert sign_in(mine) == 302

    def test_a_known_device_cannot_guess_either(self) -> None:
        client = Client()
        sign_in(client)
        client.post("/accounts/logout/")
        for _ in range(12):
            sign_in(client, "nope")
        assert sign_in(client) == 200

    def test_one_address_cannot_lock_every_account(self) -> None:
        for number in range(60):
            Client().post("/accounts/login/", {"login": f"ai{number}@x.example", "password": "nope"})
        for _ in range(20):
            sign_in(Client(), "nope")
        elsewhere = Client(REMOTE_ADDR="203.0.113.9")
        assert sign_in(elsewhere) == 302

    def test_many_right_passwords_are_no_attack(self) -> None:
        assert [sign_in(Client()) for _ in range(40)] == [302] * 40

    def test_counts_are_shared_by_all_processes(self) -> None:
        for _ in range(12):
            sign_in(Client(), "nope")
        assert RateLimitCounter.objects.filter(key__contains="accounts.sign_in").exists()
        cache.clear()
        assert sign_in(Client()) == 200

    def test_sets_the_theme_of_the_profile(self) -> None:
        an = queries.find_user(AN)
        assert an is not None
        services.change_profile(user=an, theme="dark")
        client = Client()
        sign_in(client)
        assert client.cookies["theme"].value == "dark"

    def test_refuses_an_inactive_account(self) -> None:
        an = queries.find_user(AN)
        assert an is not None
        services.change_profile(user=an, is_active=False)
        client = Client()
        sign_in(client)
        assert client.get("/")["Location"] == "/accounts/login/"


class TestSignOut:
    def test_ends_the_session(self, client_of: Callable[[str], Client]) -> None:
        client = client_of(AN)
        assert client.post("/accounts/logout/")["Location"] == "/accounts/login/"
        assert client.get("/")["Location"] == "/accounts/login/"

    def test_asks_first_when_the_address_is_only_opened(self, client_of: Callable[[str], Client]) -> None:
        client = client_of(AN)
        assert "Đăng xuất" in client.get("/accounts/logout/").content.decode()
        assert client.get("/")["Location"] == f"/w/{TRA_SEN}/"


class TestResetPassword:
    def test_sets_a_new_password_with_an_emailed_link(self) -> None:
        client = Client()
        assert client.post("/accounts/password/reset/", {"email": AN})["Location"].endswith("/done/")
        assert mail.outbox == []
        run_jobs("accounts.send_password_reset")
        (sent,) = mail.outbox
        assert sent.to == [AN]
        found = re.search(r"https?://\S+", str(sent.body))
        assert found is not None and found[0].startswith(settings.BASE_URL)
        form = client.get(found[0].removeprefix(settings.BASE_URL), follow=True)
        address = form.redirect_chain[-1][0]
        assert client.post(address, {"password1": NEW}, follow=True).status_code == 200
        assert sign_in(Client(), NEW) == 302
        assert sign_in(Client(), PASSWORD) == 200

    def test_ignores_the_host_the_request_claims(self) -> None:
        answer = Client().post("/accounts/password/reset/", {"email": AN}, headers={"host": "evil.example"})
        assert answer.status_code == 400
        Client().post("/accounts/password/reset/", {"email": AN})
        run_jobs("accounts.send_password_reset")
        assert "evil.example" not in str(mail.outbox[0].body)

    def test_answers_alike_for_an_unknown_address_and_sends_nothing(self) -> None:
        known, unknown = (
            Client().post("/accounts/password/reset/", {"email": email}) for email in (AN, "ai@khong.example")
        )
        assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
        assert [job["email"] for job in jobs_of("accounts.send_password_reset")] == [AN, "ai@khong.example"]
        run_jobs("accounts.send_password_reset")
        assert [each.to for each in mail.outbox] == [[AN]]

    def test_lets_the_owner_in_after_others_have_guessed(self, client_of: Callable[[str], Client]) -> None:
        for _ in range(12):
            sign_in(Client(), "nope")
        services.send_password_reset(email=AN)
        found = re.search(r"https?://\S+", str(mail.outbox[0].body))
        assert found is not None
        client = Client(REMOTE_ADDR="203.0.113.9")
        form = client.get(found[0].removeprefix(settings.BASE_URL), follow=True)
        client.post(form.redirect_chain[-1][0], {"password1": NEW}, follow=True)
        assert sign_in(Client(REMOTE_ADDR="203.0.113.9"), NEW) == 302

    def test_is_sent_only_so_often(self) -> None:
        for _ in range(9):
            assert Client().post("/accounts/password/reset/", {"email": AN}).status_code == 302
        assert len(jobs_of("accounts.send_password_reset")) == 5

    def test_refuses_an_invalid_link(self) -> None:
        answer = Client().get("/accounts/password/reset/key/1-abc/")
        assert "Liên kết này không còn dùng được" in answer.content.decode()


class TestChangePassword:
    def test_saves_the_new_one_and_stays_signed_in(self, client_of: Callable[[str], Client]) -> None:
        client = client_of(AN)
        answer = client.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW})
        assert answer["Location"] == "/profile/"
        assert client.get("/profile/").status_code == 200
        assert sign_in(Client(), NEW) == 302
        assert [(each.to, each.subject) for each in mail.outbox] == [([AN], "Mật khẩu Quen của bạn đã đổi")]

    def test_refuses_a_common_one(self, client_of: Callable[[str], Client]) -> None:
        client_of(AN).post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": "12345678"})
        assert sign_in(Client(), PASSWORD) == 302
