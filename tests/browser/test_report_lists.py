"""From a report to its people and mails: a list becomes a segment, mails in the sandbox lead to person and campaign."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.accessibility import page_errors
from tests.browser.conftest import PHONE, WIDE, Site, settle
from tests.browser.test_live_report import READ, SHOP, run


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

    _beside_the_report(page, report)
    page.get_by_role("link", name="Gắn thẻ").click()
    expect(page.locator("#bulk-action")).to_contain_text("1")
    page.keyboard.press("Escape")
    # The dialog closes, the list stays.
    expect(page.locator("#bulk-action")).to_have_count(0)
    expect(page.locator("#beside tbody tr")).to_have_count(1)
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


def _beside_the_report(page: Any, report: str) -> None:
    """Open lists beside the report by mouse and by keys, go back, reload; on a phone they are pages."""
    place, opened = page.locator("#beside"), page.locator("#report a[href*='report/opened/']")
    opened.click()
    expect(place.locator("tbody tr")).to_have_count(1)
    expect(place.get_by_role("heading")).to_be_focused()
    expect(place).to_contain_text(re.compile(r"\d\d/\d\d"))
    expect(opened).to_have_attribute("aria-current", "true")
    assert page.url == f"{report}?list=opened"
    assert page_errors(page) == []
    page.locator("#report a[href*='report/sent/']").focus()
    page.keyboard.press("Enter")
    expect(place.locator("tbody tr")).to_have_count(4)
    page.go_back()
    expect(place.locator("tbody tr")).to_have_count(1)
    page.go_back()
    expect(place).to_be_hidden()
    assert page.url == report
    page.go_forward()
    expect(place.locator("tbody tr")).to_have_count(1)
    page.reload()
    expect(place.get_by_role("heading")).to_contain_text("Đã mở")
    page.keyboard.press("Escape")
    expect(place).to_be_hidden()
    expect(opened).to_be_focused()
    assert page.url == report
    page.set_viewport_size(PHONE)
    opened.click()
    page.wait_for_url("**/report/opened/")
    page.set_viewport_size(WIDE)
    page.goto(f"{report}?list=opened")
