"""Every page once in Chromium, wide and on a phone: no console error, no other host, nothing axe complains of."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import PHONE, WIDE, Site, sign_in
from tests.cast import TRA_SEN
from tests.test_url_walk import PUBLIC, WORKSPACE

_AXE = Path(__file__).resolve().parents[2] / "frontend/node_modules/axe-core/axe.min.js"
_SAMPLE = Path(__file__).resolve().parents[2] / "src/quen/rooms/exchange/tests/samples/sapo-khach-hang.xlsx"
#: open without signing in, or answered by a redirect
_SKIPPED = {"account_logout", "sign_in_link", "invitation", "account_reset_password_from_key", "home"}


@pytest.fixture(scope="module")
def full_site(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The site with a demo shop and an import in it, so that the pages have something to show."""
    for arguments in (
        ["demo", "-w", TRA_SEN, "--contacts", "150", "--events", "1500"],
        ["import", str(_SAMPLE), "-w", TRA_SEN, "--tag", "hội chợ"],
    ):
        subprocess.run(
            [sys.executable, "-m", "quen.cli", *arguments],
            env=site.environment,
            check=True,
            capture_output=True,
            cwd=tmp_path_factory.mktemp("refused"),
        )
    return site


def _pages(page: Any, site: Site) -> Iterator[str]:
    addresses = [site.path(path) for _name, path, _view in WORKSPACE]
    addresses += [f"{site.url}/{path}" for name, path, _view in PUBLIC if name not in _SKIPPED]
    for address in addresses:
        answer = page.request.get(address, max_redirects=0, fail_on_status_code=False)
        if answer.status == 200 and "<html" in answer.text()[:300]:
            yield address


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["1440", "390"])
def test_every_page_is_calm_accessible_and_fits(
    calm_page: Any, full_site: Site, size: dict[str, int]
) -> None:
    page = calm_page
    page.set_viewport_size(size)
    sign_in(page, full_site)
    seen, wrong = 0, []
    for address in _pages(page, full_site):
        page.goto(address)
        page.wait_for_load_state("networkidle") if "/live/" not in page.content() else page.wait_for_timeout(
            150
        )
        seen += 1
        place = address.removeprefix(full_site.url)
        wide = page.evaluate("document.scrollingElement.scrollWidth")
        if wide > size["width"]:
            wrong.append(f"{place}: {wide} px wide")
        if "axe" not in page.evaluate("Object.keys(window)"):
            page.evaluate(_AXE.read_text())
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
        wrong += [f"{place}: {v['id']}: {v['nodes'][0]['html'][:160]}" for v in found]
    assert seen > 25
    assert not wrong, "\n".join(wrong)
