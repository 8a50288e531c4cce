"""The customer list in Chromium: search while typing, the drawer, bulk tagging and its undo."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import page_errors
from tests.browser.conftest import PHONE, WIDE, Site, settle, sign_in

CONTACTS = """
import django
django.setup()
from datetime import timedelta
from quen.core import clock, schemas
from quen.core.text import sort_key
from quen.apps.accounts import queries
from quen.apps.contacts.tests.factories import make_contact
now, space = clock.now(), queries.get_workspace("tra-sen")
with schemas.use(space.schema_name):
    for n in range(70):
        name = f"{'Nguyễn Tường' if n % 7 else 'Trần Bảo'} Uyên {n:02}"
        make_contact(full_name=name, sort_key=sort_key(name), last_activity_at=now - timedelta(hours=n), spent=n * 1000)
    for n, name in enumerate(("Lê Đạt", "Phạm Dũng", "Võ Em")):
        make_contact(full_name=name, sort_key=sort_key(name), province="48", last_activity_at=now)
"""
#: a customer whose tags are wider than what a phone has beside the state
TAGGED = """
import django
django.setup()
from quen.core import clock, schemas
from quen.apps.accounts import queries
from quen.apps.contacts.tests.factories import make_contact
with schemas.use(queries.get_workspace("tra-sen").schema_name):
    make_contact(
        full_name="Huỳnh Thị Kim Phượng",
        phone=None,
        tags=["hội chợ", "sinh nhật tháng 5", "VIP"],
        last_activity_at=clock.now(),
    )
