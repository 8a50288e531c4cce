"""The pages: an endpoint is made, its secret shown once, its log read, a message sent again."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from tests.cast import AN, BINH, CHI, NOW, TRA_SEN

from quen.apps.contacts.tests.factories import make_contact
from quen.apps.events import services as events
from quen.apps.webhooks import services
from quen.apps.webhooks.models import Endpoint, WebhookMessage
from quen.apps.webhooks.tests.receivers import CONTACT_KINDS, answer, deliver, make_endpoint, receiving

BASE = f"/w/{TRA_SEN}/webhooks"
URL = "https://erp.example.com/hook?token=abc"


@pytest.fixture
def client(workspace: Any, client_of: Callable[[str], Client]) -> Client:
    return client_of(AN)


def secret_in(html: str) -> str:
    found = re.search(r"whsec_[A-Za-z0-9+/=]+", html)
    assert found is not None
    return found[0]


class TestMaking:
    def test_shows_the_secret_once(self, client: Client) -> None:
        given = {"url": URL, "kinds": CONTACT_KINDS, "description": "Kho hàng"}
        response = client.post(f"{BASE}/new/", given)
        assert response.headers["Cache-Control"] == "no-store"
        assert secret_in(response.content.decode())
        endpoint = Endpoint.objects.get()
        for path in (f"{BASE}/", f"{BASE}/{endpoint.pk}/", f"{BASE}/{endpoint.pk}/edit/"):
            html = client.get(path).content.decode()
            assert "whsec_" not in html
            assert "Kho hàng" in html

    def test_keeps_what_was_typed_when_something_is_wrong(self, client: Client) -> None:
        response = client.post(
            f"{BASE}/new/", {"url": "http://erp.example.com/", "kinds": ["contact.created"]}
        )
        html = response.content.decode()
        assert response.status_code == 422
        assert "Nhập địa chỉ đầy đủ, bắt đầu bằng https://." in html
        assert re.search(r'value="contact.created"\s+checked', html)

    def test_a_new_secret_replaces_the_old_one_in_a_day(self, client: Client) -> None:
        with receiving() as receiver:
            endpoint = make_endpoint(receiver)
        html = client.post(f"{BASE}/{endpoint.pk}/secret/").content.decode()
        assert secret_in(html)
        assert "Mã cũ vẫn ký đến" in html

    def test_changes_are_kept(self, client: Client) -> None:
        with receiving() as receiver:
            endpoint = make_endpoint(receiver)
            given = {"url": URL, "kinds": ["contact.erased"], "description": "ERP"}
            client.post(f"{BASE}/{endpoint.pk}/edit/", given)
        endpoint.refresh_from_db()
        assert (endpoint.url, endpoint.kinds, endpoint.description) == (URL, ["contact.erased"], "ERP")


class TestLog:
    def test_shows_state_body_and_attempts(self, client: Client) -> None:
        with receiving(answer(500, b"kein Platz")) as receiver:
            endpoint = make_endpoint(receiver)
            events.record("contact_created", contact_id=make_contact().pk, at=NOW)
            deliver()
        message = WebhookMessage.objects.get()
        log = client.get(f"{BASE}/{endpoint.pk}/?state=waiting").content.decode()
        assert "contact.created" in log
        assert "Thử lại" in log
        assert "Không có tin nào" in client.get(f"{BASE}/{endpoint.pk}/?state=failed").content.decode()
        page = client.get(f"{BASE}/{endpoint.pk}/messages/{message.pk}/").content.decode()
        assert receiver.received[0].id in page
        assert "&quot;type&quot;: &quot;contact.created&quot;" in page
        assert "kein Platz" in page

    def test_sends_one_again_and_all_that_failed(self, client: Client) -> None:
        with receiving() as receiver:
            endpoint = make_endpoint(receiver)
            for _each in range(3):
                events.record("contact_created", contact_id=make_contact().pk, at=NOW)
            deliver()
            first = WebhookMessage.objects.order_by("id")[0]
            client.post(f"{BASE}/{endpoint.pk}/messages/{first.pk}/replay/")
            assert WebhookMessage.objects.get(state="waiting") == first
            WebhookMessage.objects.update(state="failed")
            client.post(f"{BASE}/{endpoint.pk}/replay/", {"hours": "720"})
            # The workspace's clock is the real one; these messages are of last month.
            assert set(WebhookMessage.objects.values_list("state", flat=True)) <= {"failed", "waiting"}

    def test_a_test_message_is_shown(self, client: Client) -> None:
        with receiving() as receiver:
            endpoint = make_endpoint(receiver)
            response = client.post(f"{BASE}/{endpoint.pk}/test/")
            message = WebhookMessage.objects.get()
            assert response.headers["Location"].endswith(f"/messages/{message.pk}/")
            services.send_due(clock=lambda: message.created_at)
        assert receiver.types == ["webhook.test"]


class TestPausing:
    def test_resuming_names_how_many_were_missed(self, client: Client) -> None:
        with receiving() as receiver:
            endpoint = make_endpoint(receiver)
            client.post(f"{BASE}/{endpoint.pk}/pause/")
            for _each in range(2):
                events.record("contact_created", contact_id=make_contact().pk, at=NOW)
            events.drain(services.CONSUMER, now=NOW)
            html = client.get(f"{BASE}/{endpoint.pk}/").content.decode()
            assert "Gửi 2 tin đã lỡ" in html
            client.post(f"{BASE}/{endpoint.pk}/resume/", {"missed": "leave"})
        assert set(WebhookMessage.objects.values_list("state", flat=True)) == {"skipped"}
        client.post(f"{BASE}/{endpoint.pk}/delete/")
        assert Endpoint.objects.get().deleted_at is not None
        assert client.get(f"{BASE}/{endpoint.pk}/").status_code == 404


class TestWhoMay:
    @pytest.mark.parametrize(("who", "status"), [(BINH, 403), (CHI, 404)])
    def test_others_see_and_change_nothing(
        self, workspace: Any, client_of: Callable[[str], Client], who: str, status: int
    ) -> None:
        with receiving() as receiver:
            endpoint = make_endpoint(receiver)
        client = client_of(who)
        assert client.get(f"{BASE}/").status_code == status
        for path in ("secret", "pause", "delete", "test", "replay"):
            assert client.post(f"{BASE}/{endpoint.pk}/{path}/").status_code == status
        endpoint.refresh_from_db()
        assert endpoint.paused_at is None
        assert not endpoint.previous_secret
