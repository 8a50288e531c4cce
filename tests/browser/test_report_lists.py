"""From a report to its people and mails: a list becomes a segment, mails in the sandbox lead to person and campaign."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Site, settle
from tests.browser.test_live_report import READ, SHOP, run
from tests.browser.test_pages import page_errors


def send(page: Any, site: Site) -> str:
    """Send a campaign to four people, one of whom opens it. Return the address of its report."""
    campaign = run(site, SHOP).split()[-1]
    report = site.path(f"campaigns/{campaign}/")
    page.goto(report)
    page.locator("#send-button a").click()
    page.locator("#send").get_by_role("button", name="Gửi ngay").click()
    expect(page.locator("#report .pill").first).to_contain_text("Đã gửi")
    run(site, READ.replace("NUMBER", "0"))
    return report


def test_a_report_leads_to_people_segments_and_mails(signed_in: Any, site: Site) -> None:
    page = signed_in
    report = send(page, site)
    page.goto(report)
    expect(page.locator(".report-headline")).to_have_text("1 trong 4 người mở, 0 người bấm")
    settle(page)
    assert page_errors(page) == []

    page.locator("#report a[href*='report/opened/']").click()
    expect(page.locator("main tbody tr")).to_have_count(1)
    assert page_errors(page) == []
    page.get_by_role("link", name="Gắn thẻ").click()
    expect(page.locator("#bulk-action")).to_contain_text("1")
    page.keyboard.press("Escape")
    page.get_by_role("link", name="Lưu thành phân khúc").click()
    expect(page.get_by_label("Tên", exact=True)).to_have_value(re.compile("đã mở$"))
    expect(page.locator("#segment-editor")).to_contain_text("đã mở")
    page.get_by_role("button", name="Lưu phân khúc").click()
    page.wait_for_url(re.compile(r"/segments/\d+/"))

    page.goto(report)
    page.get_by_role("link", name="Xem 4 thư trong hộp thư thử").click()
    rows = page.locator("main tbody tr")
    expect(rows).to_have_count(4)
    # Anywhere on a row, also beside its link.
    rows.nth(1).locator("td").last.click()
    page.wait_for_url(re.compile(r"/sandbox/\d+/"))
    second = page.url
    page.get_by_role("link", name="Tin sau").click()
    page.wait_for_url(lambda url: url != second)
    page.get_by_role("link", name="Tin trước").click()
    page.wait_for_url(second)
    assert page_errors(page) == []
    page.locator("main a[href*='/campaigns/']").first.click()
    page.wait_for_url(report)
