"""Every page in Chromium, at both widths: no console error, no request to other hosts, no axe violation."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.browser.accessibility import page_errors
from tests.browser.conftest import PHONE, WIDE, Site, sign_in
from tests.browser.walkthrough import rows
from tests.cast import AN, TRA_SEN
from tests.test_url_walk import PUBLIC, WORKSPACE

_SAMPLE = (
    Path(__file__).resolve().parents[2] / "src/quen/apps/import_export/tests/samples/sapo-khach-hang.xlsx"
)
#: open without signing in, or answered by a redirect
_SKIPPED = {"account_logout", "sign_in_link", "invitation", "account_reset_password_from_key", "home"}
#: a page that a library draws: Swagger UI has faults of its own that axe finds
_SKIPPED |= {"api_reference"}
#: two processes of tests share the walk
_PARTS = 2
_CAMPAIGNS = f"""
import django
django.setup()
from quen.cli.demo import add_duplicates, add_tasks, fill_campaigns
from quen.core import clock, schemas
from quen.apps.accounts import queries as accounts
from quen.apps.channels import queries as channels
from quen.apps.channels import services as channel_services
from quen.apps.content import services as contents
from quen.apps.team import queries as team
from quen.apps.team import services as settings
now = clock.now()
shop = accounts.get_workspace("{TRA_SEN}")
with schemas.use(shop.schema_name):
    an = team.find_member(accounts.find_user("{AN}").pk)
    settings.change_settings(
        workspace=shop, actor=an.actor, now=now, sender_address="18 Bạch Đằng, Đà Nẵng", sender_phone="0236 388 1234",
        sender_email="cham-soc@trasen.example",
    )
fill_campaigns(shop, seed=1, member=an, now=now)
add_duplicates(shop, actor=an.actor, now=now)
add_tasks(shop, member=an, now=now)
with schemas.use(shop.schema_name):
    channel_services.send_test(
        connection=channels.active_connection("sms"), sender=channels.get_preferred_sender("sms"), to="+84905318274",
        actor=an.actor, now=now,
    )
    contents.create_content(channel="sms", body="Chào {{{{ call_name }}}}, trà mới đã về.", now=now)
