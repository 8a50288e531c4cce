"""A campaign through a real mail server: the mailboxes contain what was written; opens, clicks and opt-outs count."""

from __future__ import annotations

import html
import re
import urllib.request
from collections import Counter
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import walkthrough as shop
from tests.browser.conftest import Site
from tests.browser.walkthrough import CHROME, Website
from tests.patience import PATIENCE_SECONDS
from tests.test_real_mail_server import MailServer, mail_server

__all__ = ["mail_server"]
NAME, AGREED = "20/10 – Tặng mẹ, tặng nàng", 38
#: the order required by Decree 91/2020, Articles 19 and 20
FOOTER = (
    "Bạn nhận thư này vì",
    "Trà Sen",
    "1900 6868",
    "chao@tra-sen.example",
    "12 Quảng An, Tây Hồ, Hà Nội",
    "từ chối mọi quảng cáo",
)


@pytest.fixture
def website() -> Iterator[Website]:
    with shop.website() as served:
        yield served


def content_of(mail: EmailMessage, kind: str) -> str:
    """Return the plain text or the HTML of an email."""
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content())


def open_url(url: str, data: bytes | None = None) -> int:
    """Request a URL as a recipient's mail program does. Return the status."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(url, data=data, headers={"User-Agent": CHROME})  # noqa: S310  # ours
    with opener.open(request, timeout=PATIENCE_SECONDS) as answer:
        return int(answer.status)


@pytest.mark.browser_context_args(user_agent=CHROME)
def test_the_campaign_arrives_and_its_links_work(
    signed_in: Any, site: Site, website: Website, mail_server: MailServer
) -> None:
    page = signed_in
    shop.import_contacts(page, site)
    shop.save_filter_as_segment(page, site)
    shop.set_up_compliance(page, site)
    _connect_mail_server(page, site, mail_server.port)
    shop.create_campaign(page, site, NAME)
    shop.write_mail(page, website)
    agreed = shop.addresses_in(site, "asked")
    shop.send_now(page, AGREED)

    mails = mail_server.mails(AGREED)
    assert Counter(str(mail["Envelope-to"]) for mail in mails) == agreed
    call_names = dict(
        shop.rows(site, "SELECT email, call_name FROM contacts_contact WHERE email IS NOT NULL")
    )
    for mail in mails:
        _check_mail(mail, call_names[str(mail["Envelope-to"])])

    _follow_the_button(mails[0], website)
    _unsubscribe_by_one_click(mails[1])
    reader, unsubscriber = (str(mail["Envelope-to"]) for mail in mails[:2])
    for label, people in {"Đã bấm": [reader], "Đã mở": [reader], "đã hủy đăng ký": [unsubscriber]}.items():
        shop.expect_number(page, label, 1)
        assert shop.contacts_behind(page, label) == Counter(people)
    # The contact who unsubscribed gets the one confirmation the law requires; nobody else gets anything.
    all_mails = mail_server.mails(AGREED + 1)
    assert Counter(str(mail["Envelope-to"]) for mail in all_mails) == agreed + Counter([unsubscriber])
    (confirmation,) = [mail for mail in all_mails if shop.SUBJECT not in str(mail["Subject"])]
    assert not str(confirmation["Subject"]).startswith("[QC]")


def _connect_mail_server(page: Any, site: Site, port: int) -> None:
    """Connect the mail server and set the shop's own sender address."""
    page.goto(site.path("channels/email/adapters/smtp/"))
    page.get_by_label("Máy chủ thư").fill("127.0.0.1")
    page.get_by_label("Cổng").fill(str(port))
    page.get_by_label("Không mã hóa (25)").check()
    page.get_by_role("button", name="Lưu và dùng để gửi").click()
    page.wait_for_url("**/channels/")
    expect(page.locator("main")).to_contain_text(f"127.0.0.1:{port}")
    page.get_by_role("link", name="Sửa người gửi").first.click()
    page.get_by_label("Địa chỉ gửi").fill("chao@tra-sen.example")
    page.get_by_role("button", name="Lưu", exact=True).click()
    page.wait_for_url("**/channels/")


def _check_mail(mail: EmailMessage, call_name: str) -> None:
    assert mail["Subject"] == f"[QC] {shop.SUBJECT}{call_name}"
    assert mail["From"].addresses[0].addr_spec == "chao@tra-sen.example"
    assert mail["To"].addresses[0].addr_spec == mail["Envelope-to"]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    text, page = content_of(mail, "plain"), content_of(mail, "html")
    assert f"Chào {call_name}, năm nay Trà Sen gói sẵn ba hộp quà." in text
    for whole in (" ".join(text.split()), " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())):
        foot = whole[whole.index(FOOTER[0]) :]
        places = [foot.index(line) for line in FOOTER]
        assert places == sorted(places), foot


def _follow_the_button(mail: EmailMessage, website: Website) -> None:
    found = re.search(r'href="([^"]+/c/[^"]+)"[^>]*>\s*Đặt hộp quà', content_of(mail, "html"))
    assert found
    assert open_url(html.unescape(found[1])) == 200
    assert website.visits == ["/dat-hang"]


def _unsubscribe_by_one_click(mail: EmailMessage) -> None:
    found = re.search(r"<(https?://[^>]+)>", str(mail["List-Unsubscribe"]))
    assert found
    assert open_url(re.sub(r"\s", "", found[1]), b"List-Unsubscribe=One-Click") == 200
