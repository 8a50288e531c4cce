"""Merge tags in subject, preview text and text messages are chips: typed, chosen, pasted, changed, deleted, undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import page_errors
from tests.browser.conftest import PHONE, WIDE, Site, sign_in
from tests.browser.test_mail_editor import run
from tests.patience import PATIENCE_MS

CONTENT = """
import sys, django
django.setup()
from quen.core import clock, schemas
from quen.apps.accounts import queries
from quen.apps.content import services
space = queries.get_workspace("tra-sen")
with schemas.use(space.schema_name):
    content = services.create_content(now=clock.now(), channel=sys.argv[1], subject=sys.argv[2], body=sys.argv[3])
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
    version = contents.versions(contents.get_content(int(sys.argv[1])))["vi"]
    print(repr((version.subject, version.preview, version.body)))
"""
TAG = '{{ call_name | default: "bạn" }}'
PASTE = """(editor, text) => {
  const data = new DataTransfer();
  data.setData("text/plain", text);
  editor.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
}"""


@pytest.fixture
def content(clean_page: Any, site: Site) -> Callable[..., str]:
    """Open the editor of a new content; returns its id."""

    def opened(channel: str = "email", subject: str = "", body: str = "") -> str:
        content_id = run(site, CONTENT, channel, subject, body)
        sign_in(clean_page, site)
        clean_page.goto(site.path(f"content/{content_id}/"))
        clean_page.locator(".line-words").first.wait_for()
        return content_id

    return opened


def wait_until_saved(page: Any, field: str, text: str) -> None:
    """Wait until the field that is posted has a text, and the server has answered that it is saved."""
    source = page.locator(f"#content-{field}-source")
    for _look in range(PATIENCE_MS // 50):
        if source.input_value() == text:
            break
        page.wait_for_timeout(50)
    assert source.input_value() == text
    with page.expect_response(lambda answer: "/vi/" in answer.url and answer.request.method == "POST"):
        source.evaluate("input => input.dispatchEvent(new Event('change', { bubbles: true }))")


@pytest.mark.parametrize("viewport", [WIDE, PHONE], ids=["1440", "390"])
def test_a_subject_is_written_by_keyboard(
    clean_page: Any, site: Site, content: Callable[..., str], viewport: dict[str, int]
) -> None:
    page = clean_page
    page.set_viewport_size(viewport)
    content_id = content(subject=f"Chào {TAG}")
    subject = page.get_by_role("textbox", name="Tiêu đề")
    chips = subject.locator(".merge-chip")
    expect(chips).to_have_text(["Tên gọi, hoặc “bạn”"])
    assert "{{" not in subject.inner_text()
    expect(page.locator("[data-counter=content-subject]")).to_have_text("8/60")

    # Backspace takes all of it, undo brings it back.
    subject.press("End")
    subject.press("Backspace")
    expect(chips).to_have_count(0)
    subject.press("Control+z")
    expect(chips).to_have_count(1)

    # A chip is selected like a letter; Enter asks for its fallback.
    subject.press("End")
    subject.press("ArrowLeft")
    subject.press("Enter")
    fallback = page.get_by_label("Khi chưa biết thì viết").first
    expect(fallback).to_be_focused()
    fallback.fill("quý khách")
    fallback.press("Enter")
    expect(chips).to_have_text(["Tên gọi, hoặc “quý khách”"])
    expect(subject).to_be_focused()

    # What is typed as a tag becomes a chip; Enter is no new line.
    subject.press("End")
    page.keyboard.type(", {{ shop_name }}")
    expect(chips).to_have_count(2)
    subject.press("Enter")
    page.keyboard.type(" mời")
    wait_until_saved(page, "subject", 'Chào {{ call_name | default: "quý khách" }}, {{ shop_name }} mời')
    assert page_errors(page) == []
    assert 'default: "quý khách" }}, {{ shop_name }} mời' in run(site, READ, content_id)


def test_the_menu_inserts_at_the_cursor_and_a_paste_keeps_its_tags(
    clean_page: Any, site: Site, content: Callable[..., str]
) -> None:
    page = clean_page
    content_id = content()
    preview = page.get_by_role("textbox", name="Đoạn xem trước")
    preview.click()
    page.keyboard.type("Của  nhé")
    for _step in range(4):
        preview.press("ArrowLeft")
    box = page.locator(".box-line", has=page.locator("#content-preview"))
    box.locator("summary").first.click()
    box.locator("[data-key=shop_name]").click()
    expect(preview.locator(".merge-chip")).to_have_count(1)
    preview.press("End")
    preview.evaluate(PASTE, f",\n{TAG}")
    expect(preview.locator(".merge-chip")).to_have_count(2)
    expect(preview.locator("p")).to_have_count(1)
    wait_until_saved(page, "preview", f"Của {{{{ shop_name }}}} nhé, {TAG}")
    assert "{{ shop_name }} nhé" in run(site, READ, content_id)


def test_a_text_message_keeps_its_lines_and_its_count(
    clean_page: Any, site: Site, content: Callable[..., str]
) -> None:
    page = clean_page
    content_id = content("sms", "", f"Chao {TAG}")
    text = page.get_by_role("textbox", name="Nội dung")
    expect(text.locator(".merge-chip")).to_have_count(1)
    text.press("End")
    text.press("Enter")
    page.keyboard.type("Tra moi da ve")
    wait_until_saved(page, "body", f"Chao {TAG}\nTra moi da ve")
    # As operators count: the tag as its fallback, whose mark makes the parts shorter.
    expect(page.locator("#content-saved")).to_contain_text("1 phần")
    assert "Chao" in run(site, READ, content_id)
    assert page_errors(page) == []


def test_without_scripts_it_is_a_plain_input(
    browser: Any, clean_page: Any, site: Site, content: Callable[..., str]
) -> None:
    content_id = content(subject=f"Chào {TAG}")
    cookies = clean_page.context.cookies()
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies(cookies)
    page = context.new_page()
    page.goto(site.path(f"content/{content_id}/"))
    subject = page.get_by_label("Tiêu đề")
    assert subject.input_value() == f"Chào {TAG}"
    subject.fill("Trà mới")
    page.get_by_role("button", name="Lưu", exact=True).click()
    assert page.get_by_label("Tiêu đề").input_value() == "Trà mới"
    context.close()
