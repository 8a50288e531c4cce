"""Groups in Chromium: made of people found by typing, members taken out and back; no axe violation at either width."""

from __future__ import annotations

import subprocess
import sys
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
from quen.apps.contacts.tests.factories import make_contact
with schemas.use(queries.get_workspace("tra-sen").schema_name):
    for name in ("Lê Thị Lan", "Trần Quốc Bảo", "Đỗ Khánh Linh"):
        make_contact(full_name=name)
"""


@pytest.fixture(scope="module")
def filled_site(site: Site) -> Site:
    """A shop with a few customers."""
    subprocess.run([sys.executable, "-c", PEOPLE], env=site.environment, check=True)
    return site


def test_a_group_from_its_first_member_to_its_last(clean_page: Any, filled_site: Site) -> None:
    page = clean_page
    sign_in(page, filled_site)
    page.goto(filled_site.path("groups/"))
    page.get_by_role("link", name="Tạo nhóm").first.click()
    page.get_by_label("Tên", exact=True).fill("Khách sỉ")
    for typed, name in (("khanh linh", "Đỗ Khánh Linh"), ("le thi lan", "Lê Thị Lan")):
        page.locator("input[name=search]").fill(typed)
        page.get_by_label(name).check()
    page.get_by_role("button", name="Lưu").click()
    expect(page.get_by_role("heading", name="Khách sỉ")).to_be_visible()
    rows = page.locator("#listing tbody tr")
    expect(rows).to_have_count(2)
    page.get_by_role("link", name="Thêm khách hàng").click()
    dialog = page.locator("dialog[open]")
    dialog.locator("input[name=search]").fill("quoc bao")
    dialog.get_by_label("Trần Quốc Bảo").check()
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)
        assert page_errors(page) == []
    page.set_viewport_size(WIDE)
    dialog.get_by_role("button", name="Thêm", exact=True).click()
    expect(rows).to_have_count(3)
    rows.first.locator("[data-tick]").check()
    page.get_by_role("button", name="Bỏ khỏi nhóm").click()
    page.locator("dialog[open]").get_by_role("button", name="Bỏ khỏi nhóm").click()
    expect(rows).to_have_count(2)
    page.get_by_role("button", name="Hoàn tác").last.click()
    page.locator("dialog[open]").get_by_role("button", name="Hoàn tác").click()
    expect(rows).to_have_count(3)
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)
        assert page_errors(page) == []
