"""The website script in Chromium, on a shop's page of another origin with a strict content security policy."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from quen.core.postgres.processes import wait_until
from tests.browser.accessibility import page_errors
from tests.browser.conftest import PHONE, WIDE, Site, settle, sign_in
from tests.browser.walkthrough import rows
from tests.patience import PATIENCE_SECONDS

SETUP = """
import django, json, sys
django.setup()
from quen.core import clock, schemas
from quen.core.actors import SYSTEM
from quen.apps.accounts import queries
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.delivery.services import tracking
from quen.apps.delivery.tests.engagement_factories import make_active_dispatch, make_sent_message
from quen.apps.website import services
from quen.apps.website.tests.factories import make_settings
shop = queries.get_workspace("tra-sen")
with schemas.use(shop.schema_name):
    make_settings(origins=(sys.argv[1],), privacy_url=sys.argv[1] + "/rieng-tu")
    lan = make_contact(full_name="Lan", email="lan@khach.vn")
    message = make_sent_message(make_active_dispatch(), contact_id=lan.pk, sent_at=clock.now())
    tracker = tracking.tracker(shop.pk)
    link = tracker.click_url(tracker.token(message.pk), sys.argv[1] + "/qua?utm_source=mail")
    print(json.dumps({"key": services.public_key(shop.pk), "lan": lan.pk, "link": link}))
