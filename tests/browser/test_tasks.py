"""Tasks in Chromium: added in one line, done in one press and taken back; accessible at both widths."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import page_errors
from tests.browser.conftest import PHONE, WIDE, Site, settle, sign_in

TASKS = """
import django
django.setup()
from quen.core import clock
from quen.apps.accounts import queries
from quen.apps.contacts.tests.factories import make_contact
from quen.apps.team import queries as team
from quen.cli.demo import add_tasks
from quen.core import schemas
shop = queries.get_workspace("tra-sen")
names = (
    "Võ Thị Mỹ Duyên", "Nguyễn Hoàng Phúc", "Phan Văn Toàn", "Lê Thị Thảo Vy", "Trần Quốc Bảo", "Đỗ Minh Anh",
    "Bùi Thanh Hà", "Hồ Ngọc Linh", "Đặng Gia Huy", "Ngô Bảo Châu",
)
with schemas.use(shop.schema_name):
    for name in names:
        make_contact(full_name=name, status=1)
    member = team.find_member(queries.find_user("an@tra-sen.example").pk)
add_tasks(shop, member=member, now=clock.now())
"""


@pytest.fixture(scope="module")
def shop(site: Site) -> Site:
    """A shop with tasks; the first is overdue, the last an advertising call."""
    subprocess.run([sys.executable, "-c", TASKS], env=site.environment, check=True)
    return site


def test_the_pages_are_accessible_and_fit(clean_page: Any, shop: Site) -> None:
    page = clean_page
    sign_in(page, shop)
    errors = []
    for path in (
        "tasks/",
        "tasks/?tab=later",
        "tasks/?tab=done",
        "tasks/?who=free&tab=later",
        "tasks/new/",
        "tasks/1/",
        "tasks/8/",
        "tasks/11/",
        "tasks/settings/",
        "tasks/contacts/1/",
        "contacts/1/",
        "",
    ):
        for size in (WIDE, PHONE):
            page.set_viewport_size(size)
            page.goto(shop.path(path))
            errors += page_errors(page)
    assert errors == []


def test_done_is_one_press_and_can_be_taken_back(clean_page: Any, shop: Site) -> None:
    page = clean_page
    sign_in(page, shop)
    page.set_viewport_size(WIDE)
    page.goto(shop.path("tasks/?tab=overdue"))
    rows = page.locator("#listing tbody tr")
    expect(rows).to_have_count(2)
    page.locator("#listing").get_by_role("button", name="đã xong").first.click()
    expect(rows).to_have_count(1)
    page.get_by_role("button", name="Hoàn tác").click()
    expect(rows).to_have_count(2)


def test_a_task_is_added_in_one_line_by_keyboard(clean_page: Any, shop: Site) -> None:
    page = clean_page
    sign_in(page, shop)
    page.set_viewport_size(PHONE)
    page.goto(shop.path("tasks/"))
    page.get_by_label("Việc cần làm").fill("Gọi lại cho chị Hạnh")
    page.get_by_label("Ngày").first.select_option("1")
    page.get_by_label("Giờ").fill("9h30")
    page.keyboard.press("Enter")
    settle(page)
    page.goto(shop.path("tasks/?tab=later"))
    expect(page.locator("#listing")).to_contain_text("Gọi lại cho chị Hạnh")
    expect(page.locator("#listing")).to_contain_text("09:30")


def test_a_task_is_added_on_the_page_of_a_customer(clean_page: Any, shop: Site) -> None:
    page = clean_page
    sign_in(page, shop)
    page.set_viewport_size(WIDE)
    page.goto(shop.path("contacts/2/"))
    panel = page.locator("#panel-tasks")
    panel.get_by_text("Thêm công việc").click()
    panel.get_by_label("Việc cần làm").fill("Gửi mẫu trà mới")
    panel.get_by_role("button", name="Thêm", exact=True).click()
    expect(panel.get_by_role("link", name="Gửi mẫu trà mới")).to_be_visible()
    panel.get_by_role("button", name="Đánh dấu “Gửi mẫu trà mới” đã xong").click()
    expect(panel.get_by_text("1 việc đã kết thúc")).to_be_visible()
