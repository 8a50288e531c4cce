"""What visitors do: visits, actions, and that nothing counts twice."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.cast import NOW

from quen.apps.website import queries, services
from quen.apps.website.models import Visitor, WebsiteAction, WebsiteSession
from quen.apps.website.rules.payload import campaign_of, page_of, read_batch
from quen.apps.website.tests.factories import LAN, MINH, SHOP, hit, make_settings, minutes, process, sent
from quen.apps.website.types import ActionKind, BadBatch

pytestmark = pytest.mark.usefixtures("workspace")


class TestVisits:
    def test_end_after_half_an_hour_without_anything(self) -> None:
        process(
            sent(hit(path="/?utm_source=zalo&utm_campaign=trung-thu", referrer="https://l.zalo.me/x?t=1")),
            sent(hit(path="/tra"), at=minutes(29)),
            sent(hit(path="/qua"), at=minutes(58)),
            sent(hit(path="/moi"), at=minutes(89)),
        )
        first, second = WebsiteSession.objects.order_by("began_at")
        assert (first.views, first.began_at, first.last_at) == (3, NOW, minutes(58))
        assert first.campaign == {"utm_source": "zalo", "utm_campaign": "trung-thu"}
        assert (first.referrer, first.landing_page) == ("l.zalo.me/x", "www.trasen.vn/")
        assert (second.views, second.began_at, second.campaign) == (1, minutes(89), {})

    def test_go_on_in_the_next_batch(self) -> None:
        process(sent(hit()))
        process(sent(hit(), at=minutes(10)))
        session = WebsiteSession.objects.get()
        assert (session.views, session.last_at) == (2, minutes(10))

    def test_belong_to_one_browser(self) -> None:
        process(sent(hit()), sent(hit(), visitor=MINH))
        assert WebsiteSession.objects.count() == Visitor.objects.count() == 2

    def test_an_event_happened_when_it_did_and_not_when_it_arrived(self) -> None:
        process(sent(hit(age=600), at=minutes(20)))
        assert WebsiteAction.objects.get().at == minutes(10)

    def test_a_clock_far_off_is_believed_for_a_day(self) -> None:
        process(sent(hit(age=10**9), hit(age=-50)))
        assert [each.at for each in WebsiteAction.objects.order_by("at")] == [NOW - timedelta(days=1), NOW]


class TestActions:
    def test_keep_codes_and_values(self) -> None:
        process(
            sent(
                hit("product", "/tra", code="TS-100", name="Trà sen", value=320000),
                hit("cart", value="640000", items=[{"code": "TS-100", "quantity": 2}, "x", {}]),
                hit("event", name="Xem video", data={"loai": "video", "rỗng": "", "ds": [1]}),
            )
        )
        product, cart, custom = WebsiteAction.objects.order_by("id")
        assert (product.kind, product.code, product.value) == (ActionKind.PRODUCT, "TS-100", Decimal(320000))
        assert cart.kind == ActionKind.CART
        assert cart.data == {"items": [{"code": "TS-100", "name": "", "quantity": 2}]}
        assert (custom.name, custom.data) == ("Xem video", {"loai": "video"})

    def test_sent_twice_count_once_in_one_batch_and_in_two(self) -> None:
        view = hit()
        process(sent(view, view), sent(view, at=minutes(1)))
        process(sent(view, at=minutes(2)))
        assert WebsiteAction.objects.count() == 1
        assert WebsiteSession.objects.get().views == 1

    def test_beginning_a_visit_is_no_action(self) -> None:
        process(sent(hit("start", "/?utm_source=zalo")))
        assert WebsiteAction.objects.count() == 0
        assert WebsiteSession.objects.get().campaign == {"utm_source": "zalo"}

    def test_the_test_page_is_noted_and_not_counted(self) -> None:
        make_settings()
        event = sent(hit())
        process(type(event)(event.id, event.at, event.body | {"test": True}))
        settings = queries.website_settings()
        assert (settings.tested_at, settings.received_at, Visitor.objects.count()) == (NOW, None, 0)
        process(sent(hit(), at=minutes(1)))
        assert queries.website_settings().received_at == minutes(1)


class TestWhatIsStoredOfAnAddress:
    @pytest.mark.parametrize(
        ("url", "page"),
        [
            (f"{SHOP}/tra-sen/?email=lan@khach.vn&p=12#quen=x", "www.trasen.vn/tra-sen?p=12"),
            (f"{SHOP}/khach/lan%40khach.vn/don", "www.trasen.vn/khach/…/don"),
            (f"{SHOP}/tr%C3%A0-sen", "www.trasen.vn/trà-sen"),
            ("https://lan:secret@www.trasen.vn:8443/", "www.trasen.vn:8443/"),
            ("javascript:alert(1)", ""),
            ("https://[", ""),
            (f"{SHOP}/?product_id=abc", "www.trasen.vn/"),
        ],
    )
    def test_is_free_of_what_could_name_a_person(self, url: str, page: str) -> None:
        assert page_of(url) == page

    def test_campaign_parameters_are_kept_apart(self) -> None:
        url = f"{SHOP}/?utm_source=mail&utm_campaign=lan@khach.vn&fbclid=1&utm_medium="
        assert campaign_of(url) == {"utm_source": "mail"}


class TestBodies:
    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b"{}",
            b'{"visitor": "short", "events": []}',
            b'{"visitor": 7, "events": []}',
            b'{"visitor": "lan-browser-0000000000000", "events": {}}',
            b"[" * 30_000,
            b'{"visitor": "lan-browser-0000000000000", "events": [' + b"1," * 60 + b"1]}",
        ],
    )
    def test_that_are_not_the_scripts_are_refused(self, body: bytes) -> None:
        with pytest.raises(BadBatch):
            read_batch(body)

    def test_events_that_cannot_be_understood_are_left_out(self) -> None:
        odd: list[Any] = [
            None,
            {},
            {"type": "view"},
            {"type": "view", "id": "x"},
            {"type": "drop", "id": "event-1000000"},
            {
                "type": "view",
                "id": "event-1000001",
                "url": 7,
                "title": "a\u0000b\ud800",
                "value": "NaN",
                "age": "x",
            },
            {"type": "cart", "id": "event-1000002", "value": 1e300, "items": "none", "data": [1]},
        ]
        events = read_batch(json.dumps({"visitor": LAN, "events": odd}).encode())["events"]
        assert events == [
            {"id": "event-1000001", "type": "view", "title": "ab"},
            {"id": "event-1000002", "type": "cart"},
        ]
        process(sent(*odd))
        assert WebsiteAction.objects.count() == 2

    def test_numbers_that_no_column_holds_are_left_out(self) -> None:
        data = '{"a": 1e999, "b": -1e999, "c": NaN, "d": 2.5, "e": "x"}'
        body = (
            f'{{"visitor": "{LAN}", "events": [{{"id": "event-1000001", "type": "event", "data": {data}}}]}}'
        )
        (event,) = read_batch(body.encode())["events"]
        assert event["data"] == {"d": 2.5, "e": "x"}


class TestRetention:
    def test_visits_end_with_it_and_later_ones_stay(self) -> None:
        make_settings(retention_days=30)
        process(sent(hit()), sent(hit("identify", email="ai@do.vn"), visitor=MINH))
        process(sent(hit(), visitor=MINH, at=NOW + timedelta(days=20)))
        assert services.delete_expired(now=NOW + timedelta(days=29)) == 0
        assert services.delete_expired(now=NOW + timedelta(days=31)) == 1
        assert [visitor.token for visitor in Visitor.objects.all()] == [MINH]
        assert WebsiteSession.objects.count() == WebsiteAction.objects.count() == 1
        services.delete_expired(now=NOW + timedelta(days=51))
        assert Visitor.objects.count() == WebsiteSession.objects.count() == 0


class TestReport:
    def test_counts_by_local_day(self) -> None:
        late = NOW.replace(hour=16, minute=50)  # 23:50 in Việt Nam
        process(
            sent(hit(path="/a"), at=late), sent(hit(path="/a"), visitor=MINH, at=late + timedelta(hours=1))
        )
        since, until = NOW - timedelta(days=1), NOW + timedelta(days=2)
        days = queries.visits_by_day(since=since, until=until, zone="Asia/Ho_Chi_Minh")
        assert [(each.day.day, each.visitors, each.sessions, each.known) for each in days] == [
            (14, 1, 1, 0),
            (15, 1, 1, 0),
        ]
        assert queries.totals(since=since, until=until) == (2, 0, 2, 2)
        assert queries.top_pages(since=since, until=until)[0][:1] == ("www.trasen.vn/a",)
