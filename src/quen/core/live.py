"""Live updates of open pages: published in the transaction, carried by NOTIFY, delivered by server-sent events."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
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


def recheck(user_id: int) -> None:
    """Have the open streams of a user check on commit whether their session and membership still hold."""
    payload = json.dumps({"topic": user_topic(user_id), "name": "recheck", "data": {}})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, payload])


def user_topic(user_id: int) -> str:
    """Return the topic under which a user's open streams are told to check themselves."""
    return f"user:{user_id}"


@dataclass(frozen=True, slots=True)
class StreamTicket:
    """What a stream's token permits, to one user while they are signed in and a member.

    topics: full, with the schema.
    """

    user_id: int
    schema: str
    topics: list[str]


def stream_url(topics: Sequence[str], *, user_id: int) -> str:
    """Return the URL of a live stream for topics of the current workspace, for one of its members."""
    schema = schemas.current()
    full = [f"{schema}:{topic}" for topic in topics]
    return f"/live/{crypto.sign([user_id, schema, full], purpose=_PURPOSE)}"


def read_ticket(token: str) -> StreamTicket:
    """Return what a stream's token permits. Raises crypto.BadToken."""
    value = crypto.unsign(token, purpose=_PURPOSE, max_age_seconds=_MAX_AGE_SECONDS)
    return StreamTicket(*value)