"""
_DRAFT = "SELECT id FROM campaigns_campaign WHERE state = 'draft' AND deleted_at IS NULL"
_SENT = (
    "SELECT c.id FROM campaigns_campaign c JOIN delivery_dispatchcounter n ON n.dispatch_id = c.dispatch_id"
    " AND n.name = 'clicked' WHERE c.state = 'sent' ORDER BY n.value DESC"
)
_READ = "SELECT {} FROM delivery_message WHERE clicked_at IS NOT NULL AND contact_id > 0 ORDER BY id"
_SANDBOXED = "SELECT id FROM channels_sandboxmessage WHERE html <> '' ORDER BY id"
_SMS = "SELECT id FROM channels_sandboxmessage WHERE channel = 'sms' ORDER BY id"
_SEGMENT = "SELECT id FROM segments_segment WHERE size > 0 ORDER BY size DESC"
_PAIR = "SELECT {} FROM duplicates_duplicatepair WHERE kind = 'person' ORDER BY id"
#: pages of segments and sending with an id in their path: path, and the query of the id
_PAGES_OF_ROWS = {
    "duplicates/?pair={}": _PAIR.format("id"),
    "duplicates/contacts/{}/": _PAIR.format("first_contact_id"),
    "duplicates/contacts/{}/with/?q=lan": _PAIR.format("first_contact_id"),
    "segments/{}/": _SEGMENT,
    "segments/{}/members/": _SEGMENT,
    "segments/{}/edit/": _SEGMENT,
    "campaigns/{}/": _SENT,
    "campaigns/{}/?draft": _DRAFT,
    "campaigns/{}/estimate/skipped/11/": _DRAFT,
    "campaigns/{}/report/audience/": _SENT,
    "campaigns/{}/report/sent/": _SENT,
    "campaigns/{}/report/opened/": _SENT,
    "campaigns/{}/report/clicked/": _SENT,
    "campaigns/{}/report/unsubscribed/": _SENT,
    "campaigns/{}/report/timeline/": _SENT,
    "messages/dispatches/{}/": _READ.format("dispatch_id"),
    "messages/{}/": _READ.format("id"),
    "messages/contacts/{}/": _READ.format("contact_id"),
    "contacts/{}/": _READ.format("contact_id"),
    "sending/contacts/{}/": "SELECT contact_id FROM compliance_unsubscribe WHERE contact_id IS NOT NULL",
    "channels/sandbox/{}/": _SANDBOXED,
    "channels/sandbox/{}/?view=desktop": _SANDBOXED,
    "channels/sandbox/{}/?view=text": _SANDBOXED,
    "channels/sandbox/{}/?view=headers": _SANDBOXED,
    "channels/sandbox/{}/?sms": _SMS,
    "content/{}/?sms": "SELECT id FROM content_content WHERE channel = 'sms'",
    "content/{}/preview/?sms": "SELECT id FROM content_content WHERE channel = 'sms'",
    "content/{}/": "SELECT content_id FROM campaigns_campaign WHERE state = 'draft'",
    "content/{}/preview/": "SELECT content_id FROM campaigns_campaign WHERE state = 'draft'",
}
#: pages of segments and sending without an id in their path
_LISTS = (
    "segments/",
    "channels/",
    "channels/email/adapters/smtp/",
    "channels/sms/senders/new/",
    "channels/sandbox/",
    "sending/",
    "sending/terms/",
    "sending/suppressions/",
    "sending/consent-log/",
    "messages/",
    "campaigns/",
    "campaigns/new/",
)


@pytest.fixture(scope="module")
def full_site(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """The site with a demo shop and an import, so that the pages have content."""
    folder = tmp_path_factory.mktemp("refused")
    for arguments in (
        ["-m", "quen.cli", "demo", "-w", TRA_SEN, "--contacts", "400", "--events", "4000"],
        ["-c", _CAMPAIGNS],
        ["-m", "quen.cli", "import", str(_SAMPLE), "-w", TRA_SEN, "--tag", "hội chợ"],
    ):
        subprocess.run([sys.executable, *arguments], env=site.environment, check=True, cwd=folder)
    return site


def _paths_of_rows(site: Site) -> list[str]:
    found = {path: rows(site, f"{query} LIMIT 1") for path, query in _PAGES_OF_ROWS.items()}
    assert [path for path, row in found.items() if not row] == []
    return [path.format(row[0][0]) for path, row in found.items()]


def _addresses(site: Site) -> list[str]:
    addresses = [site.path(path) for path in (*_paths_of_rows(site), *_LISTS)]
    addresses += [site.path(path) for _name, path, _view in WORKSPACE if path not in _LISTS]
    return addresses + [f"{site.url}/{path}" for name, path, _view in PUBLIC if name not in _SKIPPED]


def _pages(page: Any, addresses: list[str]) -> Iterator[str]:
    for address in addresses:
        answer = page.request.get(address, max_redirects=0, fail_on_status_code=False)
        # The body of an email, for a frame, forbids all scripts, including those of a test.
        is_mail_frame = "sandbox" in answer.headers.get("content-security-policy", "")
        if answer.status == 200 and "<html" in answer.text()[:300] and not is_mail_frame:
            yield address


@pytest.mark.parametrize("part", range(_PARTS))
def test_every_page_is_clean_accessible_and_fits(clean_page: Any, full_site: Site, part: int) -> None:
    page = clean_page
    page.set_viewport_size(WIDE)
    sign_in(page, full_site)
    seen, errors = [], []
    mine = _addresses(full_site)[part::_PARTS]
    for address in _pages(page, mine):
        page.set_viewport_size(WIDE)
        page.goto(address)
        seen.append(address)
        for size in (WIDE, PHONE):
            page.set_viewport_size(size)
            place = f"{address.removeprefix(full_site.url)} at {size['width']} px"
            errors += [f"{place}: {error}" for error in page_errors(page)]
    wanted = {full_site.path(path) for path in (*_LISTS, *_paths_of_rows(full_site))}
    assert wanted & set(mine) - set(seen) == set()
    assert len(seen) > 60 // _PARTS
    assert not errors, "\n".join(errors)
