"""Context of the layout: unread notifications and the URL of the live event stream."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from quen.apps.team import queries
from quen.core import live


def live_notifications(request: HttpRequest) -> dict[str, Any]:
    """Context processor for workspace pages; nothing is queried until a template reads it.

    A view that subscribes to more than notifications appends to ``request.topics``, such as "progress/7".
    """
    member = getattr(request, "member", None)
    if member is None:
        return {}
    topics: list[str] = getattr(request, "topics", [])
    return {
        "live_url": SimpleLazyObject(
            lambda: live.stream_url([f"notifications/{member.pk}", *topics], user_id=member.user_id)
        ),
        "unread_notifications": SimpleLazyObject(lambda: queries.unread_count(member)),
        "bell_template": "team/bell.html",
    }
