"""The mail editor in Chromium: typing, formatting, merge tags, autosave; no axe violation at either width."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from quen.core.postgres.processes import wait_until
from tests.browser.accessibility import page_errors
from tests.browser.conftest import PHONE, WIDE, Site, sign_in
from tests.patience import PATIENCE_SECONDS

CONTENT = """
import django
django.setup()
from quen.core import clock, schemas
from quen.apps.accounts import queries
from quen.apps.content import services
space = queries.get_workspace("tra-sen")
with schemas.use(space.schema_name):
    body = '<p>Chào {{ call_name | default: "bạn" }}</p>'
    content = services.create_content(now=clock.now(), subject="Trà mới về", preview="Sen Tây Hồ", body=body)
    print(content.pk)
"""
READ = """
import sys, django
django.setup()
from quen.core import schemas
from quen.apps.accounts import queries
from quen.apps.content import queries as contents
space = queries.get_workspace("tra-sen")
with schemas.use(space.schema_name):
    print(contents.versions(contents.get_content(int(sys.argv[1])))["vi"].body)
"""


def run(site: Site, code: str, *arguments: str) -> str:
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env=site.environment, cwd=root, check=True, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout.strip()


@pytest.fixture
def content_id(site: Site) -> str:
    return run(site, CONTENT)


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["1440", "390"])
def test_writing_a_mail(clean_page: Any, site: Site, content_id: str, viewport: dict[str, int]) -> None:
    page = clean_page
    page.set_viewport_size(viewport)
    sign_in(page, site)
    page.goto(site.path(f"content/{content_id}/"))
    editor = page.locator(".rich-words")
    editor.wait_for()
    assert page.locator(".rich-words .merge-chip").first.inner_text() == "Tên gọi, hoặc “bạn”"

    editor.click()
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Đậm").click()
    page.keyboard.type("Giảm 20% ")
    page.get_by_role("button", name="Đậm").click()
    page.locator(".rich-tools summary").click()
    page.locator(".rich-tools [data-key=shop_name]").click()
    with page.expect_response(lambda answer: "/vi/" in answer.url and answer.request.method == "POST"):
        page.keyboard.type(" mời")
    page.locator("#content-saved", has_text="Đã lưu").wait_for()
    saved = run(site, READ, content_id)
    assert '{{ call_name | default: "bạn" }}' in saved
    assert "<strong>Giảm 20% </strong>{{ shop_name }} mời" in saved

    page.get_by_role("button", name="Nút bấm").click()
    page.locator("[data-ask-text]").fill("Xem ngay")
    page.locator("[data-ask-address]").fill("tra-sen.example/moi")
    with page.expect_response(lambda answer: "/vi/" in answer.url and answer.request.method == "POST"):
        page.keyboard.press("Enter")
    assert page.locator(".rich-words .button a").get_attribute("href") == "https://tra-sen.example/moi"
    assert page_errors(page) == []
    _screenshot(page, f"editor-{viewport['width']}")

    page.get_by_role("link", name="Mẫu bắt đầu", exact=True).first.click()
    page.locator(".design").first.wait_for()
    _screenshot(page, f"designs-{viewport['width']}")
    page.get_by_role("button", name="Dùng mẫu này").first.click()
    page.get_by_role("button", name="Thay thế").click()
    page.locator(".rich-words h1", has_text="Ưu đãi 20%").wait_for()
    assert "ưu đãi" in page.locator("#content-subject").inner_text().lower()

    page.goto(site.path(f"content/{content_id}/preview/"))
    page.frame_locator(".mail-frame").get_by_text("Trà Sen").first.wait_for()
    _screenshot(page, f"preview-{viewport['width']}")
    assert page_errors(page) == []


def test_a_broken_line_is_told_and_html_keeps_its_source(signed_in: Any, site: Site, content_id: str) -> None:
    page = signed_in
    page.goto(site.path(f"content/{content_id}/"))
    page.locator(".rich-words").wait_for()
    page.locator("input[name=format][value=html]").check(force=True)
    page.locator("#content-body").fill("<p>a</p>\n<p>{{ call_name</p>")
    page.locator("#content-saved", has_text="Dòng 2").wait_for()
    page.locator("#content-body").fill("<table><tr><td>a</td></tr></table>")
    page.locator("#content-saved", has_text="Đã lưu").wait_for()
    page.locator("input[name=format][value=rich]").click(force=True)
    page.locator("#confirm button[value=no]").click()
    assert page.locator("#content-body").is_visible()


def _screenshot(page: Any, name: str) -> None:
    folder = os.environ.get("QUEN_PICTURES")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def test_what_was_typed_last_is_saved_when_the_page_is_left(
    clean_page: Any, site: Site, content_id: str
) -> None:
    page = clean_page
    sign_in(page, site)
    page.goto(site.path(f"content/{content_id}/"))
    page.locator(".rich-words").click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" vội")
    page.goto(site.path("contacts/"))
    assert wait_until(lambda: "vội" in run(site, READ, content_id), PATIENCE_SECONDS)