"""
SCRIPT_ON = '<!doctype html><html lang="{language}"><head><title>Trà Sen {path}</title>{script}</head>'
BODY = (
    '<body><main><h1>Trà Sen</h1><p><a href="#" data-quen-consent>Quyền riêng tư</a></p>'
    '<div data-quen-product="TS-100" data-quen-name="Trà sen" data-quen-price="320000"></div></main></body></html>'
)


class ShopWebsite:
    """The shop's website and what it was asked for."""

    def __init__(self, site: Site) -> None:
        self.site, self.script, self.policy, self.language = site, "", "", "vi"
        self.asked: list[tuple[str, str]] = []
        pages = self

        class Pages(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                pages.asked.append((self.path, self.headers.get("Referer", "")))
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Security-Policy", pages.policy)
                self.end_headers()
                body = BODY.replace("data-quen-product", "data-x") if "/tra" not in self.path else BODY
                head = SCRIPT_ON.format(language=pages.language, path=self.path, script=pages.script)
                self.wfile.write((head + body).encode())

            def log_message(self, *_words: object) -> None:
                """Log nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        given = subprocess.run(
            [sys.executable, "-c", SETUP, self.url],
            env=site.environment,
            check=True,
            capture_output=True,
            text=True,
        )
        found = json.loads(given.stdout)
        self.key, self.lan, self.link = found["key"], found["lan"], found["link"]
        self.script = f'<script async src="{site.url}/quen.js?k={self.key}"></script>'
        # Nothing but the script and its requests: no inline style, no eval, no HTML from text.
        self.policy = (
            f"default-src 'none'; script-src {site.url}; connect-src {site.url};"
            " require-trusted-types-for 'script'; trusted-types 'none'; base-uri 'none'"
        )

    def views(self) -> int:
        """Return how many page views are stored, once everything received is processed."""
        assert wait_until(
            lambda: rows(self.site, "SELECT count(*) FROM ingest_rawevent") == [(0,)], PATIENCE_SECONDS
        )
        return int(rows(self.site, "SELECT count(*) FROM website_websiteaction WHERE kind = 1")[0][0])


@pytest.fixture(scope="module")
def shop(site: Site) -> Iterator[ShopWebsite]:
    """The shop's website with the script on it."""
    made = ShopWebsite(site)
    thread = threading.Thread(target=made.server.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        thread.join()


class BrowserVisit:
    """A browser on the shop's pages, which notes what it sends and what goes wrong."""

    def __init__(self, context: Any, shop: ShopWebsite) -> None:
        self.page, self.shop = context.new_page(), shop
        self.sent: list[Any] = []
        self.errors: list[str] = []
        self.page.on("request", self._sent)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._said)

    def _sent(self, request: Any) -> None:
        if "/q/" in request.url:
            self.sent.append(request)

    def _said(self, message: Any) -> None:
        if message.type == "error":
            self.errors.append(message.text)

    def open(self, path: str) -> BrowserVisit:
        """Open a page and wait for the script."""
        self.page.goto(f"{self.shop.url}{path}" if path.startswith("/") else path)
        assert wait_until(lambda: bool(self.page.evaluate("Boolean(window.quen)")), PATIENCE_SECONDS)
        self.page.wait_for_load_state("networkidle")
        return self

    @property
    def banner(self) -> Any:
        """The banner's region."""
        return self.page.get_by_role("region", name="Xin phép đo lượt xem")

    def press(self, text: str) -> None:
        """Answer the banner and wait until what follows was sent."""
        self.banner.get_by_role("button", name=text).click()
        expect(self.banner).to_have_count(0)
        self.page.wait_for_load_state("networkidle")

    def stored(self) -> dict[str, Any]:
        """Return everything the browser stores for the shop's website."""
        text = self.page.evaluate(
            "JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie, location.hash])"
        )
        local, session, cookie, fragment = json.loads(text)
        assert (session, cookie, fragment) == ({}, "", "")
        return {key: json.loads(value) for key, value in local.items()}

    def acknowledged(self) -> int:
        """Return how many requests were sent; all whose answer the page saw were accepted."""
        answers = {response.status for request in self.sent if (response := request.response())}
        assert answers <= {204}
        return len(self.sent)


@pytest.fixture
def visit(context: Any, shop: ShopWebsite) -> Iterator[BrowserVisit]:
    """A browser that has never been on the website; nothing may go wrong in it."""
    made = BrowserVisit(context, shop)
    yield made
    assert made.errors == []


def test_nothing_before_yes_and_nothing_after_no(visit: BrowserVisit, shop: ShopWebsite) -> None:
    before = shop.views()
    # Undecided.
    visit.open("/?utm_source=zalo")
    expect(visit.banner).to_be_visible()
    assert (visit.sent, visit.stored()) == ([], {})
    visit.page.evaluate("quen.event('Sớm quá'); quen.product({code: 'X'}); quen.identify({email: 'a@b.vn'})")
    visit.page.evaluate("history.pushState(null, '', '/khac')")
    # No: only the answer is stored.
    visit.press("Không")
    assert [(each["yes"], "visitor" in each) for each in visit.stored().values()] == [(False, False)]
    for number in range(5):
        visit.open(f"/trang-{number}")
        expect(visit.banner).to_have_count(0)
    assert visit.sent == []
    # Yes, and two pages.
    visit.page.get_by_text("Quyền riêng tư").click()
    visit.press("Đồng ý")
    visit.open("/mot").open("/hai")
    assert visit.acknowledged() >= 2
    assert shop.views() == before + 2
    pages = rows(shop.site, "SELECT page FROM website_websiteaction WHERE kind = 1 ORDER BY id DESC LIMIT 2")
    assert [page.partition("/")[2] for (page,) in pages] == ["hai", "mot"]
    sent = "".join(request.post_data for request in visit.sent)
    assert "Sớm quá" not in sent and "a@b.vn" not in sent and "trang-" not in sent.replace("trang-4", "")


def test_withdrawing_in_one_tab_stops_the_others(
    visit: BrowserVisit, shop: ShopWebsite, context: Any
) -> None:
    visit.open("/").press("Đồng ý")
    other = BrowserVisit(context, shop).open("/khac")
    assert other.acknowledged() == 1
    mark = other.page.evaluate("quen.visitor()")
    visit.page.get_by_text("Quyền riêng tư").click()
    visit.press("Không")
    assert mark and other.page.evaluate("quen.visitor()") is None
    other.page.evaluate("history.pushState(null, '', '/mot'); quen.event('Thử')")
    other.open("/hai")
    assert len(other.sent) == 1
    assert mark not in json.dumps(other.stored())


def test_pages_of_an_app_products_and_further_events(visit: BrowserVisit, shop: ShopWebsite) -> None:
    visit.open("/").press("Đồng ý")
    before = shop.views()
    visit.open("/tra-sen?email=lan@khach.vn&p=3#x")
    visit.page.evaluate("history.replaceState(null, '', '/tra-sen')")
    visit.page.evaluate("history.pushState(null, '', '/gio-hang')")
    assert wait_until(lambda: shop.views() == before + 2, PATIENCE_SECONDS)
    visit.page.evaluate(
        "quen.cart({value: 640000, items: [{code: 'TS-100', quantity: 2}]}); quen.event('Xem video', {loai: 'pha trà'})"
    )
    visit.page.wait_for_load_state("networkidle")
    visit.page.go_back()
    assert wait_until(lambda: shop.views() == before + 3, PATIENCE_SECONDS)
    visitor = visit.page.evaluate("quen.visitor()")
    done = rows(
        shop.site,
        "SELECT a.kind, a.page, a.code, a.name FROM website_websiteaction a"
        " JOIN website_visitor v ON v.id = a.visitor_id WHERE v.token = %s ORDER BY a.id",
        visitor,
    )
    host = urlsplit(shop.url).netloc
    assert done == [
        (1, f"{host}/tra-sen?p=3", "", ""),
        (2, f"{host}/tra-sen?p=3", "TS-100", "Trà sen"),
        (1, f"{host}/gio-hang", "", ""),
        (3, f"{host}/gio-hang", "", ""),
        (4, f"{host}/gio-hang", "", "Xem video"),
        (1, f"{host}/tra-sen", "", ""),
    ]


def test_what_waits_is_sent_when_the_page_goes_and_counts_once(
    visit: BrowserVisit, shop: ShopWebsite
) -> None:
    visit.open("/").press("Đồng ý")
    before = shop.views()
    # The collector cannot be reached at first: the page keeps what it has.
    visit.page.route("**/q/**", lambda route: route.abort())
    visit.open("/mot")
    visit.page.unroute("**/q/**")
    visit.page.evaluate("quen.event('Còn đây')")
    visit.page.wait_for_load_state("networkidle")
    visit.open("/hai")
    assert shop.views() == before + 2
    visit.errors.clear()


def test_signing_out_begins_another_visitor(visit: BrowserVisit) -> None:
    visit.open("/").press("Đồng ý")
    first = visit.page.evaluate("quen.visitor()")
    visit.page.evaluate("quen.reset()")
    second = visit.page.evaluate("quen.visitor()")
    assert first and second and first != second
    assert visit.open("/mot").page.evaluate("quen.visitor()") == second


def test_a_shop_with_its_own_banner_answers_by_itself(visit: BrowserVisit, shop: ShopWebsite) -> None:
    visit.open("/")
    visit.page.evaluate("document.addEventListener('quen:consent', event => document.title = event.detail)")
    assert visit.page.evaluate("quen.consent()") is None
    assert visit.page.evaluate("quen.consent(true)") is True
    expect(visit.banner).to_have_count(0)
    expect(visit.page).to_have_title("true")
    assert visit.page.evaluate("quen.consent(false)") is False


def test_the_link_of_a_message_leaves_no_mark_and_names_the_first_browser(
    visit: BrowserVisit, shop: ShopWebsite, browser: Any
) -> None:
    known = "SELECT contact_id FROM website_visitor WHERE token = %s"
    visit.open(shop.link)
    assert visit.page.url == f"{shop.url}/qua?utm_source=mail"
    assert (visit.sent, visit.stored()) == ([], {})
    visit.press("Đồng ý")
    visit.open("/mot")
    lan = visit.page.evaluate("quen.visitor()")
    shop.views()
    assert rows(shop.site, known, lan) == [(shop.lan,)]
    # Minh opens the visible address, then the raw link, in a browser of his own.
    elsewhere = browser.new_context(locale="vi-VN")
    minh = BrowserVisit(elsewhere, shop).open(f"{shop.url}/qua?utm_source=mail")
    minh.press("Đồng ý")
    minh.open(shop.link)
    minh.page.wait_for_load_state("networkidle")
    shop.views()
    assert rows(shop.site, known, minh.page.evaluate("quen.visitor()")) == [(None,)]
    elsewhere.close()
    # Neither the shop's own server nor what is stored saw the mark.
    asked = json.dumps(shop.asked)
    kept = rows(shop.site, "SELECT string_agg(a::text, ' ') FROM website_websiteaction a")[0][0]
    assert "quen=" not in asked + kept and "/c/" not in asked
    views = rows(
        shop.site,
        "SELECT count(*) FROM events_event WHERE contact_id = %s AND kind = 1400",
        shop.lan,
    )
    assert views == [(1,)]


@pytest.mark.parametrize(
    ("language", "name", "yes"), [("vi", "Xin phép", "Đồng ý"), ("en", "Consent", "Yes")]
)
def test_the_banner_is_accessible_in_both_languages(
    visit: BrowserVisit, shop: ShopWebsite, language: str, name: str, yes: str
) -> None:
    shop.language = language
    try:
        for size in (PHONE, WIDE):
            visit.page.set_viewport_size(size)
            visit.open("/")
            banner = visit.page.get_by_role("region", name=name)
            expect(banner).to_be_in_viewport(ratio=1)
            assert page_errors(visit.page, wait=False) == []
        # By keyboard: the banner is the first thing of the page.
        reached = []
        for _tab in range(3):
            visit.page.keyboard.press("Tab")
            reached.append(
                visit.page.evaluate("document.activeElement.shadowRoot?.activeElement?.textContent")
            )
        assert reached[-1] == yes
        visit.page.keyboard.press("Enter")
        expect(banner).to_have_count(0)
        assert visit.page.evaluate("quen.consent()") is True
    finally:
        shop.language = "vi"


def test_the_pages_of_quen_are_accessible_and_the_test_page_shows_what_arrived(
    clean_page: Any, shop: ShopWebsite, site: Site
) -> None:
    page = clean_page
    sign_in(page, site)
    errors = []
    for path in ("website/", "website/settings/", "website/settings/test/", f"website/contacts/{shop.lan}/"):
        for size in (PHONE, WIDE):
            page.set_viewport_size(size)
            page.goto(site.path(path))
            errors += [f"{path}: {error}" for error in page_errors(page)]
    assert "\n".join(errors) == ""
    before = shop.views()
    page.goto(site.path("website/settings/test/"))
    page.get_by_role("region", name="Xin phép").get_by_role("button", name="Đồng ý").click()
    expect(page.get_by_text("Từ trang thử")).to_be_visible()
    page.get_by_role("link", name="Tải lại").click()
    settle(page)
    assert shop.views() == before
