"""The duplicates desk in Chromium: keys, what the result will be, undo, a phone; no axe violation at either width."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import page_errors
from tests.browser.conftest import PHONE, WIDE, Site, settle, sign_in

PAIRS = """
import django
django.setup()
from datetime import date, timedelta
from quen.core import clock, schemas
from quen.apps.accounts import queries
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.duplicates import services
now = clock.now()
with schemas.use(queries.get_workspace("tra-sen").schema_name):
    for name, other, born, phone in (
        ("Võ Thị Mỹ Duyên", "vo thi my duyen", date(1988, 5, 2), "+8496615234"),
        ("Nguyễn Hoàng Phúc", "Nguyen Hoang Phuc", date(1992, 11, 17), "+8493544120"),
        ("Phan Văn Toàn", "Phan V. Toàn", date(1975, 1, 9), "+8490311864"),
    ):
        make_contact(full_name=name, birth_on=born, phone=phone + "8", company="Sen Hồng", consent_sms=1)
        make_contact(
            full_name=other, birth_on=born, phone=phone + "3", company="Trà Sen", consent_sms=2,
            created_at=now, updated_at=now,
        )
    services.note_changed(contacts.all_contact_ids(), now=now)
    services.scan(clock=clock.now)
"""


@pytest.fixture(scope="module")
def desk(site: Site) -> Site:
    """A shop with three pairs."""
    subprocess.run([sys.executable, "-c", PAIRS], env=site.environment, check=True)
    return site


def test_the_pages_are_accessible_and_fit(clean_page: Any, desk: Site) -> None:
    page = clean_page
    sign_in(page, desk)
    errors = []
    for path in (
        "duplicates/",
        "duplicates/?pair=1",
        "duplicates/sure/",
        "duplicates/contacts/1/with/?q=phuc",
    ):
        for size in (WIDE, PHONE):
            page.set_viewport_size(size)
            page.goto(desk.path(path))
            errors += page_errors(page)
    assert errors == []


def test_one_decides_by_keys_and_takes_it_back(clean_page: Any, desk: Site) -> None:
    page = clean_page
    sign_in(page, desk)
    page.set_viewport_size(WIDE)
    page.goto(desk.path("duplicates/"))
    first = page.locator(".merge-head a").first.inner_text()
    result = page.locator(".merge-row", has=page.locator("[name=company]")).locator(".merge-result")
    page.keyboard.press("1")
    expect(result).to_have_text("Sen Hồng", use_inner_text=True)
    page.keyboard.press("2")
    expect(result).to_have_text("Trà Sen", use_inner_text=True)
    page.keyboard.press("j")
    expect(page.locator(".merge-head a").first).not_to_have_text(first)
    page.keyboard.press("k")
    expect(page.locator(".merge-list li")).to_have_count(2)
    page.keyboard.press("g")
    expect(page.locator(".merge-list li")).to_have_count(1)
    page.get_by_role("button", name="Hoàn tác").click()
    page.get_by_role("button", name="Hoàn tác lần gộp").click()
    settle(page)
    page.goto(desk.path("duplicates/"))
    expect(page.locator(".merge-pairs .seg a").first).to_contain_text("1")


def test_on_a_phone_the_list_leads_to_one_pair(clean_page: Any, desk: Site) -> None:
    page = clean_page
    sign_in(page, desk)
    page.set_viewport_size(PHONE)
    page.goto(desk.path("duplicates/"))
    expect(page.locator("#merge-form")).to_be_hidden()
    page.locator(".merge-list a").first.click()
    expect(page.get_by_role("button", name="Gộp thành một")).to_be_visible()
