"""Exporting customers in Chromium: columns chosen by keyboard and pointer, the file that arrives, its page."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import PHONE, WIDE, Site, settle, sign_in
from tests.browser.test_customer_list import filled_site

__all__ = ["filled_site"]


def test_the_file_has_the_columns_that_were_chosen(clean_page: Any, filled_site: Site) -> None:
    page, site = clean_page, filled_site
    page.set_viewport_size(WIDE)
    sign_in(page, site)
    page.goto(site.path("contacts/?q=tran+bao&sort=name"))
    page.get_by_role("link", name="Xuất tệp").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Các cột thường dùng")).to_be_visible()
    expect(dialog.get_by_role("list", name="Cột")).to_be_hidden()
    dialog.get_by_label("Tự chọn cột").check()
    columns = dialog.get_by_role("list", name="Cột")
    expect(columns).to_be_visible()
    for label in ("Email", "Mã khách hàng"):
        dialog.get_by_role("checkbox", name=label, exact=True).uncheck()
    up = dialog.get_by_role("button", name="Đưa Số điện thoại lên", exact=True)
    up.focus()
    page.keyboard.press("Enter")
    expect(columns.get_by_role("checkbox").first).to_have_attribute("value", "phone")
    expect(dialog.get_by_role("checkbox", name="Email", exact=True)).not_to_be_checked()
    dialog.get_by_label("CSV").check()
    settle(page)
    with page.expect_download() as arriving:
        dialog.get_by_role("button", name="Xuất tệp").click()
    path = Path(arriving.value.path())
    rows = list(csv.reader(path.open(encoding="utf-8-sig")))
    assert rows[0][:3] == ["Số điện thoại", "Họ và tên", "Số điện thoại khác"]
    assert [row[1] for row in rows[1:3]] == ["Trần Bảo Uyên 00", "Trần Bảo Uyên 07"]
    assert len(rows) == 11


def test_the_file_stays_for_a_week(clean_page: Any, filled_site: Site) -> None:
    page, site = clean_page, filled_site
    page.set_viewport_size(PHONE)
    sign_in(page, site)
    page.goto(site.path("imports/"))
    page.get_by_role("link", name="tra-sen-").first.click()
    expect(page.get_by_text("Tệp có")).to_be_visible()
    settle(page)
    with page.expect_download():
        page.get_by_role("link", name="Tải về").click()
