"""Special days, and consent to other uses of the data, in Chromium; no axe violation at either width."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import expect_accessible, page_errors
from tests.browser.conftest import PHONE, WIDE, Site, sign_in

CONTACTS = """
import django
django.setup()
from quen.core import clock, schemas
from quen.core.actors import SYSTEM
from quen.apps.accounts import queries
from quen.apps.compliance import queries as compliance
from quen.apps.contacts import services
from quen.apps.contacts.tests.factories import make_contact
space = queries.get_workspace("tra-sen")
with schemas.use(space.schema_name):
    day = services.create_field(
        name="Ngày cưới", name_en="Wedding day", format="special_day", actor=SYSTEM, now=clock.now()
    )
    vy = make_contact(
        full_name="Nguyễn Thị Thảo Vy", email="vy@thu.vn", phone="+84905318274", birth_day=1020,
        attrs={str(day.pk): "2015-03-14"},
    )
    print(compliance.unsubscribe_url(workspace_id=space.pk, contact_id=vy.pk, message_id=None, channel="email"))
"""


@pytest.fixture(scope="module")
def preference_path(site: Site) -> str:
    """Make a shop with a special day and a customer who has one; return the path of the customer's own page."""
    made = subprocess.run(
        [sys.executable, "-c", CONTACTS], env=site.environment, check=True, capture_output=True, text=True
    )
    return "/u/" + made.stdout.strip().rpartition("/u/")[2]


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_the_pages_have_no_faults(clean_page: Any, site: Site, preference_path: str, size: Any) -> None:
    page = clean_page
    page.set_viewport_size(size)
    sign_in(page, site)
    for path, seen in (
        ("contacts/special-days/", "Wedding day"),
        ("contacts/special-days/new/", "Ngày của từng khách vẫn chọn được lịch kia"),
        ("contacts/1/", "14/03/2015"),
        ("sending/contacts/1/uses/ads/", "Nền tảng quảng cáo"),
    ):
        page.goto(site.path(path))
        page.get_by_text(seen).first.wait_for()
        assert page_errors(page) == []


def test_a_date_becomes_lunar_by_keyboard(clean_page: Any, site: Site, preference_path: str) -> None:
    page = clean_page
    sign_in(page, site)
    page.goto(site.path("contacts/1/"))
    page.get_by_role("link", name="14/03/2015").focus()
    page.keyboard.press("Enter")
    box = page.get_by_role("checkbox", name="Ngày cưới: ngày âm lịch")
    box.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("14/03/2015 (âm lịch)")).to_be_visible()


def test_the_name_of_the_user_leads_there(clean_page: Any, site: Site, preference_path: str) -> None:
    page = clean_page
    sign_in(page, site)
    page.goto(f"{site.url}/profile/")
    page.get_by_role("link", name=re.compile("Trà Sen.*Ngày đặc biệt")).click()
    expect(page.get_by_role("heading", name="Ngày đặc biệt")).to_be_visible()


def test_an_answer_of_the_customer_decides_who_is_in_the_file(
    clean_page: Any, site: Site, preference_path: str
) -> None:
    page = clean_page
    page.goto(site.url + preference_path)
    page.get_by_role("checkbox", name="Nền tảng quảng cáo").check()
    page.get_by_role("button", name="Lưu các lựa chọn này").click()
    expect(page.get_by_role("checkbox", name="Nền tảng quảng cáo")).to_be_checked()
    expect_accessible(page)
    sign_in(page, site)
    page.goto(site.path("contacts/exports/"))
    page.get_by_role("radio", name="Tệp quảng cáo (mã hóa)").check()
    page.get_by_role("button", name="Xuất tệp").click()
    expect(page.get_by_text("1 khách có trong tệp.")).to_be_visible()
    expect_accessible(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Xuất tệp").click()
    assert download.value.suggested_filename.endswith(".xlsx")
