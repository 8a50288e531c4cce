"""An open report updates live: opens and clicks appear without a reload."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

from playwright.sync_api import expect

from tests.browser.conftest import Site

BEGIN = """
import django
django.setup()
from quen.core import clock, schemas
from quen.apps.accounts import queries as accounts
from quen.apps.campaigns import services
from quen.apps.campaigns.tests.factories import make_campaign, make_subscriber, enable_sending
from quen.apps.team import queries as team
"""
SHOP = (
    BEGIN
    + """
space = accounts.get_workspace("tra-sen")
with schemas.use(space.schema_name):
    an = team.find_member(accounts.find_user("an@tra-sen.example").pk)
    enable_sending(space, an)
    print(make_campaign([make_subscriber(number) for number in range(1, 5)], actor=an.actor, now=clock.now()).pk)
"""
)
#: an open, minutes after the email was sent
READ = (
    BEGIN
    + """
from datetime import timedelta
from quen.apps.delivery import services as delivery
from quen.apps.delivery.models import Message
from quen.apps.delivery.tests.engagement_factories import PHONE
from quen.apps.ingest.types import StoredEvent
from quen.apps.delivery.services.engagement import process_opens_and_clicks
with schemas.use(accounts.get_workspace("tra-sen").schema_name):
    at = clock.now() + timedelta(minutes=5)
    message = Message.objects.order_by("id")[NUMBER]
    body = {"message": message.pk, "user_agent": PHONE}
    process_opens_and_clicks([StoredEvent(1 + NUMBER, at, body)], now=at)
"""
)


def run(site: Site, code: str) -> str:
    """Run code in another process. Return its output."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=site.environment, check=True, capture_output=True, text=True).stdout


def only_the_stream_updates(page: Any) -> bool:
    """Return whether nothing on the page asks again and again by itself."""
    return bool(page.locator("[data-live-url]").count()) and not page.locator("[hx-trigger*=every]").count()


def test_numbers_move_without_a_reload(signed_in: Any, site: Site) -> None:
    campaign = run(site, SHOP).split()[-1]
    page = signed_in
    page.goto(site.path(f"campaigns/{campaign}/"))
    page.locator("#send-button a").click()
    page.locator("#send").get_by_role("button", name="Gửi ngay").click()
    expect(page.locator("#report .pill").first).to_contain_text("Đã gửi")
    assert only_the_stream_updates(page)
    page.evaluate("window.stayed = true")
    opened = page.locator("#report a[href*='report/opened/']")
    expect(opened).to_have_count(0)
    for number, percent in enumerate(["25%", "50%"]):
        run(site, READ.replace("NUMBER", str(number)))
        expect(page.locator("#report")).to_contain_text(percent)
        expect(opened).to_have_count(1)
    assert page.evaluate("window.stayed")


def test_the_list_and_the_progress_move_too(signed_in: Any, site: Site) -> None:
    page = signed_in
    page.goto(site.path("campaigns/"))
    expect(page.locator("#listing")).to_contain_text("50%")
    progress = page.context.new_page()
    progress.goto(site.path("messages/dispatches/1/"))
    for each in (page, progress):
        assert only_the_stream_updates(each)
        each.evaluate("window.stayed = true")
    run(site, READ.replace("NUMBER", "2"))
    expect(page.locator("#listing")).to_contain_text("75%")
    for each in (page, progress):
        assert each.evaluate("window.stayed")
