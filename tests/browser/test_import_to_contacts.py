"""The main job in Chromium: a merchant's file becomes people one can find, and work with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import PHONE, WIDE, Site, sign_in

_SAMPLE = (
    Path(__file__).resolve().parents[2] / "src/quen/apps/import_export/tests/samples/sapo-khach-hang.xlsx"
)


def _upload(page: Any, site: Site) -> None:
    page.goto(site.path("imports/"))
    page.locator("input[type=file]").first.set_input_files(_SAMPLE)
    page.wait_for_url("**/data/")


def _match(page: Any) -> None:
    page.get_by_role("button", name="Tiếp tục").last.click()
    page.wait_for_url("**/columns/")
    page.get_by_role("button", name="Tiếp tục").last.click()
    page.wait_for_url("**/settings/")


def _check_and_import(page: Any) -> None:
    page.get_by_label("Tôi xác nhận").check()
    page.get_by_role("button", name="Chạy thử").click()
    page.wait_for_url("**/dry-run/")
    page.get_by_role("button", name=re.compile(r"Nhập 305")).click()
    page.wait_for_url("**/run/")
    page.get_by_text("khách hàng mới đã vào danh sách").wait_for()


@pytest.fixture(params=[WIDE, PHONE], ids=["1440", "390"])
def page_of_each_size(request: pytest.FixtureRequest, clean_page: Any, site: Site) -> Any:
    """A signed-in browser of each width."""
    clean_page.set_viewport_size(request.param)
    sign_in(clean_page, site)
    return clean_page


class TestImport:
    def test_resumes_after_signing_in_again(self, signed_in: Any, site: Site) -> None:
        page = signed_in
        _upload(page, site)
        page.get_by_role("button", name="Tiếp tục").last.click()
        page.wait_for_url("**/columns/")
        page.context.clear_cookies()
        site.sessions.clear()
        sign_in(page, site)
        page.goto(site.path("imports/"))
        page.get_by_role("link", name="Chỉnh sửa").first.click()
        page.wait_for_url("**/columns/")
        page.get_by_role("button", name="Tiếp tục").last.click()
        page.wait_for_url("**/settings/")
        _check_and_import(page)
        page.goto(site.path("contacts/?q=hoang+bao+xuan"))
        page.get_by_role("link", name="Hoàng Bảo Xuân", exact=True).wait_for()
        page.goto(site.path("contacts/?q=0768+312+021"))
        page.get_by_role("link", name="Hoàng Bảo Xuân", exact=True).click()
        page.get_by_text("xuan.hoang0@shop-vi-du.vn").first.wait_for()

    def test_the_same_file_again_creates_no_contact(self, page_of_each_size: Any, site: Site) -> None:
        page = page_of_each_size
        _upload(page, site)
        _match(page)
        page.get_by_label("Tôi xác nhận").check()
        page.get_by_role("button", name="Chạy thử").click()
        page.wait_for_url("**/dry-run/")
        page.get_by_text("Lặp trong tệp").wait_for()
        assert page.get_by_role("button", name=re.compile(r"Nhập 305")).count() == 0


class TestContacts:
    def test_filters_tags_all_found_and_undoes_it(self, signed_in: Any, site: Site) -> None:
        page = signed_in
        rules = '{"field":"province","op":"is","value":["31"]}'
        page.goto(site.path(f"contacts/?rules={rules}"))
        page.get_by_text("Hải Phòng").first.wait_for()
        page.locator("thead input[type=checkbox]").check()
        page.get_by_role("button", name="Gắn thẻ").click()
        box = page.get_by_role("dialog").get_by_role("combobox")
        box.fill("đi biển")
        page.keyboard.press("Enter")
        page.get_by_role("dialog").get_by_role("button", name="Gắn thẻ").click()
        page.get_by_role("region", name="Thông báo").get_by_text(re.compile("Đã gắn thẻ")).wait_for()
        tag = page.locator("tbody").get_by_text("đi biển").first
        tag.wait_for()
        page.get_by_role("button", name="Hoàn tác").click()
        page.locator("dialog[open]").get_by_role("button", name="Hoàn tác").click()
        tag.wait_for(state="detached")

    def test_a_row_opens_the_drawer_and_enter_the_page(self, signed_in: Any, site: Site) -> None:
        page = signed_in
        page.goto(site.path("contacts/?q=hoang+bao+xuan"))
        page.locator("tbody tr").first.click()
        page.get_by_text("Được nhắn qua").wait_for()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/contacts/\d+/"))
        assert page.get_by_role("heading", name="Hoàng Bảo Xuân").first.is_visible()

    def test_the_palette_finds_contacts_without_marks(self, signed_in: Any, site: Site) -> None:
        page = signed_in
        page.goto(site.path())
        page.keyboard.press("Control+k")
        page.keyboard.type("hoang bao xuan")
        page.get_by_role("option", name=re.compile("Hoàng Bảo Xuân")).wait_for()
        page.keyboard.press("Enter")
        page.wait_for_url(re.compile(r"/contacts/\d+/"))
