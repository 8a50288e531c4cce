"""Live updates of open pages: published in the transaction, carried by NOTIFY, delivered by server-sent events."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django.db import connection

from quen.core import crypto, schemas

CHANNEL = "quen_live"
_PURPOSE = "live-stream"
#: longer than a working day; the page gets a new token at each load
_MAX_AGE_SECONDS = 12 * 3600


def publish(topic: str, **data: Any) -> None:
    """Notify open pages of the current workspace that something changed. Delivered on commit; send ids, not rows."""
    payload = json.dumps(
        {"topic": f"{schemas.current()}:{topic}", "name": topic.partition("/")[0], "data": data}
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])


def stream_url(topics: Sequence[str]) -> str:
    """Return the URL of a live stream for topics of the current workspace; the token is the permission."""
    full = [f"{schemas.current()}:{topic}" for topic in topics]
    return f"/live/{crypto.sign(full, purpose=_PURPOSE)}"


def topics_of(token: str) -> list[str]:
    """Return the topics that a stream's token permits. Raises crypto.BadToken."""
    topics: list[str] = crypto.unsign(token, purpose=_PURPOSE, max_age_seconds=_MAX_AGE_SECONDS)
    return topics
