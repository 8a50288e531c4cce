"""The pages: settings with the line to paste, the secret, the report, the panel of a customer; other systems."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.cast import AN, BINH, TRA_SEN

from quen.apps.api.tests.factories import ApiClient, make_key
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.ingest import services as ingest
from quen.apps.website import queries, services
from quen.apps.website.models import Visitor, WebsiteAction, WebsiteSettings
from quen.apps.website.services.settings import contrast, read_origins
from quen.apps.website.tests.factories import LAN, MINH, events_of, hit, make_settings, process, sent
from quen.apps.website.types import LowContrast, TooManyOrigins, UnreadableOrigin, WebsiteScope
from quen.core import clock
from quen.core.actors import SYSTEM

pytestmark = pytest.mark.usefixtures("workspace")
HERE = f"/w/{TRA_SEN}/website/"


@pytest.fixture
def an_client(workspace: Any, client_of: Callable[[str], Client]) -> Client:
    """An's browser."""
    return client_of(AN)


def body(response: Any) -> str:
    return str(response.content.decode())


def posted(**changes: Any) -> dict[str, Any]:
    """Return the form of the settings."""
    texts = {f"{name}_{language}": f"{name}" for name in ("text", "yes", "no") for language in ("vi", "en")}
    colours = {"background": "#ffffff", "text_colour": "#000000", "button": "#0f5c4a"}
    return {
        "enabled": "on",
        "banner": "on",
        "origins": "trasen.vn",
        "retention_days": "30",
        "privacy_url": "",
    } | {
        **texts,
        **colours,
        **changes,
    }


class TestSettings:
    def test_saves_and_shows_the_line_to_paste(self, an_client: Client, workspace: Any) -> None:
        assert an_client.post(f"{HERE}settings/", posted()).status_code == 302
        settings = queries.website_settings()
        assert settings.origins == ["https://trasen.vn", "https://www.trasen.vn"]
        assert (settings.enabled, settings.retention_days, settings.texts["vi"]) == (
            True,
            30,
            ["text", "yes", "no"],
        )
        page = body(an_client.get(f"{HERE}settings/"))
        # As text; the page itself does not run it.
        assert f"/quen.js?k={services.public_key(workspace.pk)}&quot;&gt;&lt;/script&gt;" in page
        assert "<script async" not in page
        assert "Chưa nhận được gì từ website" in page
        process(sent(hit()))
        assert "Lần cuối nhận được" in body(an_client.get(f"{HERE}settings/received/"))

    @pytest.mark.parametrize(
        ("changes", "words"),
        [
            ({"origins": "trasen"}, "không phải địa chỉ website"),
            ({"text_colour": "#dddddd"}, "khó đọc"),
            ({"button": "đỏ"}, "#0f5c4a"),
            ({"text_en": ""}, "Bạn cần điền"),
            ({"retention_days": "9999"}, ""),
        ],
    )
    def test_refuses_what_cannot_be(self, an_client: Client, changes: dict[str, str], words: str) -> None:
        response = an_client.post(f"{HERE}settings/", posted(**changes))
        assert response.status_code == 422
        assert words in body(response) or words == "Bạn cần điền"
        assert not WebsiteSettings.objects.exists()

    def test_the_secret_is_shown_once_and_not_stored_as_it_is(self, an_client: Client) -> None:
        response = an_client.post(f"{HERE}settings/secret/")
        secret = queries.secret(queries.website_settings())
        assert secret in body(response) and response["Cache-Control"] == "no-store"
        assert secret not in body(an_client.get(f"{HERE}settings/"))
        assert secret not in WebsiteSettings.objects.get().secret

    def test_who_may_only_read_does_not_set_it_up(self, client_of: Callable[[str], Client]) -> None:
        binh = client_of(BINH)
        assert binh.get(HERE).status_code == 200
        for path in ("settings/", "settings/test/", "settings/received/"):
            assert binh.get(f"{HERE}{path}").status_code == 403
        assert binh.post(f"{HERE}settings/secret/").status_code == 403


