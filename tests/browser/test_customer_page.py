"""The customer page in Chromium: editing in place, tags, notes; no axe violation at either width."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import page_errors
from tests.browser.conftest import PHONE, WIDE, Site, sign_in

CONTACTS = """
import django
django.setup()
from datetime import timedelta
from decimal import Decimal
from quen.core import clock, schemas
from quen.apps.accounts import queries
from quen.apps.contacts import services
from quen.apps.contacts.tests.factories import make_contact, make_field
from quen.apps.events import services as events
now, space = clock.now(), queries.get_workspace("tra-sen")
with schemas.use(space.schema_name):
    field = make_field(name="Loại da", format="single", choices=["Khô", "Dầu", "Nhạy cảm"])
    vy = make_contact(
        full_name="Nguyễn Thị Thảo Vy", given_name="Vy", call_name="Vy", salutation="chị", phone="+84905318274",
        email="vy.nguyen@tra-sen.example", birth_on="1991-10-20", birth_day=1020, gender="female", province="48",
        ward="Hải Châu", spent=Decimal(18640000), orders_count=23, first_order_at=now - timedelta(days=400),
        last_order_at=now - timedelta(days=18), attrs={str(field.pk): "Nhạy cảm"}, opening_points=120,
        tags=["VIP", "da nhạy cảm", "quà 20/10"],
    )
    for hours, kind, value, data in (
        (1, "product_viewed", None, {"product": "Bộ quà An Yên"}),
        (20, "cart_added", 605000, {"product": "Dầu gội bồ kết 300 ml"}),
        (430, "ordered", 1800000, {"number": "#MS-10971"}),
        (432, "followed", None, None),
    ):
        events.record(kind, contact_id=vy.pk, at=now - timedelta(hours=hours), value=value, data=data)
    make_contact(full_name="", incomplete=True)
