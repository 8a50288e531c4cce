"""What the frame knows of the team: unread notices and the stream of live news."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from quen.apps.team import queries
from quen.core import live


def news(request: HttpRequest) -> dict[str, Any]:
    """Context processor for workspace pages; nothing is looked up before a template asks.

    A view that waits for more than notices appends to ``request.topics``, such as "progress/7".
    """
    member = getattr(request, "member", None)
    if member is None:
        return {}
    topics: list[str] = getattr(request, "topics", [])
    return {
        "live_url": SimpleLazyObject(lambda: live.stream_url([f"notices/{member.pk}", *topics])),
        "unread_notices": SimpleLazyObject(lambda: queries.unread_count(member)),
        "bell_template": "team/bell.html",
    }
