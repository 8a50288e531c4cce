"""What the web process does for a shop's website: the script with its configuration, events taken, links marked."""

from __future__ import annotations

import json
from datetime import datetime
from functools import cache
from typing import Any, Final

from django.conf import settings as django_settings

from quen.apps.accounts import queries as accounts
from quen.apps.ingest.types import NewRawEvent
from quen.apps.website import queries
from quen.apps.website.models import WebsiteSettings
from quen.apps.website.rules import keys, marks, payload
from quen.apps.website.services.settings import contrast
from quen.apps.website.types import COLLECTOR_PATH, ENDPOINT, ServedSite
from quen.core import schemas
from quen.core.text import clean

_USER_AGENT_MAX_CHARS: Final = 200
_BUILT: Final = "quen.js"
_WHITE, _BLACK = "#ffffff", "#000000"


def load_site(workspace_id: int) -> ServedSite:
    """Return what must be known to serve the website of a workspace. Reads the database."""
    workspace = accounts.find_workspace_by_id(workspace_id)
    if workspace is None or workspace.archived_at is not None:
        return ServedSite(workspace_id, enabled=False, origins=frozenset())
    with schemas.use(workspace.schema_name):
        settings = queries.website_settings()
        configuration = _configuration(workspace_id, settings) if settings.enabled else None
    return ServedSite(
        workspace_id,
        enabled=settings.enabled,
        # Its own pages are the test page.
        origins=frozenset(settings.origins) | {marks.origin_of(django_settings.BASE_URL)},
        configuration=configuration,
    )


def script_of(site: ServedSite) -> bytes:
    """Return the script for a shop's pages: the built file with the configuration before it.

    Of a website that is switched off it defines the same functions, which do nothing.
    """
    configuration = json.dumps(site.configuration, ensure_ascii=False, separators=(",", ":"))
    # No line ends it and no comment begins in it, wherever it is embedded.
    configuration = (
        configuration.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    )
    return b"(()=>{const QUEN_SITE=" + configuration.encode() + b";" + _built() + b"})();"


def site_event(
    site: ServedSite, body: bytes, *, origin: str, user_agent: str, now: datetime
) -> NewRawEvent | None:
    """Return the raw event of a request to the collector; None when it holds nothing. Raises BadBatch."""
    batch: dict[str, Any] = payload.read_batch(body)
    if not batch["events"]:
        return None
    batch["agent"] = clean(user_agent[:_USER_AGENT_MAX_CHARS])
    if origin == marks.origin_of(django_settings.BASE_URL) and origin not in site.origins - {origin}:
        batch["test"] = True
    return NewRawEvent(site.workspace_id, ENDPOINT, now, batch)


def mark_link(site: ServedSite, url: str, *, message_id: int, now: datetime) -> str:
    """Return the address to which a tracked link leads, with the mark for the script if it is on that page."""
    own = marks.origin_of(django_settings.BASE_URL)
    if not site.enabled or marks.origin_of(url) not in site.origins - {own}:
        return url
    return marks.with_mark(url, workspace_id=site.workspace_id, message_id=message_id, now=now)


def _configuration(workspace_id: int, settings: WebsiteSettings) -> dict[str, Any]:
    key = keys.public_key(workspace_id)
    return {
        "key": key,
        "to": f"{django_settings.BASE_URL}{COLLECTOR_PATH}{key}",
        "banner": settings.banner,
        "texts": {language: list(text) for language, text in queries.banner_texts(settings).items()},
        "privacy": settings.privacy_url,
        "colours": [
            settings.background,
            settings.text_colour,
            settings.button,
            _WHITE if contrast(settings.button, _WHITE) >= contrast(settings.button, _BLACK) else _BLACK,
        ],
    }


@cache
def _built() -> bytes:
    return (django_settings.PACKAGE / "ui" / "dist" / _BUILT).read_bytes()
