"""The pages of the sidebar and around it, at both widths: no axe violation."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import PHONE, WIDE, Site, settle, sign_in
from tests.cast import AN

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "frontend/node_modules/axe-core/axe.min.js"
INSIDE = ["", "team/", "team/roles/", "team/1/", "team/invitations/", "settings/", "log/", "notifications/"]
OUTSIDE = [
    "/workspaces/",
    "/workspaces/new/",
    "/profile/",
    "/profile/delete/",
    "/ui/",
    "/mailbox/",
    "/accounts/password/change/",
]
OPEN = ["/accounts/login/", "/accounts/password/reset/", "/accounts/password/reset/key/1-abc/"]
ACTIVITY = f"""
import django
django.setup()
from datetime import timedelta
from quen.core import clock, schemas
from quen.apps.accounts import queries, services as accounts
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.team import queries as members, services as team
now, space, user = clock.now(), queries.get_workspace("tra-sen"), queries.find_user("{AN}")
accounts.store_system_mail(to="binh@tra-sen.example", subject="Lời mời", text="Mở liên kết này")
with schemas.use(space.schema_name):
    an = members.find_member(user.pk)
    for days in range(12):
        make_contact(created_at=now - timedelta(days=days), incomplete=days == 3, status=1 + days % 4)
    emails = ["em@tra-sen.example", "mot-dia-chi-rat-dai@tra-sen-tay-ho.example"]
    team.send_invitations(workspace=space, emails=emails, role="sales", actor=an.actor, user=user, now=now)
    team.notify(an, "team.joined", now=now, path="/team/", data={{"name": "Đỗ Dung"}})
"""


@pytest.fixture(scope="module")
def active_site(site: Site) -> Site:
    """A shop with some activity."""
    subprocess.run([sys.executable, "-c", ACTIVITY], env=site.environment, check=True)
    return site


def page_errors(page: Any) -> list[str]:
    """Return the axe violations and an overflow of the width."""
    settle(page)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run(document).then(result => result.violations)")
    named = [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in found]
    spare = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return named + ([f"{spare} pixels too wide"] if spare > 0 else [])


def errors_by_page(page: Any, addresses: list[str]) -> dict[str, list[str]]:
    found = {}
    for size in (WIDE, PHONE):
        page.set_viewport_size(size)
        for address in addresses:
            page.goto(address)
            if wrong := page_errors(page):
                found[f"{address} at {size['width']}"] = wrong
    return found


class TestPages:
    def test_before_signing_in(self, clean_page: Any, active_site: Site) -> None:
        assert errors_by_page(clean_page, [active_site.url + path for path in OPEN]) == {}

    def test_inside_a_workspace(self, signed_in: Any, active_site: Site) -> None:
        assert errors_by_page(signed_in, [active_site.path(path) for path in INSIDE]) == {}

    def test_outside_workspaces(self, signed_in: Any, active_site: Site) -> None:
        assert errors_by_page(signed_in, [active_site.url + path for path in OUTSIDE]) == {}

    def test_in_dark_mode(self, signed_in: Any, active_site: Site) -> None:
        address = active_site.url.partition("//")[2].partition(":")[0]
        cookie = {"name": "theme", "value": "dark", "domain": address, "path": "/"}
        signed_in.context.add_cookies([cookie])
        assert errors_by_page(signed_in, [active_site.path(path) for path in INSIDE[:3]]) == {}


class TestBell:
    def test_opens_on_the_latest_notices(self, signed_in: Any, active_site: Site) -> None:
        signed_in.goto(active_site.path())
        signed_in.get_by_label("1 thông báo mới").click()
        signed_in.get_by_text("Đỗ Dung đã vào nhóm.").wait_for()

    def test_shows_news_while_the_page_is_open(self, clean_page: Any, active_site: Site) -> None:
        sign_in(clean_page, active_site)
        clean_page.goto(active_site.path("team/"))
        clean_page.get_by_label("1 thông báo mới").wait_for()
        more = ACTIVITY.partition("accounts.store_system_mail")[0] + (
            "with schemas.use(space.schema_name):\n"
            "    an = members.find_member(user.pk)\n"
            '    team.notify(an, "team.joined", now=now, path="/team/", data={"name": "Em"})\n'
        )
        subprocess.run([sys.executable, "-c", more], env=active_site.environment, check=True)
        clean_page.get_by_label("2 thông báo mới").wait_for()


class TestNewWorkspace:
    def test_proposes_its_address_while_the_name_is_typed(self, signed_in: Any, active_site: Site) -> None:
        signed_in.goto(active_site.url + "/workspaces/new/")
        signed_in.locator("#id_name").press_sequentially("Mộc Sen Đà Nẵng")
        signed_in.locator("input[name=slug][value=moc-sen-da-nang]").wait_for()
        signed_in.get_by_role("button", name="Tạo không gian làm việc").click()
        signed_in.wait_for_url("**/w/moc-sen-da-nang/")
        signed_in.get_by_text("Hãy bắt đầu từ những khách bạn quen").wait_for()
