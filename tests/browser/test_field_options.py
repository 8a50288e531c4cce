"""Fields and selections in Chromium: an option corrected and removed, a format shown first, rows taken out of all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import page_errors
from tests.browser.conftest import PHONE, WIDE, Site, sign_in

PEOPLE = """
import django
django.setup()
from quen.core import schemas
from quen.apps.accounts import queries
from quen.apps.contacts.tests.factories import make_contact, make_field
with schemas.use(queries.get_workspace("tra-sen").schema_name):
    drink = make_field(name="Món hay gọi", format="single", choices=["Tra sua", "Cà phê", "Nước ép"])
    likes = make_field(name="Sở thích", format="multiple", choices=["Trà", "Nến", "Hoa khô"])
    for n in range(12):
        make_contact(
            full_name=f"Nguyễn Thị Lan {n:02}",
            attrs={
                str(drink.pk): "Tra sua" if n % 2 else "Cà phê",
                str(likes.pk): ["Trà", "Nến"] if n < 3 else ["Trà"],
            },
        )
"""


@pytest.fixture(scope="module")
def filled_site(site: Site) -> Site:
    """A shop with two choice fields."""
    subprocess.run([sys.executable, "-c", PEOPLE], env=site.environment, check=True)
    return site


def looks_right(page: Any, name: str) -> None:
    for size, suffix in ((PHONE, "390"), (WIDE, "1440")):
        page.set_viewport_size(size)
        assert page_errors(page) == []
        if folder := os.environ.get("QUEN_SHOTS"):
            page.screenshot(path=Path(folder) / f"{name}-{suffix}.png", full_page=True)


def test_an_option_is_corrected_and_another_removed(clean_page: Any, filled_site: Site) -> None:
    page = clean_page
    sign_in(page, filled_site)
    page.goto(filled_site.path("contacts/fields/"))
    page.get_by_role("link", name="Món hay gọi").click()
    looks_right(page, "field")
    page.get_by_role("link", name="Tra sua").click()
    expect(page.get_by_text("6 khách hàng có lựa chọn này.")).to_be_visible()
    looks_right(page, "option")
    page.get_by_label("Chữ hiển thị").fill("Trà sữa")
    page.get_by_role("button", name="Lưu").click()
    page.get_by_role("link", name="Cà phê").click()
    page.get_by_label("Khách của lựa chọn này chuyển sang").select_option(label="Trà sữa")
    page.get_by_role("button", name="Bỏ lựa chọn").click()
    expect(page.get_by_text("Đã đổi 6 khách hàng.").first).to_be_visible()
    expect(page.locator("#options li").first).to_contain_text("12")
    page.get_by_role("button", name="Hoàn tác").click()
    expect(page.get_by_text("6 khách hàng trở lại như trước.")).to_be_visible()
    looks_right(page, "undo")
    page.get_by_role("button", name="Hoàn tác").click()
    page.goto(filled_site.path("contacts/fields/"))
    page.get_by_role("link", name="Món hay gọi").click()
    expect(page.get_by_role("link", name="Cà phê")).to_be_visible()


def test_a_format_is_shown_before_it_changes(clean_page: Any, filled_site: Site) -> None:
    page = clean_page
    sign_in(page, filled_site)
    page.goto(filled_site.path("contacts/fields/"))
    page.get_by_role("link", name="Sở thích").click()
    page.get_by_role("link", name="Đổi định dạng").click()
    page.get_by_label("Định dạng mới").select_option(label="Chọn một")
    page.get_by_role("button", name="Kiểm tra các giá trị").click()
    expect(page.get_by_text("3 trong 12 giá trị không hợp với “Chọn một”.")).to_be_visible()
    looks_right(page, "format")
    page.get_by_role("link", name="Xem những khách này").click()
    expect(page.get_by_role("link", name="Nguyễn Thị Lan 02")).to_be_visible()
    looks_right(page, "misfits")


def test_rows_unticked_after_select_all_are_taken_out(clean_page: Any, filled_site: Site) -> None:
    page = clean_page
    sign_in(page, filled_site)
    page.set_viewport_size(WIDE)
    page.goto(filled_site.path("contacts/?q=lan"))
    page.get_by_text("12 khách hàng").wait_for()
    page.locator("[data-tick-page]").click()
    page.get_by_role("button", name="Chọn cả 12").click()
    page.locator("[data-tick]").nth(3).uncheck()
    expect(page.locator("[data-ticked]")).to_have_text("11")
    page.get_by_role("button", name="Gắn thẻ").click()
    page.get_by_role("heading", name="Gắn thẻ cho 11 khách hàng").wait_for()
    page.keyboard.type("Tết 2027")
    page.keyboard.press("Enter")
    page.locator("dialog[open]").get_by_role("button", name="Gắn thẻ", exact=True).click()
    page.get_by_text("Đã gắn thẻ cho 11 người.").first.wait_for()
    expect(page.locator("tbody .tag", has_text="Tết 2027")).to_have_count(11)
    page.get_by_role("button", name="Hoàn tác").click()
    dialog = page.locator("dialog[open]")
    expect(dialog.get_by_text("11 khách hàng trở lại như trước.")).to_be_visible()
    looks_right(page, "undo-dialog")
    dialog.get_by_role("button", name="Hoàn tác").click()
    expect(page.locator("tbody .tag", has_text="Tết 2027")).to_have_count(0)
