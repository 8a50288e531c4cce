"""A paused workspace in Chromium: a page that says so at both widths and opens by itself, and the unsubscribe page."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from playwright.sync_api import expect

from tests.browser.accessibility import expect_accessible
from tests.browser.conftest import Site

_LINK = """
import django
django.setup()
from quen.apps.accounts import queries as accounts
from quen.apps.compliance import queries
workspace = accounts.get_workspace("tra-sen")
print(queries.unsubscribe_url(workspace_id=workspace.pk, contact_id=1, message_id=None, channel="email"))
"""
SENTENCE = "Trong lúc tạm dừng, không mở hay sửa được gì ở đây"


@contextmanager
def paused(site: Site) -> Iterator[None]:
    """Pause Trà Sen for the length of a block."""
    pause = "UPDATE accounts_workspace SET paused_at = {}, pause_reason = {} WHERE slug = 'tra-sen'"
    with psycopg.connect(site.database_url, autocommit=True) as connection:
        connection.execute(pause.format("now()", "'moving'"))
        yield
        connection.execute(pause.format("NULL", "''"))


def test_says_so_and_opens_by_itself(signed_in: Any, site: Site) -> None:
    page = signed_in
    with paused(site):
        page.goto(site.path("contacts/"))
        expect(page.get_by_text(SENTENCE)).to_be_visible()
        expect_accessible(page)
        page.goto(f"{site.url}/workspaces/")
        expect(page.get_by_text("Tạm dừng", exact=True).first).to_be_visible()
        expect_accessible(page)
        page.goto(site.path("contacts/"))
        expect(page.get_by_text(SENTENCE)).to_be_visible()
    # Nobody touches the page.
    expect(page.get_by_text(SENTENCE)).to_have_count(0)
    expect(page).to_have_url(site.path("contacts/"))


def test_an_operator_pauses_and_resumes_it_by_keyboard(signed_in: Any, site: Site) -> None:
    page = signed_in
    page.goto(f"{site.url}/profile/")
    page.get_by_role("link", name="Mọi không gian làm việc").press("Enter")
    expect(page.get_by_role("heading", name="Các không gian làm việc của hệ thống này")).to_be_visible()
    expect_accessible(page)
    page.locator("#main").get_by_role("link", name="Trà Sen").press("Enter")
    expect(page.get_by_role("heading", name="Trà Sen", exact=True)).to_be_visible()
    expect_accessible(page)
    page.get_by_label("Dữ liệu của cửa hàng đang được chuyển sang máy chủ khác.").check()
    page.get_by_role("button", name="Tạm dừng không gian").press("Enter")
    dialog = page.locator("dialog[open]")
    expect(dialog.get_by_text("Tạm dừng không gian này?")).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Tạm dừng không gian").press("Enter")
    dialog.get_by_role("button", name="Tạm dừng không gian").press("Enter")
    expect(page.get_by_role("button", name="Cho chạy tiếp")).to_be_visible()
    expect_accessible(page)
    page.goto(site.path("contacts/"))
    expect(page.get_by_text(SENTENCE)).to_be_visible()
    page.get_by_role("link", name="Cho chạy tiếp").press("Enter")
    page.get_by_role("button", name="Cho chạy tiếp").press("Enter")
    expect(page.get_by_text("Đang hoạt động")).to_be_visible()
    page.goto(site.path("contacts/"))
    expect(page.get_by_text(SENTENCE)).to_have_count(0)


def test_unsubscribing_works_meanwhile(clean_page: Any, site: Site) -> None:
    made = subprocess.run(
        [sys.executable, "-c", _LINK], env=site.environment, check=True, capture_output=True, text=True
    )
    page = clean_page
    with paused(site):
        page.goto(made.stdout.strip().splitlines()[-1])
        expect_accessible(page)
        page.get_by_role("button", name="Thôi nhận email").click()
        page.get_by_role("heading", name="Bạn không nhận quảng cáo qua email nữa").wait_for()
        expect_accessible(page)
        page.get_by_role("link", name="English").click()
        expect(page.get_by_role("button", name="Stop advertising by email")).to_be_visible()
