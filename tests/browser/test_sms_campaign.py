"""An SMS campaign in Chromium: from the composer through the sandbox to the report, at both widths."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import page_errors
from tests.browser.conftest import PHONE, WIDE, Site, settle, sign_in

#: two customers who want text messages, one who has withdrawn, one without a number; SMS in the sandbox
SHOP = """
import django
django.setup()
from quen.core import clock, schemas
from quen.apps.accounts import queries as accounts
from quen.apps.campaigns.tests.factories import enable_sending
from quen.apps.channels import services as channels
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.contacts.types import Consent, Status
from quen.apps.segments import services as segments
from quen.apps.team import queries as team
space, now = accounts.get_workspace("tra-sen"), clock.now()
with schemas.use(space.schema_name):
    an = team.find_member(accounts.find_user("an@tra-sen.example").pk)
    enable_sending(space, an)
    channels.set_connection(
        channel="sms", adapter="sandbox", settings={}, secret="", rate_per_second=None, actor=an.actor, now=now
    )
    channels.add_sender(channel="sms", name="TRASEN", actor=an.actor, now=now)
    for name, phone, consent in (
        ("Võ Thị Mỹ Duyên", "+84905000001", Consent.GRANTED),
        ("Nguyễn Hoài Thương", "+84905000002", Consent.GRANTED),
        ("Lê Quang Vinh", "+84905000003", Consent.WITHDRAWN),
        ("Trần Thu Hà", None, Consent.GRANTED),
    ):
        make_contact(
            full_name=name, call_name=name.split()[-1], phone=phone, email=None if phone else "ha@thu.vn",
            status=Status.SUBSCRIBED, consent_sms=consent, tags=["Khách quen"],
        )
    segment = segments.create_segment(
        name="Khách quen", tree={"field": "tags", "op": "any", "value": ["Khách quen"]}, actor=an.actor, now=now
    )
    segments.recompute_segment(segment, now=now)
"""
TEXT = "Trà mới tháng Mười đã về, mời bạn ghé thử."


@pytest.fixture(scope="module")
def shop(site: Site) -> Site:
    """A shop that may send text messages."""
    subprocess.run([sys.executable, "-c", SHOP], env=site.environment, check=True)
    return site


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1440", "390"])
class TestSmsCampaign:
    def test_from_composer_to_report(self, clean_page: Any, shop: Site, size: dict[str, int]) -> None:
        page = clean_page
        page.set_viewport_size(size)
        sign_in(page, shop)
        page.goto(shop.path("campaigns/new/"))
        page.get_by_label("Tên chiến dịch").fill("Trà mới")
        page.get_by_role("radio", name="SMS").check()
        page.get_by_role("button", name="Soạn chiến dịch").click()
        page.wait_for_url(re.compile(r"/campaigns/\d+/$"))
        campaign = page.url
        self._compose(page)
        settle(page)
        assert page_errors(page) == []

        page.get_by_role("link", name="Gửi thử").last.click()
        test = page.locator("#test")
        test.get_by_role("textbox").first.fill("0905 318 274")
        test.get_by_role("button", name="Gửi thử").click()
        expect(test).to_be_hidden()

        page.locator("#send-button").get_by_role("link", name="Gửi ngay").click()
        asked = page.locator("#send")
        expect(asked).to_contain_text("2 người sẽ nhận tin này ngay bây giờ")
        asked.get_by_role("button", name="Gửi ngay").click()
        expect(page.locator("#report .pill").first).to_have_text("Đã gửi")
        expect(page.locator("#report a[href*='report/sent/']")).to_have_text("2")
        expect(page.locator("#report")).to_contain_text("Không có địa chỉ trên kênh này")
        expect(page.locator("#report a[href*='report/opened/']")).to_have_count(0)

        self._receive(page, shop, size)
        page.goto(campaign)
        delivered = page.locator("#report a[href*='report/delivered/']")
        expect(delivered).to_have_text("1")
        settle(page)
        assert page_errors(page) == []
        delivered.click()
        expect(page.locator("main")).to_contain_text("Võ Thị Mỹ Duyên")
        expect(page.locator("main")).not_to_contain_text("Nguyễn Hoài Thương")

    def _compose(self, page: Any) -> None:
        page.locator("#audience").get_by_role("link", name="Thêm").first.click()
        choices = page.locator("#choices")
        choices.get_by_label(re.compile("Khách quen")).first.check()
        choices.get_by_role("button", name="Thêm").click()
        expect(choices).to_be_hidden()
        expect(page.locator("#settings")).to_contain_text("TRASEN")
        # Nothing of an email: no subject, no sight of who opened.
        expect(page.locator("#content-body")).to_be_visible()
        expect(page.locator("#content-subject")).to_have_count(0)
        page.locator("#content-body").fill(TEXT)
        expect(page.locator("#content-saved")).to_contain_text("Đã lưu")
        expect(page.locator("#preview")).to_contain_text(f"[QC] {TEXT}")
        expect(page.locator("#preview iframe")).to_have_count(0)
        expect(page.locator("#send-summary")).to_contain_text("sẵn sàng gửi")

    def _receive(self, page: Any, shop: Site, size: dict[str, int]) -> None:
        """Read the message as the customer in the sandbox, and report that it arrived."""
        page.goto(shop.path("channels/sandbox/?q=905000001"))
        page.locator("main a[href*='channels/sandbox/']").first.click()
        expect(page.locator("main")).to_contain_text(f"[QC] {TEXT}")
        assert page_errors(page) == []
        page.locator("form:has(input[value=delivered]) button").click()
        expect(page.locator("form:has(input[value=delivered])")).to_have_count(0)
