"""Toasts and named events, as they travel in htmx headers and in Django messages."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.messages.storage.base import Message
from django.http import HttpResponse

UNDO = "undo="
TONE = "tone="


@dataclass(frozen=True, slots=True)
class Toast:
    """A short message that disappears by itself. undo: a URL to post to. tone: good, wait or bad."""

    text: str
    undo: str = ""
    tone: str = "good"

    def tags(self) -> str:
        """Return undo and tone as the extra tags of a Django message, for the next page."""
        return f"{TONE}{self.tone}" + (f" {UNDO}{self.undo}" if self.undo else "")

    def as_json(self) -> dict[str, str]:
        return {"text": self.text, "undo": self.undo, "tone": self.tone}


def toast_from_message(message: Message) -> Toast:
    """Return the toast a Django message carries."""
    tags = dict(tag.split("=", 1) for tag in (message.extra_tags or "").split() if "=" in tag)
    return Toast(text=str(message.message), undo=tags.get("undo", ""), tone=tags.get("tone", "good"))


def toasts_from_messages(pending: Iterable[Message]) -> list[Toast]:
    return [toast_from_message(message) for message in pending]


def add_hx_trigger(
    response: HttpResponse, toast: Toast | None = None, event: str = "", data: Mapping[str, Any] | None = None
) -> None:
    """Add a named event and a toast to the response's HX-Trigger header, keeping what it already holds."""
    triggers: dict[str, Any] = json.loads(response.headers.get("HX-Trigger", "{}"))
    if event:
        triggers[event] = dict(data or {})
    if toast:
        triggers["toast"] = toast.as_json()
    if triggers:
        response["HX-Trigger"] = json.dumps(triggers)
