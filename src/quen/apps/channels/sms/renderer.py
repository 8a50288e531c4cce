"""Builds SMS from rendered content. Runs in the render process, without Django."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quen.apps.channels.types import Envelope, Outgoing, RenderedContent, RenderSettings


@dataclass(frozen=True, slots=True)
class SmsRenderer:
    """Builds the SMS of one dispatch; the body is the text in UTF-8."""

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

    def prepare(self, *, text: Sequence[str] | None, html: Sequence[str] | None) -> None:
        """Return None: a short text is built as fast as it could be prepared."""

    def join(self, envelope: Envelope, pieces: Sequence[bytes]) -> Outgoing:
        """Raise NotImplementedError: nothing is prepared."""
        raise NotImplementedError
