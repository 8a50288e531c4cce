"""The unsubscribe page on a phone: unsubscribe and undo, in both languages; no axe violation."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from tests.browser.accessibility import page_errors
from tests.browser.conftest import PHONE, Site
from tests.cast import TRA_SEN

_CONTACT = f"""
import django
django.setup()
from quen.core import clock, schemas
from quen.apps.accounts import queries as accounts
from quen.apps.compliance import queries
from quen.apps.contacts.models import Contact
workspace, now = accounts.get_workspace("{TRA_SEN}"), clock.now()
with schemas.use(workspace.schema_name):
    person = Contact.objects.create(
        full_name="Trần Lan", email="lan@thu.vn", status=1, consent_email=1,
        member_since=now, last_activity_at=now, created_at=now, updated_at=now,
    )
    print(queries.unsubscribe_url(
        workspace_id=workspace.pk, contact_id=person.pk, message_id=None, channel="email"))
"""


@pytest.fixture(scope="module")
def link(site: Site) -> str:
    """The unsubscribe link of Lan's email."""
    made = subprocess.run(
        [sys.executable, "-c", _CONTACT], env=site.environment, check=True, capture_output=True, text=True
    )
    return made.stdout.strip().splitlines()[-1]


def test_refusing_and_taking_it_back_on_a_phone(clean_page: Any, link: str) -> None:
    page = clean_page
    page.set_viewport_size(PHONE)
    page.goto(link)
    assert page_errors(page) == []
    page.get_by_role("button", name="Thôi nhận email").click()
    page.get_by_role("heading", name="Bạn không nhận quảng cáo qua email nữa").wait_for()
    assert page_errors(page) == []
    page.get_by_role("link", name="English").click()
    page.get_by_role("button", name="Undo, I clicked by mistake").click()
    page.get_by_role("heading", name="News from Trà Sen").wait_for()
    assert page.context.cookies() == []
