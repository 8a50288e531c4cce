"""The main job whole, in Chromium and in Vietnamese: file, people, segment, campaign, customers' answers, report.

Nothing leaves the system here: the sandbox keeps what customers would get, and lets one play them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import walkthrough as shop
from tests.browser.accessibility import expect_accessible
from tests.browser.conftest import Site
from tests.browser.walkthrough import CHROME, Website

FIRST, SECOND = "20/10 – Tặng mẹ, tặng nàng", "Nhắc lại hộp quà 20/10"
#: 73 live in Hồ Chí Minh, 38 of them agreed to mail
MATCHED, AGREED = 73, 38
LEFT_OUT = "Bị loại và lý do"
_RECEIVED = """
SELECT s.recipient FROM channels_sandboxmessage s JOIN delivery_message m ON m.id = s.message_id
JOIN delivery_dispatch d ON d.id = m.dispatch_id WHERE d.name = %s
"""


@pytest.fixture
def website() -> Iterator[Website]:
    with shop.website() as served:
        yield served


def received(site: Site, name: str) -> Counter[str]:
    """Count the sandbox's messages of a campaign by recipient."""
    return Counter(address for (address,) in shop.rows(site, _RECEIVED, name))


@pytest.mark.browser_context_args(user_agent=CHROME)
def test_from_a_file_to_the_report(signed_in: Any, site: Site, website: Website) -> None:
    page = signed_in
    shop.import_contacts(page, site)
    shop.save_filter_as_segment(page, site)
    shop.set_up_compliance(page, site)
    shop.create_campaign(page, site, FIRST)
    expect(page.locator("#estimate")).to_contain_text("Chưa đồng ý nhận quảng cáo")
    shop.write_mail(page, website)
    expect_accessible(page)
    agreed = shop.addresses_in(site, "asked")
    assert (shop.addresses_in(site, "segment").total(), agreed.total()) == (MATCHED, AGREED)

    shop.send_now(page, AGREED)
    report = page.url
    assert received(site, FIRST) == agreed
    assert set(agreed.values()) == {1}

    reader = _act_as_customer(page, site, website)
    dead = _simulate_bounce(page, site, except_for=reader)
    _check_report(page, report, reader, dead, agreed)
    _check_customer_page(page, site, reader)
    _send_again(page, site, report, agreed - Counter([reader, dead]), reader, dead)


def _open_message(page: Any, site: Site, except_for: str = "") -> str:
    """Open a message of the inbox, of another person than ``besides``; give the recipient."""
    page.goto(site.path("channels/sandbox/"))
    lines = page.locator("tbody tr", has_text="Quà 20/10")
    expect(lines).to_have_count(AGREED)
    line = lines.filter(has_not_text=except_for).first if except_for else lines.first
    reader = str(line.locator("td").first.locator("div").last.inner_text()).strip()
    # Anywhere on the row: it lights up as a whole.
    line.locator("td").last.click()
    page.wait_for_url(re.compile(r"/sandbox/\d+/"))
    expect(page.locator("main")).to_contain_text(f"Gửi {reader}")
    return reader


def _act_as_customer(page: Any, site: Site, website: Website) -> str:
    """Open, follow the button, refuse, take it back, refuse again."""
    reader = _open_message(page, site)
    ((call_name,),) = shop.rows(site, "SELECT call_name FROM contacts_contact WHERE email = %s", reader)
    expect(page.locator("main h2").first).to_have_text(f"[QC] {shop.SUBJECT}{call_name}")
    mail = page.frame_locator("iframe")
    expect(mail.locator("body")).to_contain_text(f"Chào {call_name}, năm nay Trà Sen gói sẵn ba hộp quà.")
    page.get_by_role("button", name="Mở như khách").click()
    expect(page.get_by_role("region", name="Thông báo")).to_contain_text("mở")

    with page.context.expect_page() as opened:
        mail.get_by_role("link", name="Đặt hộp quà").click()
    expect(opened.value.get_by_role("heading", name="Trang bán hàng")).to_be_visible()
    assert "/dat-hang" in website.visits
    opened.value.close()

    with page.context.expect_page() as opened:
        mail.get_by_role("link", name="từ chối qua liên kết này").click()
    public = opened.value
    refuse = public.get_by_role("button", name="Thôi nhận email")
    refused = public.get_by_role("heading", name="Bạn không nhận quảng cáo qua email nữa")
    refuse.click()
    expect(refused).to_be_visible()
    public.get_by_role("button", name="hoàn tác").click()
    expect(public.get_by_role("heading", name="Tin từ Trà Sen")).to_be_visible()
    refuse.click()
    expect(refused).to_be_visible()
    public.close()
    return reader