"""


@pytest.fixture(scope="module")
def filled_site(site: Site) -> Site:
    """A shop with 73 customers."""
    subprocess.run([sys.executable, "-c", CONTACTS], env=site.environment, check=True)
    return site


def pager(page: Any) -> Any:
    return page.locator("nav[aria-label='Các trang của danh sách']")


@pytest.fixture
def list_page(clean_page: Any, filled_site: Site) -> Any:
    sign_in(clean_page, filled_site)
    clean_page.goto(filled_site.path("contacts/"))
    clean_page.get_by_text("73 khách hàng").wait_for()
    return clean_page


def test_finding_sorting_and_going_back(list_page: Any) -> None:
    page = list_page
    page.keyboard.press("/")
    page.keyboard.type("uyen")
    page.get_by_text("70 khách hàng").wait_for()
    assert "q=uyen" in page.url
    page.get_by_role("link", name=re.compile("Tổng chi tiêu")).click()
    page.wait_for_url("**sort=-spent*")
    page.get_by_role("link", name="Trang sau").click()
    page.get_by_text("51–70").wait_for()
    page.go_back()
    page.get_by_text("1–50").wait_for()
    assert page.locator("[data-search]").input_value() == "uyen"


def test_the_drawer_by_keys(list_page: Any) -> None:
    page = list_page
    page.locator("tbody tr").first.locator("td").nth(2).click()
    page.locator("#drawer h2", has_text="Võ Em").wait_for()
    page.keyboard.press("j")
    page.locator("#drawer h2", has_text="Phạm Dũng").wait_for()
    page.get_by_text("2 / 73").wait_for()
    page.keyboard.press("Space")
    assert page.locator("[data-ticked]").inner_text() == "1"
    assert page_errors(page) == []
    page.keyboard.press("Escape")
    assert page.locator("#drawer").inner_text() == ""


def test_all_found_are_tagged_and_untagged(list_page: Any) -> None:
    page = list_page
    page.locator("[data-search]").fill("tuong uyen")
    page.get_by_text("60 khách hàng").wait_for()
    page.locator("[data-tick-page]").click()
    page.get_by_role("button", name="Chọn cả 60").click()
    page.get_by_role("button", name="Gắn thẻ").click()
    page.get_by_role("heading", name="Gắn thẻ cho 60 khách hàng").wait_for()
    page.keyboard.type("Tết 2027")
    page.keyboard.press("Enter")
    assert page_errors(page) == []
    page.locator("dialog[open]").get_by_role("button", name="Gắn thẻ", exact=True).click()
    page.get_by_text("Đã gắn thẻ cho 60 người.").first.wait_for()
    page.locator("tbody .tag", has_text="Tết 2027").first.wait_for()
    page.get_by_role("button", name="Hoàn tác").click()
    dialog = page.locator("dialog[open]")
    dialog.get_by_text("60 khách hàng trở lại như trước.").wait_for()
    assert page_errors(page) == []
    dialog.get_by_role("button", name="Hoàn tác").click()
    page.get_by_text("Đã hoàn tác cho 60 người.").first.wait_for()
    page.locator("tbody .tag").first.wait_for(state="detached")


def test_a_second_dialog_opens_like_the_first(list_page: Any) -> None:
    page = list_page
    page.locator("[data-tick]").first.click()
    for name in ("Đổi trạng thái", "Gỡ thẻ", "Xóa"):
        page.locator(".selbar").get_by_role("button", name=name).click()
        page.locator("dialog[open] .modal-head").wait_for()
        page.locator("dialog[open] .modal-head [data-closes]").click()
        page.locator("dialog[open]").wait_for(state="detached")


def test_a_condition_becomes_a_chip(list_page: Any) -> None:
    page = list_page
    page.get_by_role("link", name="Thêm điều kiện").click()
    page.locator("#audience-editor").wait_for()
    find = page.get_by_role("combobox", name="Thêm điều kiện")
    expect(find).to_be_focused()
    find.fill("tong chi")
    find.press("Enter")
    expect(page.locator("input[name='value:0']")).to_be_focused()
    page.locator("input[name='value:0']").fill("50.000")
    settle(page)
    assert page_errors(page) == []
    page.get_by_role("button", name="Áp dụng").click()
    page.wait_for_url("**rules=*")
    page.get_by_text("20 khách hàng").wait_for()
    page.locator("#chips .chip", has_text="50.000").get_by_role("link").click()
    page.get_by_text("73 khách hàng").wait_for()
    assert "rules" not in page.url


def test_the_filter_keeps_to_one_line(list_page: Any, filled_site: Site) -> None:
    page = list_page
    top = page.locator("#listing").bounding_box()["y"]
    seen = {"event": "product_viewed", "op": "never", "from": "2026-11-01", "to": "2026-11-29"}
    conditions = [seen, {"field": "status", "op": "is_not", "value": ["saved"]}]
    page.goto(filled_site.path(f"contacts/?rules={quote(json.dumps(conditions))}"))
    chips = page.locator("#chips .chip[title]")
    expect(chips).to_have_count(2)
    assert page.locator("#listing").bounding_box()["y"] <= top + 1
    # A long chip is cut short, and says all of it to the mouse.
    assert "01/11/2026" in chips.first.get_attribute("title")
    save = page.get_by_role("link", name="Lưu thành phân khúc").bounding_box()
    columns = page.get_by_role("link", name="Cột và thứ tự").bounding_box()
    assert abs(save["y"] - columns["y"]) < 8
    assert 0 < columns["x"] - save["x"] - save["width"] < 40
    more = [
        *conditions,
        {"field": "gender", "op": "empty"},
        {"field": "spent", "op": "at_most", "value": 90_000},
    ]
    page.goto(filled_site.path(f"contacts/?rules={quote(json.dumps(more))}"))
    expect(page.locator(".chip-more")).to_contain_text("+2")
    assert page.locator("#listing").bounding_box()["y"] <= top + 1
    page.locator(".chip-more").click()
    expect(page.locator("dialog[open] [data-cond-row]")).to_have_count(4)


def test_on_a_phone(clean_page: Any, filled_site: Site) -> None:
    page = clean_page
    page.set_viewport_size(PHONE)
    sign_in(page, filled_site)
    page.goto(filled_site.path("contacts/"))
    page.get_by_text("73 khách hàng").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.locator("[data-tick]").first.click()
    page.locator(".selbar").get_by_role("button", name="Gắn thẻ").click()
    page.locator("dialog[open] input:not([type=hidden])").first.fill("ghé quầy")
    page.keyboard.press("Enter")
    page.locator("dialog[open]").get_by_role("button", name="Gắn thẻ", exact=True).click()
    page.get_by_text("Đã gắn thẻ cho 1 người.").first.wait_for()
    assert page_errors(page) == []
    page.set_viewport_size(WIDE)


def test_tags_cover_nothing_on_a_phone(clean_page: Any, filled_site: Site) -> None:
    subprocess.run([sys.executable, "-c", TAGGED], env=filled_site.environment, check=True)
    page = clean_page
    page.set_viewport_size(PHONE)
    sign_in(page, filled_site)
    page.goto(filled_site.path("contacts/"))
    row = page.locator("[data-row]", has_text="Huỳnh Thị Kim Phượng")
    cut = row.evaluate(
        "row => [...row.querySelectorAll('.cut')].filter(e => e.scrollWidth > e.clientWidth).length"
    )
    assert cut == 0
    state = row.locator("[data-phone=foot]").bounding_box()
    tags = row.locator("[data-phone=foot-side]").bounding_box()
    assert tags["y"] >= state["y"] + state["height"] or tags["x"] >= state["x"] + state["width"]
    page.set_viewport_size(WIDE)
