"""Webhooks in Chromium: an endpoint is made, a message arrives at a real receiver and in the log; both widths, axe."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect
from standardwebhooks import Webhook

from quen.apps.webhooks.tests.receivers import Receiver, answer, receiving
from tests.browser.accessibility import expect_accessible
from tests.browser.conftest import Site, sign_in

SHOTS = os.environ.get("QUEN_SHOTS", "")
LAN = """
import django
django.setup()
from quen.core import clock, schemas
from quen.core.actors import Actor
from quen.apps.accounts import queries
from quen.apps.contacts import services
workspace = queries.get_workspace("tra-sen")
with schemas.use(workspace.schema_name):
    values = {"full_name": "Nguyễn Thị Lan", "phone": "0901234567"}
    actor = Actor.member(1, "Nguyễn Hoài An")
    services.create_contact(workspace=workspace, values=values, actor=actor, now=clock.now())
"""


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    """Another system, which the operator of the site named."""
    before = os.environ.get("QUEN_HTTP_ALLOWED")
    with receiving() as running:
        os.environ["QUEN_HTTP_ALLOWED"] = f"127.0.0.1:{running.port}"
        try:
            yield running
        finally:
            os.environ.pop("QUEN_HTTP_ALLOWED")
            if before is not None:
                os.environ["QUEN_HTTP_ALLOWED"] = before


def look(page: Any, name: str) -> None:
    """Check the page at both widths. With QUEN_SHOTS, pictures of both are kept in that folder."""
    expect_accessible(page)
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}-wide.png", full_page=True)
        page.set_viewport_size({"width": 390, "height": 844})
        page.screenshot(path=f"{SHOTS}/{name}-phone.png", full_page=True)
        page.set_viewport_size({"width": 1440, "height": 900})


def test_a_message_arrives_signed_and_is_sent_again(receiver: Receiver, clean_page: Any, site: Site) -> None:
    page = clean_page
    sign_in(page, site)
    page.goto(site.path("webhooks/"))
    look(page, "empty")
    page.get_by_role("link", name="Thêm địa chỉ nhận").click()
    page.get_by_label("Địa chỉ", exact=True).fill("http://example.com/")
    page.get_by_role("button", name="Thêm địa chỉ nhận").click()
    expect(page.get_by_text("Nhập địa chỉ đầy đủ, bắt đầu bằng https://.")).to_be_visible()
    look(page, "form")
    page.get_by_label("Địa chỉ", exact=True).fill(receiver.url)
    page.get_by_label("Mô tả").fill("Phần mềm kho")
    page.get_by_label("Có khách mới").check()
    page.get_by_label("Thông tin khách thay đổi").check()
    page.get_by_role("button", name="Thêm địa chỉ nhận").click()
    secret = page.locator("[data-secret]").inner_text()
    look(page, "secret")
    page.get_by_role("link", name="Tôi đã chép").click()
    subprocess.run([sys.executable, "-c", LAN], env=site.environment, check=True)
    log = page.locator("#log")
    expect(log.get_by_text("contact.created")).to_be_visible()
    arrived = log.locator("tbody").get_by_text("Đã đến")
    expect(arrived).to_have_count(1)
    (message,) = receiver.received
    assert Webhook(secret).verify(message.body, message.headers)["data"]["by"]["name"] == "Nguyễn Hoài An"
    receiver.handler = answer(503, b"Kho dang bao tri")
    page.get_by_role("button", name="Gửi thử").click()
    expect(page.locator("#outcome").get_by_text("Kho dang bao tri").first).to_be_visible()
    look(page, "message")
    page.locator("a[href$='/webhooks/1/']").first.click()
    look(page, "endpoint")
    page.get_by_role("button", name="Tạm dừng").click()
    expect(page.get_by_role("button", name="Gửi 1 tin đã lỡ")).to_be_visible()
    look(page, "paused")
    receiver.handler = answer()
    page.get_by_role("button", name="Gửi 1 tin đã lỡ").click()
    expect(arrived).to_have_count(2)
    page.goto(site.path("webhooks/"))
    look(page, "list")
