"""Blanks of a starting design in Chromium: highlighted, reached by Tab, and in the way of sending until filled in."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import page_errors
from tests.browser.conftest import PHONE, WIDE, Site
from tests.browser.test_campaigns import SHOP
from tests.patience import PATIENCE_MS

BLANKS = ["[tên sản phẩm]", "[Điểm hay thứ nhất]", "[Điểm hay thứ hai]", "[Điểm hay thứ ba]", "[giá]"]
SELECTED = "window.getSelection().toString()"


@pytest.fixture(scope="module")
def shop(site: Site) -> Site:
    """A shop that may send, with five contacts in a segment."""
    subprocess.run([sys.executable, "-c", SHOP], env=site.environment, check=True)
    return site


def wait_until_selected(page: Any, text: str) -> None:
    """Wait until `text` is selected. The page's policy forbids Playwright's own waiting for an expression."""
    for _look in range(PATIENCE_MS // 50):
        if page.evaluate(SELECTED) == text:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{page.evaluate(SELECTED)!r} is selected, not {text!r}")


def start_from_design(page: Any, shop: Site) -> None:
    page.goto(shop.path("campaigns/new/"))
    page.get_by_label("Tên chiến dịch").fill("Sản phẩm mới")
    page.get_by_role("button", name="Soạn chiến dịch").click()
    page.wait_for_url(re.compile(r"/campaigns/\d+/$"))
    page.locator("#audience").get_by_role("link", name="Thêm").first.click()
    dialog = page.locator("#choices")
    dialog.get_by_label(re.compile("Khách quen")).first.check()
    dialog.get_by_role("button", name="Thêm").click()
    offered = page.locator("#content-first-designs .design", has_text="Ra mắt sản phẩm")
    offered.get_by_role("button", name="Dùng mẫu này").click()


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["1440", "390"])
def test_blanks_block_sending_until_each_is_filled_in(
    signed_in: Any, shop: Site, viewport: dict[str, int]
) -> None:
    page = signed_in
    page.set_viewport_size(viewport)
    start_from_design(page, shop)
    expect(page.locator(".rich-words .blank")).to_have_text(BLANKS)
    line = page.locator("#checklist li", has_text="Chặn gửi: còn 5 chỗ chưa điền")
    expect(line).to_be_visible()
    expect(page.locator("#send-summary")).not_to_contain_text("sẵn sàng gửi")
    assert page_errors(page, within=".rich-words") == []

    # The send dialog's own link closes it and selects the first blank.
    page.locator("#send-button a").click()
    fix = page.locator("#send li", has_text="còn 5 chỗ chưa điền").get_by_role("link", name="Sửa")
    expect(fix).to_be_focused()
    fix.press("Enter")
    expect(page.locator("#send")).to_have_count(0)
    wait_until_selected(page, BLANKS[0])

    page.keyboard.type("Trà nhài")
    for blank in BLANKS[1:]:
        page.keyboard.press("Tab")
        assert page.evaluate(SELECTED) == blank
        page.keyboard.type("120.000" if blank == "[giá]" else "Thơm lâu")
    expect(page.locator(".rich-words .blank")).to_have_count(0)
    expect(page.locator(".rich-words strong").first).to_have_text("Trà nhài")
    expect(line).to_have_count(0)
    expect(page.locator("#checklist")).not_to_contain_text("chưa điền")


def test_the_check_lists_link_finds_a_blank_in_any_part(signed_in: Any, shop: Site) -> None:
    page = signed_in
    start_from_design(page, shop)
    line = page.locator("#checklist li", has_text="chỗ chưa điền")
    line.get_by_role("link", name="Sửa").click()
    wait_until_selected(page, BLANKS[0])
    # A click inside a blank selects all of it, so that typing never leaves half of it.
    page.locator(".rich-words .blank").nth(4).click()
    wait_until_selected(page, "[giá]")

    page.locator("#content-subject").fill("Chỉ [giá] ₫")
    expect(page.locator("#checklist")).to_contain_text("còn 6 chỗ chưa điền")
    line.get_by_role("link", name="Sửa").click()
    expect(page.locator("#content-subject")).to_be_focused()
    wait_until_selected(page, "[giá]")

    page.locator("#content-subject").fill("Trà mới")
    page.locator(".mail-editor").get_by_text("HTML", exact=True).click()
    page.locator("#content-body").fill("<table><tr><td>Giá [giá] ₫</td></tr></table>")
    expect(page.locator("#checklist")).to_contain_text("còn 1 chỗ chưa điền")
    line.get_by_role("link", name="Sửa").click()
    expect(page.locator("#content-body")).to_be_focused()
    chosen = "input => input.value.slice(input.selectionStart, input.selectionEnd)"
    assert page.locator("#content-body").evaluate(chosen) == "[giá]"


def test_a_change_while_the_check_list_loads_reaches_it(signed_in: Any, shop: Site) -> None:
    page = signed_in
    start_from_design(page, shop)
    count = page.locator("#checklist li", has_text="chỗ chưa điền")
    expect(count).to_contain_text("còn 5 chỗ chưa điền")
    # The answer to the first change arrives after the second change was saved, and before the list loads again.
    late: list[Any] = []
    page.route("**/checklist/", lambda route: route.continue_() if late else late.append(route))
    subject = page.locator("#content-subject")
    with page.expect_request("**/checklist/"):
        subject.fill("Chỉ [giá] ₫")
        subject.press("Tab")
    with page.expect_response(lambda response: response.request.method == "POST"):
        subject.fill("Chỉ [giá] ₫ cho [tên sản phẩm]")
        subject.press("Tab")
    late[0].continue_()
    expect(count).to_contain_text("còn 7 chỗ chưa điền")