def _simulate_bounce(page: Any, site: Site, except_for: str) -> str:
    dead = _open_message(page, site, except_for)
    page.get_by_role("button", name="Trả lại vĩnh viễn").click()
    expect(page.get_by_role("button", name="Trả lại vĩnh viễn")).to_have_count(0)
    return dead


def _check_report(page: Any, report: str, reader: str, dead: str, agreed: Counter[str]) -> None:
    page.goto(report)
    expected = {
        "Đã gửi": agreed,
        "Đã mở": Counter([reader]),
        "Đã bấm": Counter([reader]),
        "đã hủy đăng ký": Counter([reader]),
        "bị trả lại": Counter([dead]),
    }
    for label, people in expected.items():
        shop.expect_number(page, label, people.total())
    shop.expect_number(page, "Chưa đồng ý nhận quảng cáo", MATCHED - AGREED, LEFT_OUT)
    for label, people in expected.items():
        assert shop.contacts_behind(page, label) == people, label
    left_out = shop.contacts_behind(page, "Chưa đồng ý nhận quảng cáo", LEFT_OUT)
    assert left_out.total() == MATCHED - AGREED
    assert not left_out.keys() & agreed.keys()
    expect(page.locator("#report")).to_contain_text("/dat-hang")
    expect_accessible(page)


def _check_customer_page(page: Any, site: Site, reader: str) -> None:
    ((contact_id,),) = shop.rows(site, "SELECT id FROM contacts_contact WHERE email = %s", reader)
    page.goto(site.path(f"contacts/{contact_id}/"))
    timeline = page.get_by_role("region", name="Dòng thời gian")
    for text in (f"Đã gửi “{FIRST}”", f"Mở “{FIRST}”", "/dat-hang", "Đã hủy đăng ký"):
        expect(timeline).to_contain_text(text)
    log = page.locator("#panel-messages")
    expect(log).to_contain_text(FIRST)
    log.get_by_role("link", name=FIRST).click()
    page.wait_for_url(re.compile(r"/messages/\d+/"))
    message = page.locator("main")
    for text in (reader, "Đã mở", "Đã bấm", "Đã hủy đăng ký"):
        expect(message).to_contain_text(text)
    expect(page.frame_locator("main iframe").locator("body")).to_contain_text("Trà Sen gói sẵn ba hộp quà")


def _send_again(page: Any, site: Site, report: str, left: Counter[str], reader: str, dead: str) -> None:
    """A copy leaves out who refused and whose address is dead, and says so before and after."""
    page.goto(report)
    page.get_by_role("button", name="Sao chép").click()
    page.wait_for_url(lambda url: url != report and re.search(r"/campaigns/\d+/$", url) is not None)
    page.locator("#id_name").fill(SECOND)
    with page.expect_response(lambda answer: answer.url.endswith("/name/")):
        page.locator("#id_name").press("Enter")
    reach = page.locator("#estimate")
    for reason in ("Đã hủy đăng ký", "Địa chỉ không tồn tại", "Chưa đồng ý nhận quảng cáo"):
        expect(reach).to_contain_text(reason)
    shop.send_now(page, left.total())
    assert received(site, SECOND) == left
    for reason, address in {"Đã hủy đăng ký": reader, "Địa chỉ không tồn tại": dead}.items():
        shop.expect_number(page, reason, 1, LEFT_OUT)
        assert shop.contacts_behind(page, reason, LEFT_OUT) == Counter([address])
    page.goto(site.path("campaigns/"))
    for name in (FIRST, SECOND):
        expect(page.get_by_role("row", name=name)).to_contain_text("Đã gửi")
    expect_accessible(page)
