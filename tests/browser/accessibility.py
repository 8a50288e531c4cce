"""What axe and the width say about the page that is open."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.browser.conftest import PHONE, WIDE, settle

_AXE = (Path(__file__).resolve().parents[2] / "frontend/node_modules/axe-core/axe.min.js").read_text(
    encoding="utf-8"
)
# Frames show emails, where scripts may not run.
_VIOLATIONS = """place => axe.run(place, {resultTypes: ['violations'], iframes: false}).then(result =>
    result.violations.map(each => `${each.id}: ${each.nodes[0].html.slice(0, 160)}`))"""


def page_errors(page: Any, *, within: str = ":root", wait: bool = True) -> list[str]:
    """Return the violations of axe, and by how much the page is wider than the window.

    within: a selector of the part to check.  wait: until no request is on its way; not on a page that never rests.
    """
    if wait:
        settle(page)
    if "axe" not in page.evaluate("Object.keys(window)"):
        page.evaluate(_AXE)
    found: list[str] = page.evaluate(_VIOLATIONS, within)
    spare = page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
    return found + ([f"{spare} pixels too wide"] if spare > 0 else [])


def expect_accessible(page: Any, *, wait: bool = True) -> None:
    """Expect the page to have no errors on a phone and on a wide screen; the window is wide afterwards."""
    for size in (PHONE, WIDE):
        page.set_viewport_size(size)
        assert page_errors(page, wait=wait) == [], (page.url, size)
