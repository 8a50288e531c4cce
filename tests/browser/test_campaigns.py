"""A campaign in Chromium: from the empty list to the report, at both widths."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import expect_accessible
from tests.browser.conftest import Site

SHOP = """
import django
django.setup()
from quen.core import clock, schemas
from quen.apps.accounts import queries
from quen.apps.campaigns.tests.factories import make_subscriber, enable_sending
from quen.apps.contacts.types import Consent
from quen.apps.segments import services as segments
from quen.apps.team import queries as team
from quen.apps.accounts import queries as accounts
space = queries.get_workspace("tra-sen")
with schemas.use(space.schema_name):
    an = team.find_member(accounts.find_user("an@tra-sen.example").pk)
    enable_sending(space, an)
    for number, name in enumerate(["Võ Thị Mỹ Duyên", "Nguyễn Hoài Thương", "Lê Quang Vinh", "Trần Thu Hà"]):
        make_subscriber(number, full_name=name, call_name=name.split()[-1], tags=["Khách quen"])
    make_subscriber(8, full_name="Phạm Chưa Đồng Ý", consent_email=Consent.NEVER_ASKED, tags=["Khách quen"])
    segment = segments.create_segment(
        name="Khách quen", tree={"field": "tags", "op": "any", "value": ["Khách quen"]}, actor=an.actor, now=clock.now()
    )
    segments.recompute_segment(segment, now=clock.now())
"""


@pytest.fixture(scope="module")
def shop(site: Site) -> Site:
    """A shop that may send, with five contacts in a segment."""
    subprocess.run([sys.executable, "-c", SHOP], env=site.environment, check=True)
    return site


class TestCampaign:
    def test_from_nothing_to_its_report(self, signed_in: Any, shop: Site) -> None:
        page = signed_in
        page.goto(shop.path("campaigns/"))
        page.get_by_role("link", name="Tạo chiến dịch").last.click()
        page.get_by_label("Tên chiến dịch").fill("20/10 – Tặng mẹ, tặng nàng")
        page.get_by_role("button", name="Soạn chiến dịch").click()
        page.wait_for_url(re.compile(r"/campaigns/\d+/$"))
        self._choose_audience(page)
        self._write_mail(page)
        expect(page.locator("#send-summary")).to_contain_text("sẵn sàng gửi")
        expect_accessible(page, wait=False)  # the preview reloads while typing
        page.locator("#send-button a").click()
        expect(page.locator("#send")).to_contain_text("4")
        page.locator("#send").get_by_role("button", name="Gửi ngay").click()
        expect(page.locator("#report")).to_contain_text("Đã gửi")
        expect(page.locator("#report")).to_contain_text("Chưa đồng ý nhận quảng cáo")
        expect(page.locator("#report .pill").first).to_contain_text("Đã gửi")
        expect_accessible(page)
        page.locator("#report a[href*='report/sent']").click()
        expect(page.locator("main")).to_contain_text("Võ Thị Mỹ Duyên")
        page.goto(shop.path("campaigns/"))
        expect(page.locator("#listing")).to_contain_text("Khách quen")
        expect_accessible(page)

    def _choose_audience(self, page: Any) -> None:
        page.locator("#audience").get_by_role("link", name="Thêm").first.click()
        dialog = page.locator("#choices")
        dialog.get_by_label(re.compile("Khách quen")).first.check()
        dialog.get_by_role("button", name="Thêm").click()
        expect(page.locator("#estimate")).to_contain_text("80%")

    def _write_mail(self, page: Any) -> None:
        page.locator("#content-subject").fill("Quà 20/10 đã gói xong cho mẹ")
        page.locator("#content-preview").fill("Hộp quà kraft, thiệp viết tay")
        page.locator(".mail-editor").get_by_text("Văn bản thuần", exact=True).click()
        page.locator("#content-body").fill("Chào bạn, năm nay Trà Sen gói sẵn ba hộp quà.")
        expect(page.locator("#content-saved")).to_contain_text("Đã lưu")
