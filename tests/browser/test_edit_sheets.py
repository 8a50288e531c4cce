"""A returned workbook in Chromium: arrows, X, Enter, N and ranges; conflicts first; a phone; no axe violation."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import page_errors
from tests.browser.conftest import PHONE, WIDE, Site, settle, sign_in

RETURNED = """
import django
django.setup()
from django.utils import translation
from quen.core import clock, schemas
from quen.core.actors import SYSTEM
from quen.apps.accounts import queries
from quen.apps.contacts import services
from quen.apps.contacts.tests.factories import make_contact, make_field
from quen.apps.contacts.tests.test_edit_sheets import brought_back, downloaded, put
now = clock.now()
workspace = queries.get_workspace("tra-sen")
with schemas.use(workspace.schema_name), translation.override("vi"):
    skin = make_field(name="Loại da", format="single", choices=["Khô", "Dầu", "Hỗn hợp", "Nhạy cảm", "Thường"])
    people = {}
    for at, (name, phone, email, city, kind, tags) in enumerate((
        ("Nguyễn Thị Thảo Vy", "905318274", "vy.nguyen@example.com", "Hội An, Quảng Nam", "", ["VIP"]),
        ("Trần Quốc Bảo", "914027665", "bao.tran@example.com", "Hải Châu, Đà Nẵng", "", ["quà tặng"]),
        ("Lê Hoàng Yến Nhi", "978440931", "yennhi.le@example.com", "Sơn Trà, Đà Nẵng", "Khô", ["livestream"]),
        ("Đặng Ngọc Ánh", "822590137", "ngocanh.dang@example.com", "", "Dầu", ["mẹ bầu"]),
        ("Huỳnh Gia Hân", "907664581", "giahan@example.com", "An Khê, Đà Nẵng", "", ["livestream"]),
        ("Bùi Thanh Tùng", "387205915", "tung.bui@example.com", "Thanh Khê, Đà Nẵng", "", ["hội chợ"]),
        ("Hồ Thị Bích Ngọc", "943718620", None, "Q. Hải Châu", "Nhạy cảm", ["da nhạy cảm"]),
        ("Đoàn Khánh Linh", "856031479", "linh.d@example.com", "Liên Chiểu, Đà Nẵng", "Khô", ["quà tặng"]),
        ("Phan Thị Tường Vi", "769483052", "tuongvi.phan@example.com", "Huế", "", ["tóc"]),
        ("Lý Thu Hà", "949305817", "thuha.ly@example.com", "", "Hỗn hợp", []),
    )):
        attrs = {str(skin.pk): kind} if kind else {}
        people[name] = make_contact(
            full_name=name, phone="+84" + phone, email=email, city=city, attrs=attrs, tags=tags
        )
    keys = ["phone", "email", "province", "status", "tags", f"field_{skin.pk}"]
    sheet, grid = downloaded(*people.values(), columns=keys)
    for name, heading, value in (
        ("Nguyễn Thị Thảo Vy", "Tỉnh/thành phố", "Hội An, Đà Nẵng"),
        ("Nguyễn Thị Thảo Vy", "Loại da", "Nhạy cảm"),
        ("Trần Quốc Bảo", "Email", "quocbao@example.com"),
        ("Trần Quốc Bảo", "Loại da", "Dầu"),
        ("Lê Hoàng Yến Nhi", "Số điện thoại", "0978 440 913"),
        ("Lê Hoàng Yến Nhi", "Thẻ", "livestream, trà"),
        ("Đặng Ngọc Ánh", "Tỉnh/thành phố", "Cẩm Lệ, Đà Nẵng"),
        ("Đặng Ngọc Ánh", "Loại da", "Hỗn hợp"),
        ("Huỳnh Gia Hân", "Email", "giahan.huynh@example.com"),
        ("Huỳnh Gia Hân", "Loại da", "Khô"),
        ("Bùi Thanh Tùng", "Số điện thoại", "0387 205 914"),
        ("Bùi Thanh Tùng", "Thẻ", "(xóa)"),
        ("Hồ Thị Bích Ngọc", "Email", "bichngoc@example.com"),
        ("Đoàn Khánh Linh", "Email", "(xóa)"),
        ("Đoàn Khánh Linh", "Loại da", "Thường"),
        ("Phan Thị Tường Vi", "Tỉnh/thành phố", "Thuận Hóa, Huế"),
        ("Phan Thị Tường Vi", "Trạng thái (chỉ xem)", "Đã đăng ký"),
        ("Lý Thu Hà", "Số điện thoại", "0905 774 21"),
        ("Lý Thu Hà", "Thẻ", "mới"),
    ):
        put(grid, heading, people[name], value)
    services.update_contact(
        workspace=workspace, contact=people["Trần Quốc Bảo"], values={"email": "bao.quoc@example.com"},
        actor=SYSTEM, now=now,
    )
    brought_back(sheet, grid)
"""


@pytest.fixture(scope="module")
def returned(site: Site) -> Site:
    """A shop with a workbook that has come back."""
    subprocess.run([sys.executable, "-c", RETURNED], env=site.environment, check=True)
    return site


def test_the_pages_are_accessible_and_fit(clean_page: Any, returned: Site) -> None:
    page = clean_page
    sign_in(page, returned)
    errors = []
    for path in ("contacts/sheets/", "contacts/sheets/1/", "contacts/sheets/1/?show=open"):
        for size in (WIDE, PHONE):
            page.set_viewport_size(size)
            page.goto(returned.path(path))
            settle(page)
            errors += [f"{path} at {size['width']}: {error}" for error in page_errors(page)]
    assert errors == []


def test_keys_move_take_keep_and_select(clean_page: Any, returned: Site) -> None:
    page = clean_page
    sign_in(page, returned)
    page.goto(returned.path("contacts/sheets/1/"))
    settle(page)
    cells = page.locator("button[data-cell], a[data-cell]")
    cells.first.focus()
    page.keyboard.press("ArrowRight")
    expect(cells.nth(1)).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator("td[data-kind=kept]")).to_have_count(1)
    expect(cells.nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("td[data-kind=kept]")).to_have_count(0)
    cells.first.focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("x")
    expect(page.locator("td[data-kind=kept]")).not_to_have_count(0)
    page.locator("summary.sheet-column").first.click()
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    expect(page.locator("[data-open]")).to_be_focused()


def test_open_conflicts_come_first_and_then_all_is_applied(clean_page: Any, returned: Site) -> None:
    page = clean_page
    sign_in(page, returned)
    page.goto(returned.path("contacts/sheets/1/"))
    settle(page)
    page.get_by_role("button", name="Áp dụng thay đổi").click()
    choice = page.locator("#conflict input[type=radio]").first
    expect(choice).to_be_focused()
    choice.check()
    expect(page.locator("[data-open]")).to_have_count(0)
    page.get_by_role("button", name="Áp dụng thay đổi").click()
    expect(page.get_by_role("heading", name="khách hàng")).to_be_visible()
    page.get_by_role("link", name="Hoàn tác…").click()
    page.get_by_role("button", name="Hoàn tác thay đổi").click()
    expect(page.get_by_role("heading", name="Đã hoàn tác các thay đổi")).to_be_visible()
