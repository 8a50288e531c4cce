"""Builds SMS from rendered content. Runs in the render process, without Django."""

from __future__ import annotations

from dataclasses import dataclass

from quen.apps.channels.types import Envelope, Outgoing, RenderedContent, RenderSettings


@dataclass(frozen=True, slots=True)
class SmsRenderer:
    """Builds the SMS of one dispatch; the body is the text in UTF-8. A short text needs no preparing."""

    settings: RenderSettings

    def build(self, envelope: Envelope, content: RenderedContent) -> Outgoing:
        """Return one SMS."""
        text = content.text.strip()
        return Outgoing(
            key=envelope.key,
            sender=self.settings.sender_name,
            recipient=envelope.address,
            body=text.encode(),
            parts={"text": text, "from": self.settings.sender_name},
        )
