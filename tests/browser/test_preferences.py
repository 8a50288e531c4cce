"""The page on which a customer chooses topics, on a phone: ticks, leaving, details and a request; no axe violation."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from tests.browser.accessibility import page_errors
from tests.browser.conftest import PHONE, Site
from tests.cast import TRA_SEN

_SHOP = f"""
import django
django.setup()
from quen.core import clock, schemas
from quen.core.actors import SYSTEM
from quen.apps.accounts import queries as accounts
from quen.apps.compliance import queries, services
from quen.apps.contacts.models import Contact
workspace, now = accounts.get_workspace("{TRA_SEN}"), clock.now()
with schemas.use(workspace.schema_name):
    for name, often in (("Ưu đãi và quà", "khoảng 2 tin mỗi tháng"), ("Mẹo pha trà", "mỗi tháng một thư")):
        services.create_topic(
            names={{"vi": name}}, descriptions={{"vi": often}}, channels=["email"], actor=SYSTEM, now=now)
    person = Contact.objects.create(
        full_name="Võ Thị Mỹ Duyên", given_name="Duyên", call_name="Duyên", salutation="chị",
        email="duyen@thu.vn", phone="+84966123348", status=1, consent_email=1,
        member_since=now, last_activity_at=now, created_at=now, updated_at=now,
    )
    print(queries.unsubscribe_url(
        workspace_id=workspace.pk, contact_id=person.pk, message_id=None, channel="email"))
"""


@pytest.fixture(scope="module")
def link(site: Site) -> str:
    """The link of Duyên's email."""
    made = subprocess.run(
        [sys.executable, "-c", _SHOP], env=site.environment, check=True, capture_output=True, text=True
    )
    return made.stdout.strip().splitlines()[-1]


def test_choosing_asking_and_leaving_on_a_phone(clean_page: Any, link: str) -> None:
    page = clean_page
    page.set_viewport_size(PHONE)
    page.goto(link)
    page.get_by_role("heading", name="Chị Duyên muốn nghe gì từ Trà Sen?").wait_for()
    assert page_errors(page) == []
    page.get_by_role("checkbox", name="Mẹo pha trà qua email").uncheck()
    page.get_by_role("button", name="Lưu lựa chọn").click()
    page.get_by_text("Đã lưu.").wait_for()
    assert not page.get_by_role("checkbox", name="Mẹo pha trà qua email").is_checked()
    page.get_by_text("Thông tin của bạn", exact=True).click()
    assert page_errors(page) == []
    page.get_by_role("link", name="Xóa dữ liệu của tôi").click()
    page.get_by_role("button", name="Gửi yêu cầu").wait_for()
    assert page_errors(page) == []
    page.get_by_role("button", name="Gửi yêu cầu").click()
    page.get_by_role("button", name="Thôi nhận email").click()
    page.get_by_role("heading", name="Bạn không nhận quảng cáo qua email nữa").wait_for()
    assert page_errors(page) == []
    page.get_by_role("button", name="Nhận lại").wait_for()
    assert page.context.cookies() == []