"""


@pytest.fixture(scope="module")
def filled_site(site: Site) -> Site:
    """A shop with a contact that has many details."""
    subprocess.run([sys.executable, "-c", CONTACTS], env=site.environment, check=True)
    return site


def test_editing_on_the_page(clean_page: Any, filled_site: Site) -> None:
    page = clean_page
    sign_in(page, filled_site)
    page.goto(filled_site.path("contacts/1/"))
    page.get_by_role("link", name="vy.nguyen@tra-sen.example").first.click()
    page.locator("input[name=email]").fill("thao vy")
    page.locator("input[name=email]").press("Enter")
    page.get_by_text("lan@gmail.com").wait_for()
    page.locator("input[name=email]").fill("thaovy@tra-sen.vn")
    page.locator("input[name=email]").press("Enter")
    page.get_by_role("link", name="thaovy@tra-sen.vn").first.wait_for()
    page.locator("#timeline-lines").get_by_text("Sửa email").first.wait_for()
    page.locator("#note-body").fill("Thích hộp giấy kraft")
    page.get_by_role("button", name="Lưu ghi chú").click()
    page.locator("#timeline-lines").get_by_text("Thích hộp giấy kraft").wait_for()
    page.get_by_role("link", name="Sửa thẻ").click()
    page.locator("[data-combo]").get_by_role("combobox").fill("thân thiết")
    page.locator("[data-combo]").get_by_role("combobox").press("Enter")
    page.get_by_role("button", name="Lưu", exact=True).click()
    page.locator(".tag", has_text="thân thiết").wait_for()


def test_an_at_offers_colleagues_by_keyboard(clean_page: Any, filled_site: Site) -> None:
    page = clean_page
    sign_in(page, filled_site)
    page.goto(filled_site.path("contacts/1/"))
    box = page.locator("#note-body")
    box.press_sequentially("Nhờ @bi")
    options = page.get_by_role("listbox", name="Đồng nghiệp").get_by_role("option")
    expect(options).to_have_count(1)
    box.press("Escape")
    expect(page.locator("[data-mentions] .combo-list")).to_be_hidden()
    box.press_sequentially("n")
    expect(options.first).to_have_attribute("aria-selected", "true")
    assert page_errors(page) == []
    box.press("Enter")
    expect(box).to_have_value(re.compile(r"^Nhờ @\S.* $"))
    box.press_sequentially("gọi lại")
    name = box.input_value().removeprefix("Nhờ ").removesuffix(" gọi lại")
    page.get_by_role("button", name="Lưu ghi chú").click()
    note = page.locator("#timeline-lines li", has_text="gọi lại")
    expect(note.locator("b", has_text=name)).to_be_visible()
    note.get_by_role("link", name="Sửa ghi chú").click()
    page.locator("#note-edit").fill("Đã gọi rồi")
    page.locator("#timeline-lines").get_by_role("button", name="Lưu ghi chú").click()
    page.locator("#timeline-lines").get_by_text("đã sửa").wait_for()


def test_a_file_is_added_and_downloaded_and_runs_nothing(
    clean_page: Any, filled_site: Site, tmp_path: Path
) -> None:
    page = clean_page
    sign_in(page, filled_site)
    page.goto(filled_site.path("contacts/1/"))
    content = b"<!doctype html><script>document.title = 'taken'</script>"
    panel = page.locator("#panel-files")
    panel.locator("summary").click()
    panel.locator("input[type=file]").set_input_files(
        {"name": "Ảnh đại diện.png", "mimeType": "image/png", "buffer": content}
    )
    link = panel.get_by_role("link", name="Ảnh đại diện.png")
    link.wait_for()
    with page.expect_download() as waiting:
        link.click()
    assert waiting.value.suggested_filename == "Ảnh đại diện.png"
    saved = tmp_path / "saved"
    waiting.value.save_as(saved)
    assert saved.read_bytes() == content
    address = f"{filled_site.url}{link.get_attribute('href')}"
    with page.expect_download() as waiting:
        page.evaluate("address => { window.location.href = address }", address)
    assert waiting.value.suggested_filename == "Ảnh đại diện.png"
    assert page.title() != "taken"
    assert page_errors(page) == []
    panel.get_by_role("button", name="Xóa Ảnh đại diện.png").click()
    page.get_by_role("dialog").get_by_role("button", name="Xóa", exact=True).click()
    panel.get_by_text("Chưa có tệp nào").wait_for()


def test_leads_through_the_list_one_came_from(clean_page: Any, filled_site: Site) -> None:
    page = clean_page
    sign_in(page, filled_site)
    page.goto(filled_site.path("contacts/1/"))
    expect(page.locator("[data-neighbours]")).to_be_hidden()
    page.goto(filled_site.path("contacts/?sort=created_at"))
    hrefs = page.locator("[data-row]").evaluate_all("rows => rows.map(row => row.dataset.href)")
    page.goto(f"{filled_site.url}{hrefs[0]}")
    expect(page.get_by_role("link", name="Người sau trong danh sách")).to_be_visible()
    page.keyboard.press("j")
    page.wait_for_url(f"**{hrefs[1]}")
    expect(page.locator("[data-neighbours]")).to_be_visible()
    page.keyboard.press("k")
    page.wait_for_url(f"**{hrefs[0]}")
    expect(page.locator("[data-list-back]")).to_have_attribute("href", re.compile("sort=created_at"))


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1440", "390"])
def test_the_pages_are_accessible_and_fit(
    clean_page: Any, filled_site: Site, size: dict[str, int], tmp_path: Path
) -> None:
    page = clean_page
    page.set_viewport_size(size)
    sign_in(page, filled_site)
    found = {}
    places = [
        "1/",
        "new/",
        "1/edit/",
        "1/status/",
        "1/consent/sms/",
        "1/values/address/",
        "1/timeline/",
        "1/files/",
    ]
    for place in [*places, "fields/", "fields/new/", "tags/", "sources/", "deleted/", "incomplete/"]:
        page.goto(filled_site.path(f"contacts/{place}"))
        if wrong := page_errors(page):
            found[place] = wrong
        page.screenshot(path=tmp_path / f"{place.replace('/', '-')}{size['width']}.png", full_page=True)
    assert found == {}
