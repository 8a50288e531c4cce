"""The main job in a new workspace: from a merchant's file to the first mail in the sandbox inbox, click by click."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import expect

from tests.browser.accessibility import page_errors
from tests.browser.conftest import Site, settle
from tests.browser.test_blanks import wait_until_selected
from tests.browser.walkthrough import SAMPLE

#: what the main job may cost in a new workspace
MAX_CLICKS = 15


@dataclass
class Hand:
    """Clicks for a person, and counts. A choice of a file in the system's window is one, too."""

    page: Any
    clicks: int = 0

    def click(self, target: Any) -> None:
        """Click what can be seen."""
        self.clicks += 1
        target.click()

    def upload(self, button: Any) -> None:
        """Choose the sample in the window that a button opens."""
        with self.page.expect_file_chooser() as chooser:
            self.click(button)
        chooser.value.set_files(SAMPLE)


def write_from_template(hand: Hand) -> None:
    """Take a template and type over its blank, which is selected at once."""
    page = hand.page
    hand.click(page.locator(".design", has_text="Khuyến mãi").get_by_role("button", name="Dùng mẫu này"))
    wait_until_selected(page, "[mã giảm giá]")
    with page.expect_response(lambda answer: "/vi/" in answer.url and answer.request.method == "POST"):
        page.keyboard.type("SEN20")
    expect(page.locator(".rich-words .blank")).to_have_count(0)
    expect(page.locator("#checklist")).not_to_contain_text("chưa điền")


def prepare_sending(hand: Hand) -> None:
    """Follow the check list to the page with all that the law wants before a first message, and come back."""
    page = hand.page
    composer = page.url
    hand.click(page.locator("#checklist").get_by_role("link", name="Điền").first)
    page.get_by_label("Đường dây nóng").fill("0236 388 8999")
    page.get_by_label("Email liên hệ").fill("chao@tra-sen.example")
    page.get_by_label("Địa chỉ liên hệ").fill("12 Lê Lợi, Đà Nẵng")
    page.get_by_label("Website").fill("tra-sen.example")
    assert page_errors(page) == []
    hand.click(page.get_by_role("button", name="Lưu và đồng ý quy định"))
    page.wait_for_url(composer)


def test_the_first_campaign_takes_few_clicks(signed_in: Any, site: Site) -> None:
    page = signed_in
    hand = Hand(page)
    page.goto(site.path())
    hand.click(page.locator("#onboarding-steps").get_by_role("link", name="Nhập khách hàng từ tệp"))
    hand.upload(page.locator("#from-file .drop-q"))
    page.wait_for_url("**/data/")
    for step in ("columns", "settings"):
        hand.click(page.get_by_role("button", name="Tiếp tục").last)
        page.wait_for_url(f"**/{step}/")
    hand.click(page.get_by_label("Tôi xác nhận"))
    hand.click(page.get_by_role("button", name="Chạy thử"))
    page.wait_for_url("**/dry-run/")
    hand.click(page.get_by_role("button", name=re.compile("Nhập 305")))
    hand.click(page.get_by_role("link", name="Gửi chiến dịch"))
    expect(page.get_by_label("Tên chiến dịch")).to_be_focused()
    page.keyboard.type("Thư đầu tiên")
    hand.click(page.get_by_role("button", name="Soạn chiến dịch"))
    page.wait_for_url(re.compile(r"/campaigns/\d+/$"))
    write_from_template(hand)
    prepare_sending(hand)
    expect(page.locator("#send-summary")).to_contain_text("sẵn sàng gửi")
    settle(page)
    hand.click(page.locator("#send-button").get_by_role("link", name="Gửi ngay"))
    hand.click(page.locator("#send").get_by_role("button", name="Gửi ngay"))
    hand.click(page.get_by_role("link", name=re.compile(r"Xem \d+ thư trong hộp thư thử")))
    expect(page.locator("main tbody tr")).not_to_have_count(0)
    assert hand.clicks <= MAX_CLICKS
