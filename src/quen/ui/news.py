"""Toasts and named events, as they travel in htmx headers and in messages."""

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
    """A sentence that stays for a moment. undo: a URL to post to. tone: good, wait or bad."""

    text: str
    undo: str = ""
    tone: str = "good"

    def tags(self) -> str:
        """As the tags of a message, for the next page to show."""
        return f"{TONE}{self.tone}" + (f" {UNDO}{self.undo}" if self.undo else "")

    def as_json(self) -> dict[str, str]:
        return {"text": self.text, "undo": self.undo, "tone": self.tone}


def toast_of(message: Message) -> Toast:
    """The toast a message carries."""
    said = dict(tag.split("=", 1) for tag in (message.extra_tags or "").split() if "=" in tag)
    return Toast(text=str(message.message), undo=said.get("undo", ""), tone=said.get("tone", "good"))


def toasts_of(waiting: Iterable[Message]) -> list[Toast]:
    return [toast_of(message) for message in waiting]


def announce(
    response: HttpResponse, toast: Toast | None = None, event: str = "", data: Mapping[str, Any] | None = None
) -> None:
    """Write HX-Trigger: the event for the page's parts and the toast, beside what stands there already."""
    news: dict[str, Any] = json.loads(response.headers.get("HX-Trigger", "{}"))
    if event:
        news[event] = dict(data or {})
    if toast:
        news["toast"] = toast.as_json()
    if news:
        response["HX-Trigger"] = json.dumps(news)
