"""The pages of the sidebar and around it, at both widths: no axe violation."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import page_errors
from tests.browser.conftest import PHONE, WIDE, Site, sign_in
from tests.cast import AN

ROOT = Path(__file__).resolve().parents[2]
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
        signed_in.locator("input[name=slug][value=moc-sen-da-nang]").wait_for(state="attached")
        signed_in.get_by_role("button", name="Tạo không gian làm việc").click()
        signed_in.wait_for_url("**/w/moc-sen-da-nang/")
        signed_in.get_by_text("Hãy bắt đầu từ những khách bạn quen").wait_for()

    def test_finds_a_time_zone_by_typing_without_marks(self, signed_in: Any, active_site: Site) -> None:
        signed_in.goto(active_site.url + "/workspaces/new/")
        signed_in.locator("summary", has_text="Tùy chọn").click()
        box = signed_in.get_by_role("combobox", name="Múi giờ")
        expect(box).to_have_value("Giờ Việt Nam (GMT+7)")
        box.click()
        box.fill("dai loan")
        box.press("Enter")
        expect(box).to_have_value("Đài Loan, Đài Bắc (GMT+8)")
        expect(signed_in.locator("select[name=time_zone]")).to_have_value("Asia/Taipei")
        box.fill("không có nước này")
        box.blur()
        expect(box).to_have_value("Đài Loan, Đài Bắc (GMT+8)")

    def test_asks_which_fields_only_with_a_custom_choice(self, signed_in: Any, active_site: Site) -> None:
        signed_in.goto(active_site.url + "/workspaces/new/")
        signed_in.locator("summary", has_text="Tùy chọn").click()
        first = signed_in.locator("input[name=custom_fields]").first
        expect(first).to_be_hidden()
        signed_in.get_by_label("Tự chọn").check()
        expect(first).to_be_visible()


class TestPhone:
    """The pages on a phone: titles are whole, actions reachable, filters folded."""

    @pytest.mark.parametrize(
        "path", ["contacts/", "contacts/sources/", "contacts/fields/", "campaigns/", "team/"]
    )
    def test_a_title_is_not_cut_by_the_actions(self, signed_in: Any, active_site: Site, path: str) -> None:
        signed_in.set_viewport_size(PHONE)
        signed_in.goto(active_site.path(path))
        title = signed_in.locator("h1").first
        assert title.evaluate("each => each.scrollWidth <= each.clientWidth")
        for action in signed_in.locator(".top-actions .btn:has(svg):visible").all():
            assert action.bounding_box()["width"] <= 44
            assert action.inner_text().strip() or action.get_attribute("aria-label")

    def test_filters_wait_behind_a_switch(self, signed_in: Any, active_site: Site) -> None:
        signed_in.set_viewport_size(PHONE)
        for path, name in (("sending/consent-log/", "consent"), ("messages/", "state")):
            signed_in.goto(active_site.path(path))
            box = signed_in.locator(f"select[name={name}]")
            expect(box).to_be_hidden()
            signed_in.locator(".filter-toggle").click()
            expect(box).to_be_visible()


class TestOutsideWorkspaces:
    def test_leads_back_to_the_workspace_one_came_from(self, signed_in: Any, active_site: Site) -> None:
        for size, way_back in ((WIDE, "a.side-switch"), (PHONE, ".phone-bar a >> nth=0")):
            signed_in.set_viewport_size(size)
            signed_in.goto(active_site.url + "/profile/")
            signed_in.locator(way_back).click()
            signed_in.wait_for_url("**/w/*/")
