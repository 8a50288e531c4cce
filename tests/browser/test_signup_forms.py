"""A sign-up form in Chromium: on a page of another host under strict rules, as a pop-up, and in the editor."""

from __future__ import annotations

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
from tests.browser.conftest import PHONE, Site
from tests.cast import TRA_SEN
from tests.patience import PATIENCE_MS, PATIENCE_SECONDS

_SHOP = f"""
import django
django.setup()
from quen.core import clock, schemas
from quen.core.actors import SYSTEM
from quen.apps.accounts import queries as accounts
from quen.apps.signup import queries
from quen.apps.signup.tests.factories import make_form
workspace = accounts.get_workspace("{TRA_SEN}")
with schemas.use(workspace.schema_name):
    form = make_form(double_opt_in=True, amount=0, title={{"vi": "Ghé tiệm, nhận quà"}})
    print(form.pk, queries.form_url(workspace, form))
"""
_READ = f"""
import django
django.setup()
from quen.core import schemas
from quen.apps.accounts import queries as accounts
from quen.apps.signup.models import Submission
from quen.apps.signup import queries
workspace = accounts.get_workspace("{TRA_SEN}")
with schemas.use(workspace.schema_name):
    for each in Submission.objects.order_by("id"):
        print(each.phone, each.state, each.way, each.page, each.confirmed_at is not None,
              queries.confirmation_url(workspace, each), sep="|")
"""


def run(site: Site, code: str) -> list[str]:
    """Run a script beside the site; return its lines."""
    made = subprocess.run(
        [sys.executable, "-c", code], env=site.environment, check=True, capture_output=True, text=True
    )
    return made.stdout.strip().splitlines()


@pytest.fixture(scope="module")
def form(site: Site) -> tuple[str, str]:
    """A published form: its id and its public address."""
    number, url = run(site, _SHOP)[-1].split(" ")
    return number, url


@pytest.fixture(scope="module")
def shop(site: Site, form: tuple[str, str]) -> Iterator[str]:
    """A shop's own website on another origin: one script of ours, and no other script, style or frame is allowed."""
    token = urlsplit(form[1]).path.split("/")[2]

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            extra = " data-popup" if "popup" in self.path else ""
            script = f'<script async src="{site.url}/f/{token}/embed.js"{extra}></script>'
            plain = f'<form action="{site.url}/f/{token}/" method="post"><input name="full_name" aria-label="Tên">'
            plain += '<input name="phone" aria-label="Số"><input type="hidden" name="way" value="html">'
            plain += "<button>Gửi thẳng</button></form>"
            body = f'<!DOCTYPE html><html lang="vi"><title>Mộc Sen</title><h1>Mộc Sen</h1>{script}'
            body += plain if "plain" in self.path else ""
            self.send_response(200)
            self.send_header("content-type", "text/html; charset=utf-8")
            self.send_header(
                "content-security-policy",
                f"default-src 'none'; script-src {site.url}; frame-src {site.url}; form-action {site.url}",
            )
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


def sent(site: Site, phone: str) -> list[str]:
    """Return the submission with a phone number, once it is processed."""
    found: list[list[str]] = []

    def arrived() -> bool:
        found[:] = [line.split("|") for line in run(site, _READ) if line.startswith(phone)]
        return bool(found)

    assert wait_until(arrived, PATIENCE_SECONDS)
    return found[0]


def test_embedded_on_another_host_under_strict_rules(page: Any, site: Site, shop: str) -> None:
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{shop}/qua-tang?utm_source=fb&ten=lan")
    frame = page.frame_locator("iframe")
    frame.get_by_label("Họ và tên").fill("Lê Thị Hoài An")
    frame.get_by_label("Số điện thoại").fill("0905 774 21")
    frame.get_by_role("textbox", name="Email").fill("an@thu.vn")
    # What is wrong is said on leaving the field.
    frame.get_by_text("Còn thiếu số").wait_for()
    frame.get_by_label("Số điện thoại").fill("0905 774 211")
    # It goes as soon as it is right, so that nothing moves under the next press.
    frame.get_by_text("Còn thiếu số").wait_for(state="hidden")
    frame.get_by_role("checkbox", name="Gửi tôi email").check()
    frame.get_by_role("button").click()
    frame.get_by_text("Mở thư để xác nhận.").wait_for()
    expect(frame.get_by_role("button", name="Gửi lại")).to_be_disabled()
    _phone, state, way, where, _confirmed, _link = sent(site, "+84905774211")
    # The page's query, which may name a person, is not kept.
    assert (state, way, where) == ("received", "embed", f"{shop}/qua-tang")


