"""The email channel."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from quen.apps.channels.mail.parsed import message_texts, parse_headers
from quen.apps.channels.mail.renderer import EmailRenderer
from quen.apps.channels.registry import MessageChannel
from quen.apps.channels.types import (
    ChannelTexts,
    ChecklistContext,
    ChecklistLine,
    CheckSeverity,
    ContentPart,
    ContentSpec,
    MessagePreview,
    NoReplyAddress,
    Outgoing,
    RenderSettings,
    SenderFields,
)
from quen.core import emails
from quen.core.mail_replies import explain_mail_reply
from quen.core.text import clean
from quen.ui.tags.filters import num

if TYPE_CHECKING:
    from quen.apps.channels.mail.forms import EmailSenderForm

_NO_REPLY = re.compile(r"(?:no|do-?not|khong)[-_.]?(?:reply|tra-?loi)", re.IGNORECASE)
_LOCAL_HOSTS = ("localhost", "127.0.0.1", "::1", "0.0.0.0")  # noqa: S104  # compared, not bound


class EmailChannel(MessageChannel):
    """Email: subject, preview text, HTML and plain text; opens and clicks are tracked."""

    key = "email"
    label = _("Email")
    icon = "mail"
    content = ContentSpec(parts=frozenset(ContentPart), label_part=ContentPart.SUBJECT, footer=True)
    texts = ChannelTexts(
        message=_("email"),
        address=_("Email"),
        provider=_("mail server"),
        accepted=_("Accepted by the mail server"),
        delivered=_("Delivered"),
        refused=_("Refused by the mail server"),
        unreachable=_("The mail server didn't respond last time"),
        connect=_("Connect mail server"),
        sender_hint=_("Use a name your customers know and an address that receives replies."),
        share_of_sent=_("%(percent)s of the emails sent"),
        share_of_arrived=_("%(percent)s of the emails that arrived"),
    )
    preview_template = "channels/mail/preview.html"
    tracks_opens = True
    tracks_links = True

    def count_text(self, count: int) -> str:
        """Return a number of emails."""
        return ngettext("%(n)s email", "%(n)s emails", count) % {"n": num(count)}

    def renderer(self, settings: RenderSettings) -> EmailRenderer:
        """Return the renderer of one dispatch."""
        return EmailRenderer(settings)

    def sender_form(self) -> type[EmailSenderForm]:
        """Return the form of a sender: name, address, reply-to address."""
        from quen.apps.channels.mail.forms import EmailSenderForm

        return EmailSenderForm

    def clean_sender(self, *, name: str, address: str, reply_to: str) -> SenderFields:
        """Return name and normalized addresses. Raises NoReplyAddress, BadEmail."""
        fields = SenderFields(
            name=clean(name),
            address=emails.read(address),
            reply_to=emails.read(reply_to) if reply_to.strip() else "",
        )
        if _NO_REPLY.match(fields.reply_to or fields.address):
            raise NoReplyAddress()
        return fields

    def preview(self, message: Outgoing) -> MessagePreview:
        """Return subject, HTML, text and headers of an email."""
        subject, html, text = message_texts(message)
        return MessagePreview(subject, html, text, parse_headers(message.body))

    def explain_reply(self, reply: str) -> str:
        """Return what a mail server's reply means, "" for one without a code."""
        return explain_mail_reply(reply)

    def parse_address(self, raw: str) -> str:
        """Return the normalized email address. Raises BadEmail, a ValueError."""
        return emails.read(raw)

    def checks(self, context: ChecklistContext) -> Iterator[ChecklistLine]:
        """Return a warning if links and images lead to an address that only this computer can open."""
        host = urlsplit(context.base_url).hostname or ""
        if context.delivers and host in _LOCAL_HOSTS:
            yield ChecklistLine(
                "address_unreachable",
                CheckSeverity.WARNING,
                _("Links in this email point to %(host)s, which only this computer can open"),
                _("Customers couldn't open links or unsubscribe. Set QUEN_BASE_URL to your public address."),
                params={"host": host},
            )


CHANNEL = EmailChannel()
