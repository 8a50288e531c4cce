"""Codes, forms of address, default phones and addresses in Chromium; no axe violation at either width."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import page_errors
from tests.browser.conftest import PHONE, WIDE, Site, sign_in

CONTACTS = """
import django
django.setup()
from quen.core import clock, schemas
from quen.core.actors import SYSTEM
from quen.apps.accounts import queries
from quen.apps.contacts import services
from quen.apps.contacts.models import ContactSettings
from quen.apps.contacts.tests.factories import make_contact
now, space = clock.now(), queries.get_workspace("tra-sen")
with schemas.use(space.schema_name):
    ContactSettings.objects.update_or_create(pk=1, defaults={"codes_given": False})
    vy = make_contact(
        full_name="Nguyễn Thị Thảo Vy", given_name="Vy", call_name="Vy", phone="+84905318274", gender="female",
        birth_on="1991-10-20", birth_day=1020, address_line="12 Lê Lợi", ward="Hải Châu", city="Đà Nẵng",
        province="48", country="VN",
    )
    services.update_contact(
        workspace=space, contact=vy, values={"other_phones": "0905 777 124, 0905 777 125"}, actor=SYSTEM, now=now
    )
    services.add_address(
        workspace=space, contact=vy, values={"address_line": "74 Bạch Đằng", "province": "48"}, actor=SYSTEM, now=now
    )
    make_contact(full_name="Trần Minh", given_name="Minh", call_name="Minh", gender="male")
"""


@pytest.fixture(scope="module")
def filled_site(site: Site) -> Site:
    """A shop with a customer of whom much is known, and one of whom little is."""
    subprocess.run([sys.executable, "-c", CONTACTS], env=site.environment, check=True)
    return site


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_pages_have_no_faults(clean_page: Any, filled_site: Site, size: Any) -> None:
    page = clean_page
    page.set_viewport_size(size)
    sign_in(page, filled_site)
    for path, seen in (
        ("contacts/settings/", "2 khách chưa có mã."),
        ("contacts/1/", "74 Bạch Đằng, Đà Nẵng"),
        ("contacts/1/addresses/new/", "Lưu địa chỉ"),
        ("contacts/1/addresses/1/", "Lưu địa chỉ"),
    ):
        page.goto(filled_site.path(path))
        page.get_by_text(seen).first.wait_for()
        assert page_errors(page) == []


def test_one_press_each(clean_page: Any, filled_site: Site) -> None:
    page = clean_page
    sign_in(page, filled_site)
    page.goto(filled_site.path("contacts/1/"))
    page.get_by_role("button", name="Đồng ý", exact=True).click()
    expect(
        page.get_by_role("region", name="Thông báo").get_by_text("Xưng hô với khách là “chị Vy”.")
    ).to_be_visible()
    page.locator("summary[aria-label='Chọn mặc định']").click()
    page.get_by_role("button", name="Đặt 0905 777 124 làm mặc định").click()
    expect(
        page.get_by_role("region", name="Thông báo").get_by_text("0905 777 124 giờ là mặc định.")
    ).to_be_visible()
    page.locator("#panel-addresses summary").click()
    page.get_by_role("button", name="Đặt làm mặc định", exact=True).click()
    expect(page.locator("#panel-addresses").get_by_text("12 Lê Lợi, Hải Châu, Đà Nẵng")).to_be_visible()
    page.goto(filled_site.path("contacts/settings/"))
    page.get_by_role("button", name="Cấp mã cho mọi khách chưa có").click()
    expect(page.get_by_role("region", name="Thông báo").get_by_text("Đã thay đổi 2 khách.")).to_be_visible()
    page.get_by_role("button", name="Nhận cả những đề xuất có lẽ đúng").click()
    expect(page.get_by_role("region", name="Thông báo").get_by_text("Đã thay đổi 1 khách.")).to_be_visible()
