"""The condition editor in Chromium: adding, typing, counting and applying."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, Site

EDITOR = "audience/editor/"


def _screenshot(page: Any, name: str) -> None:
    folder = os.environ.get("QUEN_SCREENS")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


@pytest.mark.django_db
class TestConditionEditor:
    def test_builds_a_sentence_and_counts_while_typing(self, signed_in: Any, site: Site) -> None:
        page = signed_in
        page.goto(site.path(f"{EDITOR}?to=/w/tra-sen/audience/editor/"))
        expect(page.locator("#audience-result strong")).to_have_text("0")
        page.locator("select[name='type:']").select_option("field:spent")
        page.locator("input[name='value:0']").fill("100.000")
        expect(page.locator("#audience-result")).to_contain_text("100.000")
        page.locator("select[name='type:']").select_option("event:ordered")
        expect(page.locator("select[name='op:1']")).to_be_visible()
        expect(page.locator("input[name='value:0']")).to_have_value("100.000")
        page.locator("select[name='op:1']").select_option("never")
        expect(page.locator("input[name='times:1']")).to_have_count(0)
        page.get_by_role("button", name="Thêm nhóm").click()
        page.locator("select[name='type:2']").select_option("field:province")
        expect(page.locator("select[name='op:2.0']")).to_be_visible()
        _screenshot(page, "editor")
        page.locator("button[value='remove:2']").click()
        expect(page.locator("select[name='op:2.0']")).to_have_count(0)
        page.get_by_role("button", name="Áp dụng").click()
        page.wait_for_url("**rules=*")
        assert parse_qs(urlsplit(page.url).query)["rules"]

    def test_fits_a_phone(self, signed_in: Any, site: Site) -> None:
        page = signed_in
        page.set_viewport_size(PHONE)
        page.goto(site.path(EDITOR))
        page.locator("select[name='type:']").select_option("event:ordered")
        expect(page.locator("select[name='op:0']")).to_be_visible()
        page.locator("select[name='type:']").select_option("field:gender")
        expect(page.locator("select[name='op:1']")).to_be_visible()
        _screenshot(page, "editor-390")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
