"""The steps of a merchant from a customer file to a sent campaign, in Vietnamese, through the browser."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
from playwright.sync_api import expect
from psycopg.sql import SQL, Identifier

from tests.browser.conftest import Site, settle
from tests.cast import TRA_SEN

SAMPLE = (
    Path(__file__).resolve().parents[2] / "src/quen/apps/import_export/tests/samples/sapo-khach-hang.xlsx"
)
SEGMENT, SUBJECT = "Khách Sài Gòn", "Quà 20/10 đã gói xong, "
#: heading of the card with the steps of a report
FUNNEL = "Từ gửi đến bấm"
#: code of Hồ Chí Minh City
PROVINCE = "79"
#: A browser that says "Headless" is counted as a bot, and rightly so.
CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
_AUDIENCES = {
    "asked": "SELECT email FROM contacts_contact WHERE deleted_at IS NULL AND email IS NOT NULL AND province = %s"
    " AND status = 1 AND consent_email = 1",
    "segment": "SELECT coalesce(email, '') FROM contacts_contact WHERE deleted_at IS NULL AND province = %s",
}


@dataclass
class Website:
    """The shop's own website, the target of the links in its emails."""

    url: str
    visits: list[str] = field(default_factory=list)


@contextmanager
def website() -> Iterator[Website]:
    """Serve the shop's website on loopback."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.visits.append(self.path)
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write("<!doctype html><title>Trà Sen</title><h1>Trang bán hàng</h1>".encode())

        def log_message(self, *_words: object) -> None:
            """Log nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Pages) as server:
        seen = Website(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield seen
        finally:
            server.shutdown()
            thread.join()


def rows(site: Site, query: str, *given: object) -> list[tuple[Any, ...]]:
    """Return the rows of a query on the workspace's tables."""
    with psycopg.connect(site.database_url) as database:
        schema = database.execute(
            "SELECT schema_name FROM accounts_workspace WHERE slug = %s", [TRA_SEN]
        ).fetchone()
        assert schema is not None
        database.execute(SQL("SET search_path TO {}, public").format(Identifier(schema[0])))
        return database.execute(query.encode(), given).fetchall()


def addresses_in(site: Site, audience: str) -> Counter[str]:
    """Count the addresses of the segment's members: all, or those who are subscribed and consented."""
    return Counter(address for (address,) in rows(site, _AUDIENCES[audience], PROVINCE))


def import_contacts(page: Any, site: Site) -> None:
    """Import the merchant's file, with consent from its column."""
    page.goto(site.path("imports/"))
    page.locator("input[type=file]").first.set_input_files(SAMPLE)
    page.wait_for_url("**/data/")
    for step in ("columns", "settings"):
        page.get_by_role("button", name="Tiếp tục").last.click()
        page.wait_for_url(f"**/{step}/")
    page.get_by_label("Tôi xác nhận").check()
    page.get_by_role("button", name="Chạy thử").click()
    page.wait_for_url("**/dry-run/")
    page.get_by_role("button", name=re.compile("Nhập 305")).click()
    expect(page.get_by_text("khách hàng mới đã vào danh sách")).to_be_visible()


def save_filter_as_segment(page: Any, site: Site) -> None:
    """Filter the list by province and save the filter as a segment."""
    page.goto(site.path("contacts/"))
    page.get_by_role("link", name="Thêm điều kiện").click()
    editor = page.locator("#conditions")
    # The server renders the sentence again after each choice; a user waits for it too.
    editor.get_by_role("combobox", name="Thêm điều kiện").last.focus()
    page.keyboard.type("Tỉnh/thành phố")
    expect(editor.locator(".picker [role=option][aria-selected=true]")).to_have_count(1)
    page.keyboard.press("Enter")
    settle(page)
    # Typing counts; that it has ended shows whether choosing counts too.
    with page.expect_response("**/audience/count/"):
        editor.get_by_role("combobox", name="Tỉnh/thành phố", exact=True).fill("ho chi minh")
    settle(page)
    editor.get_by_role("option", name="Hồ Chí Minh", exact=True).click()
    expect(editor.locator("#audience-result")).to_contain_text("73 khách hàng")
    editor.get_by_role("button", name="Áp dụng").click()
    page.get_by_role("link", name="Lưu thành phân khúc").click()
    page.wait_for_url("**/segments/new/**")
    page.get_by_role("textbox", name="Tên", exact=True).fill(SEGMENT)
    page.get_by_role("button", name="Lưu phân khúc").click()
    page.wait_for_url(re.compile(r"/segments/\d+/$"))
    members = page.get_by_role("link", name=re.compile(r"Khách trong phân khúc\s*73"))
    expect(members).to_be_visible()


def set_up_compliance(page: Any, site: Site) -> None:
    """Set the sender block and accept the anti-spam policy."""
    page.goto(site.path("settings/"))
    page.get_by_label("Địa chỉ liên hệ").fill("12 Quảng An, Tây Hồ, Hà Nội")
    page.get_by_label("Đường dây nóng").fill("1900 6868")
    page.get_by_label("Email liên hệ").fill("chao@tra-sen.example")
    page.get_by_role("button", name="Lưu", exact=True).last.click()
    expect(page.get_by_role("region", name="Thông báo")).to_contain_text("Đã lưu thiết lập")
    page.goto(site.path("sending/"))
    # Recipients in a test open faster than people do.
    page.locator("[name=bot_open_seconds]").fill("0")
    page.get_by_role("button", name="Lưu", exact=True).click()
    expect(page.get_by_role("region", name="Thông báo")).to_contain_text("Đã lưu")
    page.goto(site.path("sending/terms/"))
    page.get_by_role("button", name="Tôi đã đọc").click()
    expect(page.locator("main")).to_contain_text("Bạn đã đồng ý phiên bản này")


def create_campaign(page: Any, site: Site, name: str) -> None:
    """Create a campaign for the segment."""
    page.goto(site.path("campaigns/new/"))
    page.get_by_label("Tên chiến dịch").fill(name)
    page.get_by_role("button", name="Soạn chiến dịch").click()
    page.wait_for_url(re.compile(r"/campaigns/\d+/$"))
    expect(page.locator("#checklist")).to_contain_text("Chưa chọn ai nhận")
    page.locator("#audience").get_by_role("link", name="Thêm").first.click()
    choices = page.locator("#choices")
    choices.get_by_label(re.compile(SEGMENT)).check()
    choices.get_by_role("button", name="Thêm").click()
    # Behind an open dialog a field accepts no input.
    expect(choices).to_be_hidden()
    expect(page.locator("#estimate")).to_contain_text("Sẽ nhận được")


def write_mail(page: Any, shop: Website) -> None:
    """Write subject and body with merge tags, a link and a button."""
    page.locator("#content-subject").fill(SUBJECT)
    page.locator("#content-subject").press("End")
    page.locator(".box-has-button", has=page.locator("#content-subject")).locator("summary").first.click()
    page.locator("[data-into=content-subject][data-key=call_name]").click()
    page.locator("#content-preview").fill("Hộp quà kraft, thiệp viết tay")
    page.locator(".rich-words").click()
    page.keyboard.press("Control+End")
    page.keyboard.type("Chào ")
    page.locator(".rich-tools summary").click()
    page.locator(".rich-tools [data-key=call_name]").click()
    page.keyboard.type(", năm nay Trà Sen gói sẵn ba hộp quà. Xem thực đơn")
    for _letter in "Xem thực đơn":
        page.keyboard.press("Shift+ArrowLeft")
    page.get_by_role("button", name="Liên kết", exact=True).click()
    page.locator("[data-ask-address]").fill(f"{shop.url}/thuc-don")
    page.keyboard.press("Enter")
    page.keyboard.press("End")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Nút bấm").click()
    page.locator("[data-ask-text]").fill("Đặt hộp quà")
    page.locator("[data-ask-address]").fill(f"{shop.url}/dat-hang")
    with page.expect_response(lambda answer: "/vi/" in answer.url and answer.request.method == "POST"):
        page.keyboard.press("Enter")
    expect(page.locator("#content-saved")).to_contain_text("Đã lưu")
    mail = page.frame_locator("#preview iframe")
    expect(mail.get_by_role("link", name="Đặt hộp quà")).to_be_visible()


def send_now(page: Any, people: int) -> None:
    """Send once the checklist has no errors, after checking the number of recipients."""
    expect(page.locator("#send-summary")).to_contain_text("sẵn sàng gửi")
    page.locator("#send-button").get_by_role("link", name="Gửi ngay").click()
    asked = page.locator("#send")
    expect(asked).to_contain_text(f"{people} người sẽ nhận tin này ngay bây giờ")
    asked.get_by_role("button", name="Gửi ngay").click()
    expect(page.locator("#report .pill").first).to_have_text("Đã gửi")
    expect_number(page, "Đã gửi", people)


def number(page: Any, label: str, card: str) -> Any:
    """Return the number after a label in a card of the report, or before it among what became of a step's rest."""
    inside = page.locator("#report > *", has=page.get_by_role("heading", name=card))
    part = inside.locator(".funnel-part", has_text=label)
    if label[0].islower():
        return part.locator(".num, .num-link")
    beside = f"normalize-space()='{label}'"
    return inside.locator(f"xpath=.//*[{beside}]/following-sibling::*[contains(@class, 'num')][1]")


def expect_number(page: Any, label: str, value: int, card: str = FUNNEL) -> None:
    """Expect a number on the report, which updates live."""
    expect(number(page, label, card)).to_have_text(str(value))


def contacts_behind(page: Any, label: str, card: str = FUNNEL) -> Counter[str]:
    """Open the contacts behind a number beside the report, then all of them, count their addresses and go back."""
    here = page.url
    number(page, label, card).locator("xpath=descendant-or-self::a").click()
    page.get_by_role("link", name="Mở cả danh sách").click()
    page.wait_for_url("**/report/*/")
    found: Counter[str] = Counter()
    while True:
        found.update(page.locator("main tbody tr td:nth-child(2)").all_inner_texts())
        further = page.get_by_role("link", name="Trang sau")
        if not further.count() or not further.is_visible():
            break
        with page.expect_navigation():
            further.click()
    page.goto(here)
    return Counter({address.strip(): times for address, times in found.items()})
