"""Malformed input on the pages of segments and sending: every form responds with an error message, nothing changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings

from quen.apps.campaigns.models import Campaign
from quen.apps.campaigns.tests.factories import enable_sending, make_campaign, make_subscriber
from quen.apps.campaigns.types import CampaignState
from quen.apps.channels.models import SandboxMessage
from quen.apps.delivery.models import Dispatch
from quen.apps.segments.models import Segment
from tests.cast import AN
from tests.test_url_walk import urls

W = "/w/tra-sen/"
NAMESPACES = ("campaigns:", "channels:", "content:", "delivery:", "segments:", "compliance:")
#: the fields of these forms; each gets every malformed value
FIELDS = (
    "name", "sender", "message_class", "link_source", "permission_reminder_vi", "rate_per_minute", "when",
    "day", "clock", "addresses", "language", "contact", "item", "side", "position", "rules", "words",
    "confirmed", "subject", "preview", "format", "body", "design", "host", "port", "security",
    "user", "secret", "rate_per_second", "deed", "to", "address", "reply_to", "cause", "note",
    "method", "channel", "scope", "daily_cap_email", "bot_open_seconds", "label_email", "what", "sent",
    "updated_at", "tree", "q", "state", "launch", "since", "until", "before", "after", "view", "file",
    "addresses_file", "search", "reason",
)  # fmt: skip
MALFORMED = {
    "empty": "",
    "nul": "a\x00b",
    "a megabyte in all": "ừ" * 5_000,
    "emoji": "👩‍👩‍👧‍👦" * 40,
    "right to left": "\u202eلعربية\u202c",
    "a surrogate": "\ud800",
    "a huge number": "9" * 400,
    "below zero": "-1",
    "a fraction": "1e308",
    "not a number": "NaN",
    "no date": "31/02/2026",
    "the year 1": "0001-01-01",
    "the year 9999": "9999-12-31",
    "JSON of a wrong shape": '{"include": [[{"segment": {}}]], "all": 7}',
    "a deep JSON": "[" * 3000,
    "a line end": "a\r\nBcc: b@c.vn",
    "SQL": "'; DROP TABLE delivery_message; --",
    "a format": "%(x)s %s {0}",
    "markup": "<script>alert(1)</script>",
    "Liquid": "{% for a in (1..99999999) %}{{ a }}",
}
PATHS = [
    (name, path) for name, path, _view in urls(settings.WORKSPACE_URLCONF) if name.startswith(NAMESPACES)
]


@pytest.fixture
def draft(workspace: Any, an: Any) -> Campaign:
    enable_sending(workspace, an)
    return make_campaign([make_subscriber(1)])


def path_with_ids(path: str, draft: Campaign) -> str:
    """Return the path with the ids of existing rows."""
    app, _slash, rest = path.partition("/")
    number = {
        "campaigns": draft.pk,
        "content": draft.content_id,
        "segments": Segment.objects.order_by("pk").values_list("pk", flat=True)[0],
    }.get(app, 1)
    rest = f"/{rest}".replace("/1/", f"/{number}/", 1)
    return f"{W}{app}{rest.replace('/x/', '/vi/', 1) if app == 'content' else rest}"


@pytest.mark.django_db
@pytest.mark.parametrize("odd", MALFORMED.values(), ids=MALFORMED.keys())
def test_every_form_answers_without_a_server_error(
    client_of: Callable[[str], Any], draft: Campaign, odd: str
) -> None:
    client = client_of(AN)
    client.raise_request_exception = False
    typed = dict.fromkeys(FIELDS, odd)
    failed = []
    for name, path in PATHS:
        for method in ("get", "post"):
            if (odd == "" and method == "post") or name in ("campaigns:delete", "campaigns:send"):
                continue
            given = {key: value[:100] for key, value in typed.items()} if method == "get" else typed
            try:
                answer = getattr(client, method)(path_with_ids(path, draft), given)
            except UnicodeEncodeError:
                continue  # no browser can send it
            if answer.status_code >= 500:
                failed.append((name, method, answer.status_code))
    assert failed == []
    assert Campaign.objects.get(pk=draft.pk).state == CampaignState.DRAFT
    assert not Dispatch.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("space", NAMESPACES)
def test_ids_that_do_not_exist(client_of: Callable[[str], Any], draft: Campaign, space: str) -> None:
    client = client_of(AN)
    client.raise_request_exception = False
    for number in ("0", "9" * 15, "9" * 19, "9" * 40, "9" * 5000):
        for name, path in PATHS:
            if not name.startswith(space) or "/1/" not in f"/{path}":
                continue
            for method in ("get", "post"):
                status = getattr(client, method)(
                    f"/w/tra-sen{f'/{path}'.replace('/1/', f'/{number}/')}"
                ).status_code
                assert status < 500, (name, method, number[:20])
    assert not SandboxMessage.objects.exists()