class TestOrigins:
    @pytest.mark.parametrize(
        ("typed", "stored"),
        [
            ("trasen.vn", ["https://trasen.vn", "https://www.trasen.vn"]),
            ("www.trasen.vn/", ["https://www.trasen.vn", "https://trasen.vn"]),
            ("https://TraSen.vn/cua-hang", ["https://trasen.vn"]),
            ("http://trasen.vn:80", ["http://trasen.vn"]),
            ("shop.trasen.vn", ["https://shop.trasen.vn"]),
            ("localhost:3000", ["http://localhost:3000"]),
            ("trà.vn", ["https://xn--tr-kia.vn", "https://www.xn--tr-kia.vn"]),
        ],
    )
    def test_are_kept_as_browsers_send_them(self, typed: str, stored: list[str]) -> None:
        assert read_origins([typed, "", typed]) == stored

    @pytest.mark.parametrize(
        "typed", ["trasen", "ftp://trasen.vn", "https://", "a b.vn", "*.trasen.vn", "javascript:1"]
    )
    def test_what_is_no_website_is_refused(self, typed: str) -> None:
        with pytest.raises(UnreadableOrigin):
            read_origins([typed])

    def test_limits(self) -> None:
        with pytest.raises(TooManyOrigins):
            make_settings(origins=tuple(f"https://a{number}.vn" for number in range(21)))
        with pytest.raises(LowContrast):
            make_settings(background="#ffffff", text_colour="#999999")
        assert round(contrast("#000000", "#ffffff")) == 21


class TestReport:
    def test_says_how_to_begin_and_then_counts(self, an_client: Client) -> None:
        assert "Dán một dòng vào website" in body(an_client.get(HERE))
        make_settings()
        now = clock.now()
        contact = make_contact()
        process(
            sent(hit(path="/tra", title="Trà sen"), hit("product", code="TS-1", name="Trà"), at=now),
            sent(
                hit(path="/tra?utm_source=zalo", title="Trà sen"), visitor=MINH, at=now - timedelta(minutes=5)
            ),
            now=now,
        )
        services.identify(LAN, contact.pk, now)
        page = body(an_client.get(f"{HERE}?days=30"))
        for words in ("www.trasen.vn/tra", "Trà sen", "TS-1", "zalo", "Vào thẳng", "50"):
            assert words in page
        # Nobody is named.
        assert contact.full_name not in page and MINH not in page

    def test_takes_few_queries_whatever_the_traffic(
        self, an_client: Client, django_assert_max_num_queries: Any
    ) -> None:
        process(*(sent(hit(path=f"/{number}"), visitor=f"visitor-{number:016d}") for number in range(30)))
        an_client.get(HERE)
        with django_assert_max_num_queries(22):
            an_client.get(HERE)


class TestPanel:
    def test_shows_visits_with_pages(self, an_client: Client) -> None:
        contact = make_contact(email="lan@khach.vn")
        url = f"{HERE}contacts/{contact.pk}/"
        assert "Không ghé trong 90 ngày qua" in body(an_client.get(url))
        now = clock.now()
        process(
            sent(hit(path="/tra", title="Trà sen Tây Hồ", referrer="https://l.zalo.me/"), at=now),
            sent(hit("identify", email="lan@khach.vn"), visitor=MINH, at=now),
        )
        services.identify(LAN, contact.pk, clock.now())
        page = body(an_client.get(url))
        assert "Trà sen Tây Hồ" in page and "l.zalo.me" in page and "Chrome trên Android" in page
        assert "1 khách ghé đã gõ email hoặc số điện thoại" in page
        timeline = body(an_client.get(f"/w/{TRA_SEN}/contacts/{contact.pk}/timeline/"))
        assert "Xem trang" in timeline and "Trà sen Tây Hồ" in timeline


class TestOtherSystems:
    def test_tell_events_and_who_it_is(self, workspace: Any) -> None:
        call = ApiClient(make_key(scopes=[WebsiteScope.WRITE]))
        cart = {
            "id": "cart-0001",
            "type": "cart",
            "value": "640000",
            "items": [{"code": "TS-1", "quantity": 2}],
        }
        answer = call.post("website/events", {"visitor": LAN, "events": [cart, cart]})
        assert answer.json() == {"accepted": 2}
        ingest.process(workspace_id=workspace.pk, now=clock.now())
        assert WebsiteAction.objects.get().data["items"][0]["code"] == "TS-1"
        contact = make_contact()
        answer = call.put(f"website/visitors/{LAN}/contact", {"contact_id": contact.pk})
        assert answer.json() == {"visitor": LAN, "contact_id": contact.pk}
        (updated,) = events_of(contact.pk, "cart_updated")
        assert updated.data == {"items": [{"code": "TS-1", "name": "", "quantity": 2}]}
        assert Visitor.objects.get().known_by == "api"

    def test_refusals_name_what_is_wrong(self, workspace: Any) -> None:
        call = ApiClient(make_key(scopes=[WebsiteScope.WRITE]))
        assert call.post("website/events", {"visitor": "x", "events": []}).status_code == 422
        assert call.put(f"website/visitors/{LAN}/contact", {"contact_id": 10**9}).json()["contact_id"] is None
        assert services.join_signed_claims(now=clock.now()) == 0
        assert SYSTEM.is_system
