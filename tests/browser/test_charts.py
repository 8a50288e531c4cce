"""Charts in Chromium: drawn above their table, shown as a table, read aloud by keys, redrawn with the theme."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Site

BARS = "[data-chart] >> nth=0"


def test_a_chart_is_drawn_and_its_table_kept(signed_in: Any, site: Site) -> None:
    page = signed_in
    page.goto(f"{site.url}/ui/")
    figures = page.locator("[data-chart]")
    page.locator("[data-chart] svg").nth(6).wait_for()
    assert figures.count() == 7  # the eighth has no values and shows the empty state
    first = page.locator(BARS)
    assert first.locator("table").count() == 1
    assert first.locator("[data-chart-plot] path").count() >= 14


def test_the_button_shows_the_table(signed_in: Any, site: Site) -> None:
    page = signed_in
    page.goto(f"{site.url}/ui/")
    first = page.locator(BARS)
    toggle = first.locator("[data-chart-toggle]")
    toggle.click()
    assert toggle.get_attribute("aria-pressed") == "true"
    assert first.locator("[data-chart-plot]").is_hidden()
    assert first.locator("table").bounding_box()["width"] > 100
    toggle.click()
    assert first.locator("[data-chart-plot]").is_visible()


def test_arrow_keys_read_the_values(signed_in: Any, site: Site) -> None:
    page = signed_in
    page.goto(f"{site.url}/ui/")
    page.locator(f"{BARS} >> [data-chart-plot]").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(page.locator("#announcer")).to_have_text("02/10/2026: 48")


def test_the_theme_redraws_it(signed_in: Any, site: Site) -> None:
    page = signed_in
    page.goto(f"{site.url}/ui/")
    bar = f"{BARS} >> [data-chart-plot] path[fill^='rgb'] >> nth=0"
    light = page.locator(bar).get_attribute("fill")
    page.evaluate("document.documentElement.dataset.theme = 'quen-dark'")
    expect(page.locator(bar)).not_to_have_attribute("fill", light)


def test_without_scripts_the_table_is_there(site: Site, browser: Any, signed_in: Any) -> None:
    state = signed_in.context.storage_state()
    context = browser.new_context(java_script_enabled=False, storage_state=state)
    page = context.new_page()
    page.goto(f"{site.url}/ui/")
    first = page.locator(BARS)
    assert first.locator("table").is_visible()
    assert first.locator("[data-chart-toggle]").is_hidden()
    context.close()
