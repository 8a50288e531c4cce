"""Keys in Chromium: created, shown once, used, found in the log; the reference runs from our own files."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

from playwright.sync_api import expect

from tests.browser.accessibility import page_errors
from tests.browser.conftest import PHONE, WIDE, Site, settle, sign_in

#: where to leave pictures for somebody to look at
PICTURES = os.environ.get("QUEN_TEST_PICTURES", "")


def look(page: Any, name: str) -> None:
    """Look at the page at both widths for violations of accessibility."""
    for label, size in (("wide", WIDE), ("phone", PHONE)):
        page.set_viewport_size(size)
        if PICTURES:
            page.screenshot(path=str(Path(PICTURES) / f"{name}-{label}.png"))
        assert page_errors(page) == []
    page.set_viewport_size(WIDE)


def test_a_key_from_its_creation_to_the_log(clean_page: Any, site: Site) -> None:
    page = clean_page
    sign_in(page, site)
    page.goto(site.path("api/"))
    look(page, "empty")
    page.get_by_role("link", name="Tạo khóa").first.click()
    page.get_by_label("Tên", exact=True).fill("Web bán hàng")
    page.get_by_label("Đọc khách hàng").check()
    page.get_by_label("Thêm, sửa khách hàng").check()
    look(page, "form")
    page.get_by_role("button", name="Tạo khóa").click()
    token = page.locator("[data-secret]").inner_text()
    look(page, "token")
    base = site.path("").split("/w/")[0]
    sent = json.dumps({"contact": {"phone": "0905 123 456", "full_name": "Nguyễn Thị Lan"}}).encode()
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with urlopen(Request(f"{base}/api/v1/contacts", sent, headers)) as answer:  # noqa: S310  # the site of the test
        assert json.load(answer)["result"]["status"] == "created"
    page.get_by_role("link", name="Tôi đã chép").click()
    expect(page.get_by_text("Web bán hàng")).to_be_visible()
    expect(page.get_by_text(token)).to_have_count(0)
    look(page, "keys")
    page.get_by_role("link", name="Nhật ký gọi").click()
    expect(page.get_by_role("cell", name="upsert_contact")).to_be_visible()
    look(page, "calls")
    page.get_by_role("link", name="Tài liệu").click()
    look(page, "documentation")
    page.goto(site.path("api/"))
    page.get_by_role("link", name="Thu hồi “Web bán hàng”").click()
    look(page, "revoke")
    page.get_by_role("button", name="Thu hồi").click()
    expect(page.get_by_text("Đã thu hồi", exact=True).first).to_be_visible()


def test_the_reference_runs_under_our_content_security_policy(clean_page: Any, site: Site) -> None:
    page = clean_page
    base = site.path("").split("/w/")[0]
    page.goto(f"{base}/api/v1/docs")
    expect(page.get_by_text("/api/v1/contacts/bulk").first).to_be_visible()
    expect(page.get_by_role("button", name="Authorize")).to_be_visible()
    settle(page)
    if PICTURES:
        page.screenshot(path=str(Path(PICTURES) / "reference.png"))
