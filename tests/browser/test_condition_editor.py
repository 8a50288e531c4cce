"""The condition editor in Chromium: by keyboard, by mouse, on a phone, without JavaScript."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import page_errors
from tests.browser.conftest import PHONE, WIDE, Site, settle

EDITOR = "audience/editor/"
SENTENCE = "#audience-sentence"
#: a shop with tags and twelve customers of Đà Nẵng
SHOP = """
import django
django.setup()
from quen.core import schemas
from quen.apps.accounts import queries
from quen.apps.contacts.models import Tag
from quen.apps.contacts.tests.factories import make_contact
with schemas.use(queries.get_workspace("tra-sen").schema_name):
    for name in ("VIP", "Sỉ", "Mới", *(f"Lô {number}" for number in range(12))):
        Tag.objects.create(name=name)
    for number in range(12):
        make_contact(full_name=f"Võ Thị {number}", phone=f"+849053182{number:02}", province="48")
"""


def _screenshot(page: Any, name: str) -> None:
    folder = os.environ.get("QUEN_SCREENS")
    if folder:
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def _rows(page: Any) -> Any:
    return page.locator("[data-cond-row]")


def _picker(page: Any, number: int = -1) -> Any:
    """Return the box that adds a condition; the last one is that of the whole."""
    return page.get_by_role("combobox", name="Thêm điều kiện").nth(number)


def _add(page: Any, words: str, number: int = -1) -> None:
    """Add the condition found first, by keyboard."""
    _picker(page, number).focus()
    page.keyboard.type(words)
    expect(page.locator(".picker [role=option][aria-selected=true]")).to_have_count(1)
    page.keyboard.press("Enter")
    settle(page)


@pytest.fixture(scope="module")
def shop(site: Site) -> Site:
    """A site with customers and tags."""
    subprocess.run([sys.executable, "-c", SHOP], env=site.environment, check=True)
    return site


@pytest.fixture
def editor(signed_in: Any, shop: Site) -> Any:
    """The page of the editor."""
    signed_in.set_viewport_size(WIDE)
    signed_in.goto(shop.path(f"{EDITOR}?to=/w/tra-sen/audience/editor/"))
    settle(signed_in)
    return signed_in


@pytest.mark.django_db
class TestByKeyboard:
    def test_an_arrow_key_adds_nothing_and_keeps_the_focus(self, editor: Any) -> None:
        find = _picker(editor)
        find.focus()
        for _press in range(3):
            editor.keyboard.press("ArrowDown")
        expect(find).to_be_focused()
        expect(find).to_have_attribute("aria-expanded", "true")
        assert find.get_attribute("aria-activedescendant")
        expect(_rows(editor)).to_have_count(0)
        editor.keyboard.press("Escape")
        expect(find).to_have_attribute("aria-expanded", "false")
        expect(find).to_be_focused()
        expect(_rows(editor)).to_have_count(0)

    def test_finds_without_accents_and_offers_what_is_used_most_first(self, editor: Any) -> None:
        find = _picker(editor)
        find.press("ArrowDown")
        expect(editor.locator(".picker .menu-head").first).to_have_text("Hay dùng")
        find.fill("thanh pho")
        expect(editor.locator(".picker [role=option]").first).to_contain_text("Tỉnh/thành phố")

    def test_builds_three_conditions_with_a_negation_and_a_group(self, editor: Any) -> None:
        page = editor
        _add(page, "dong y nhan email")
        # The value is there already: the focus is on its ticks, and Esc goes back to the chip.
        expect(page.locator("input[name='value:0']").first).to_be_focused()
        expect(page.locator("#text-value-0")).to_have_text("đồng ý nhận email")
        page.keyboard.press("Escape")
        expect(page.locator("#value-0")).to_be_focused()
        page.keyboard.press("Shift+Tab")
        expect(page.locator("select[name='op:0']")).to_be_focused()

        _add(page, "the")
        page.keyboard.type("vip")
        page.keyboard.press("Enter")
        expect(page.locator("#text-value-1")).to_have_text("VIP")
        page.keyboard.press("Escape")
        page.keyboard.press("Shift+Tab")
        # “không” is a word to choose: có thẻ, có đủ thẻ, không có thẻ.
        for _press in range(2):
            page.keyboard.press("ArrowDown")
            settle(page)
        expect(page.locator("select[name='op:1']")).to_have_value("none")
        expect(page.locator("select[name='op:1']")).to_be_focused()

        page.get_by_role("button", name="Thêm nhóm").last.focus()
        page.keyboard.press("Enter")
        settle(page)
        # The focus is in the new group: two conditions, one of which must hold.
        expect(_picker(page, 0)).to_be_focused()
        page.keyboard.type("dat hang")
        page.keyboard.press("Enter")
        settle(page)
        expect(page.locator("input[name='times:2.0']")).to_be_focused()
        page.keyboard.press("ControlOrMeta+a")
        page.keyboard.type("2")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.locator("input[name='last_days:2.0']")).to_be_focused()
        page.keyboard.type("90")
        page.keyboard.press("Enter")
        settle(page)
        expect(page.locator("#text-details-2-0")).to_have_text("trong 90 ngày qua")
        _add(page, "tong chi", 0)
        expect(page.locator("input[name='value:2.1']")).to_be_focused()
        page.keyboard.type("500000")
        expect(page.locator(SENTENCE)).to_contain_text("500.000")
        sentence = (
            "đồng ý nhận email, không có thẻ VIP,"
            " (đã mua ít nhất 2 lần trong 90 ngày qua hoặc đã chi ít nhất 500.000 ₫)"
        )
        said = page.locator(SENTENCE).inner_text().replace("\u00a0", " ")
        assert set(_parts(said)) == set(_parts(sentence))
        _screenshot(page, "editor")
        assert page_errors(page) == []
        # It is the same after it was applied and opened again.
        before = page.locator(SENTENCE).inner_text()
        page.get_by_role("button", name="Áp dụng").focus()
        page.keyboard.press("Enter")
        page.wait_for_url("**rules=*")
        rules = parse_qs(urlsplit(page.url).query)["rules"][0]
        page.goto(f"{page.url.split('?')[0]}?tree={rules}")
        settle(page)
        expect(page.locator(SENTENCE)).to_have_text(before)
        expect(_rows(page)).to_have_count(4)

    def test_removing_goes_on_with_the_row_that_took_the_place(self, editor: Any) -> None:
        page = editor
        _add(page, "tong chi")
        _add(page, "tong so don")
        first = page.locator("button[value='remove:0']")
        first.focus()
        page.keyboard.press("ArrowDown")
        expect(page.locator("button[value='remove:1']")).to_be_focused()
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        settle(page)
        expect(_rows(page)).to_have_count(1)
        expect(page.locator("button[value='remove:0']")).to_be_focused()
        page.keyboard.press("Enter")
        settle(page)
        expect(_rows(page)).to_have_count(0)
        expect(_picker(page)).to_be_focused()


def _parts(sentence: str) -> list[str]:
    return [part.strip() for part in sentence.split(", ")]


@pytest.mark.django_db
class TestByMouse:
    def test_a_click_adds_one_condition_and_a_chip_opens_in_place(self, editor: Any) -> None:
        page = editor
        _picker(page).click()
        page.get_by_role("option", name="Thẻ", exact=True).first.click()
        settle(page)
        expect(_rows(page)).to_have_count(1)
        page.locator(".chip-panel input:not([type=hidden])").fill("sỉ")
        page.locator(".chip-panel").get_by_role("option", name="Sỉ").click()
        settle(page)
        page.locator("h1").click()
        expect(page.locator(".chip-panel")).to_be_hidden()
        expect(page.locator("#text-value-0")).to_have_text("Sỉ")
        expect(page.locator(SENTENCE)).to_have_text("có thẻ Sỉ")

    def test_a_row_is_one_line_and_its_controls_have_one_height(self, editor: Any) -> None:
        page = editor
        for words in ("dong y nhan email", "dat hang", "the"):
            _add(page, words)
        page.keyboard.press("Escape")
        for row in _rows(page).all():
            height = row.bounding_box()["height"]
            assert height <= 42, row.inner_text()
        controls = page.locator(".chip-select, .chip-edit > summary, .chip-input")
        assert {round(control.bounding_box()["height"]) for control in controls.all()} == {32}

    def test_changing_the_operator_keeps_what_was_typed(self, editor: Any) -> None:
        page = editor
        _add(page, "tong chi")
        page.locator("input[name='value:0']").fill("100.000")
        page.locator("select[name='op:0']").select_option("less")
        settle(page)
        expect(page.locator("input[name='value:0']")).to_have_value("100.000")
        expect(page.locator(SENTENCE)).to_have_text("đã chi dưới 100.000 ₫")


@pytest.mark.django_db
class TestElsewhere:
    def test_fits_a_phone(self, editor: Any) -> None:
        page = editor
        page.set_viewport_size(PHONE)
        for words in ("dong y nhan email", "dat hang", "the", "tong chi", "sinh nhat"):
            _add(page, words)
        _screenshot(page, "editor-390")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

    def test_keeps_apply_within_reach_of_the_dialog_on_a_phone(self, signed_in: Any, shop: Site) -> None:
        page = signed_in
        page.set_viewport_size(PHONE)
        page.goto(shop.path("contacts/"))
        page.get_by_role("link", name="Thêm điều kiện").click()
        expect(_picker(page)).to_be_focused()
        for words in ("tinh", "dat hang", "the", "tong chi", "sinh nhat", "nguon", "gioi tinh"):
            _add(page, words)
        page.locator(".modal-body").last.evaluate("body => body.scrollTo(0, 0)")
        settle(page)
        _screenshot(page, "dialog-390")
        apply = page.get_by_role("button", name="Áp dụng")
        expect(apply).to_be_in_viewport(ratio=1)
        # The samples come after it.
        assert apply.evaluate(
            "button => !!(button.compareDocumentPosition(document.getElementById('audience-sample')) & 4)"
        )

    def test_is_clean_in_the_dark(self, editor: Any) -> None:
        page = editor
        page.evaluate("document.documentElement.dataset.theme = 'quen-dark'")
        _add(page, "dong y nhan email")
        assert page_errors(page) == []
        page.keyboard.press("Escape")
        _picker(page).press("ArrowDown")
        assert page_errors(page) == []
        _screenshot(page, "editor-dark")

    def test_moves_to_what_blocks_saving(self, shop: Site, signed_in: Any) -> None:
        page = signed_in
        page.set_viewport_size(PHONE)
        page.goto(shop.path("segments/new/"))
        settle(page)
        page.get_by_label("Tên", exact=True).fill("Khách quen")
        page.get_by_role("button", name="Lưu phân khúc").click()
        missing = page.locator("[data-form-errors]")
        expect(missing).to_be_focused()
        expect(missing).to_be_in_viewport()
        page.set_viewport_size(WIDE)

    def test_works_without_javascript(
        self, browser: Any, browser_context_args: Any, shop: Site, signed_in: Any
    ) -> None:
        plain = browser.new_context(**browser_context_args, java_script_enabled=False)
        plain.add_cookies(signed_in.context.cookies())
        page = plain.new_page()
        page.goto(shop.path(f"{EDITOR}?to=/w/tra-sen/audience/editor/"))
        page.locator("select[name='type:']").select_option("field:spent")
        page.get_by_role("button", name="Thêm điều kiện").click()
        page.locator("input[name='value:0']").fill("100.000")
        page.locator("select[name='op:0']").select_option("less")
        page.get_by_role("button", name="Xem kết quả").last.click()
        expect(page.locator(SENTENCE)).to_have_text("đã chi dưới 100.000 ₫")
        plain.close()
