"""Builds emails from rendered content. Runs in the render process, without Django."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from quen.apps.channels.mail.mime.mail import MailParts, build_mail
from quen.apps.channels.mail.mime.prepared import PreparedMail
from quen.apps.channels.types import Envelope, Outgoing, RenderedContent, RenderSettings


@dataclass(frozen=True, slots=True)
class EmailRenderer:
    """Builds the emails of one dispatch."""

    settings: RenderSettings

    def build(self, envelope: Envelope, content: RenderedContent) -> Outgoing:
        """Return one email, built on its own."""
        settings = self.settings
        parts = MailParts(
            from_name=settings.sender_name,
            from_address=settings.sender_address,
            to_address=envelope.address,
            subject=content.subject,
            at=settings.at,
            html=content.html,
            text=content.text,
            reply_to=settings.reply_to,
            message_id=envelope.message_id,
            one_click_url=envelope.one_click_url if settings.bulk else "",
            bulk=settings.bulk,
        )
        return Outgoing(
            key=envelope.key,
            sender=settings.sender_address,
            recipient=envelope.address,
            body=build_mail(parts),
            parts=self._preview(parts) if settings.include_parts else {},
        )

    def prepare(self, *, text: Sequence[str] | None, html: Sequence[str] | None) -> PreparedEmails | None:
        """Return the emails' shared part, encoded once; None if a preview needs each email's own parts."""
        return None if self.settings.include_parts else PreparedEmails(self.settings, text=text, html=html)

    def join(self, envelope: Envelope, pieces: Sequence[bytes]) -> Outgoing:
        """Return the email of its pieces. They are long: join them where the email is sent."""
        return Outgoing(
            envelope.key, self.settings.sender_address, envelope.address, b"".join(pieces), smtp_safe=True
        )

    def _preview(self, parts: MailParts) -> dict[str, str]:
        return {
            "subject": parts.subject,
            "html": parts.html,
            "text": parts.text,
            "from": f"{parts.from_name} <{parts.from_address}>",
            "reply_to": parts.reply_to,
            "list_unsubscribe": parts.one_click_url,
        }


class PreparedEmails:
    """Emails of a dispatch in one language, of which only the values differ by recipient."""

    def __init__(
        self, settings: RenderSettings, *, text: Sequence[str] | None, html: Sequence[str] | None
    ) -> None:
        self._bulk = settings.bulk
        parts = MailParts(
            from_name=settings.sender_name,
            from_address=settings.sender_address,
            to_address="",
            subject="",
            at=settings.at,
            reply_to=settings.reply_to,
            bulk=settings.bulk,
        )
        self._mail = PreparedMail(parts, text=text, html=html)

    def fill(
        self, envelope: Envelope, *, subject: str, text: Sequence[str], html: Sequence[str]
    ) -> list[bytes]:
        """Return one email in pieces to be joined."""
        return self._mail.fill(
            to_address=envelope.address,
            subject=subject,
            message_id=envelope.message_id,
            one_click_url=envelope.one_click_url if self._bulk else "",
            text=text,
            html=html,
        )