def test_as_a_pop_up_that_does_not_come_back(page: Any, shop: str) -> None:
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{shop}/popup")
    page.frame_locator("iframe").get_by_label("Họ và tên").wait_for()
    page.get_by_role("button", name="Đóng").click()
    expect(page.locator("iframe")).to_have_count(0)
    page.goto(f"{shop}/popup?again")
    page.get_by_role("heading", name="Mộc Sen").wait_for()
    page.wait_for_load_state("networkidle")
    assert page.locator("iframe").count() == 0


def test_plain_html_of_another_host(page: Any, site: Site, shop: str) -> None:
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{shop}/plain")
    page.get_by_label("Tên", exact=True).fill("Trần Minh")
    page.get_by_label("Số", exact=True).fill("0905774299")
    page.get_by_role("button", name="Gửi thẳng").click()
    page.get_by_text("Cảm ơn bạn.").wait_for()
    assert sent(site, "+84905774299")[1:3] == ["received", "html"]


def test_without_javascript_on_a_phone(browser: Any, site: Site, form: tuple[str, str]) -> None:
    context = browser.new_context(java_script_enabled=False, viewport=PHONE, locale="vi-VN")
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(form[1])
    page.get_by_label("Số điện thoại").fill("0905 774 222")
    page.get_by_role("button").click()
    page.get_by_text("Bạn điền giúp ô này nhé.").wait_for()
    assert page.get_by_label("Số điện thoại").input_value() == "0905 774 222"
    page.get_by_label("Họ và tên").fill("Phạm Bình")
    page.get_by_role("button").click()
    page.get_by_text("Cảm ơn bạn.").wait_for()
    assert sent(site, "+84905774222")[1] == "received"
    context.close()


def test_scanners_that_run_scripts_confirm_nothing(clean_page: Any, site: Site) -> None:
    link = sent(site, "+84905774211")[5]
    page = clean_page
    for _ in range(5):
        page.goto(link)
        page.get_by_role("button", name="Đúng, là tôi").wait_for()
        page.wait_for_load_state("networkidle")
    assert page_errors(page) == []
    assert sent(site, "+84905774211")[4] == "False"
    page.get_by_role("button", name="Đúng, là tôi").click()
    page.get_by_text("Email của bạn đã được xác nhận.").wait_for()
    assert sent(site, "+84905774211")[4] == "True"


def test_the_page_itself_has_no_fault(clean_page: Any, form: tuple[str, str]) -> None:
    page = clean_page
    for size in (PHONE, {"width": 1440, "height": 900}):
        page.set_viewport_size(size)
        page.goto(form[1])
        page.get_by_role("heading", name="Ghé tiệm, nhận quà").wait_for()
        assert page_errors(page) == []


def test_the_editor_has_one_selection_and_saves_itself(
    signed_in: Any, site: Site, form: tuple[str, str]
) -> None:
    page = signed_in
    page.goto(site.path(f"forms/{form[0]}/"))
    preview = page.frame_locator("[data-preview-frame]")
    preview.get_by_label("Số điện thoại").click()
    page.get_by_role("complementary", name="Thiết lập").get_by_role(
        "heading", name="Số điện thoại"
    ).wait_for()
    assert page_errors(page) == []
    name = page.get_by_role("textbox", name="Tên trường")
    name.fill("Số di động")
    preview.get_by_text("Số di động").wait_for()
    chosen = page.get_by_role("link", name="Số di động")
    chosen.focus()
    chosen.press("Alt+ArrowUp")
    expect(page.locator("[data-part]").first).to_contain_text("Số di động")
    page.locator("[data-part][aria-current]").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.get_by_role("complementary", name="Thiết lập").get_by_role("heading", name="Họ và tên").wait_for()
    page.get_by_role("button", name="Đăng thay đổi").click()
    page.get_by_role("region", name="Thông báo").get_by_text("Đã đăng. Khách thấy ngay bây giờ.").wait_for()
    assert page_errors(page) == []
