"""The SMS channel: a short text to a phone, sent under a brand name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from quen.apps.channels.registry import MessageChannel
from quen.apps.channels.sms.length import sms_length
from quen.apps.channels.sms.renderer import SmsRenderer
from quen.apps.channels.types import (
    ChannelTexts,
    ChecklistContext,
    ChecklistLine,
    CheckSeverity,
    ContentPart,
    ContentSpec,
    ReceiptKind,
    RenderSettings,
    SenderFields,
)
from quen.core import phones
from quen.core.errors import DomainError
from quen.core.text import clean
from quen.ui.tags.filters import num

if TYPE_CHECKING:
    from quen.apps.channels.sms.forms import SmsSenderForm

#: operators take at most eleven characters of the GSM alphabet as a brand name (3GPP TS 23.040, 9.1.2.5)
_BRAND_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._-]{1,9}[A-Za-z0-9]")
#: a text that is longer is refused by Vietnamese providers, or sent as something else
MAX_CHARS = 459
#: above this, a line of the check list says what the text costs
_PARTS_NOTED = 1


class InvalidBrandName(DomainError):
    """A brand name consists of 3 to 11 letters and digits."""

    code = "invalid_brand_name"
    text = _("A brand name has 3 to 11 letters or digits without Vietnamese marks, such as TRASEN.")
    field: ClassVar[str | None] = "name"


class SmsChannel(MessageChannel):
    """SMS: plain text only. Nothing of it is tracked."""

    key = "sms"
    label = _("SMS")
    icon = "message-square"
    content = ContentSpec(
        parts=frozenset({ContentPart.TEXT}),
        label_part=ContentPart.TEXT,
        footer=False,
        max_chars=MAX_CHARS,
        length=sms_length,
    )
    texts = ChannelTexts(
        message=_("SMS"),
        address=_("Phone"),
        provider=_("SMS provider"),
        accepted=_("Accepted by the SMS provider"),
        delivered=_("Reached the phone"),
        refused=_("Refused by the SMS provider"),
        unreachable=_("The SMS provider didn't respond last time"),
        connect=_("Connect SMS provider"),
        sender_hint=_("Use the brand name registered with your SMS provider."),
        share_of_sent=_("%(percent)s of the texts sent"),
        share_of_arrived=_("%(percent)s of the texts that arrived"),
    )
    receipts = (ReceiptKind.DELIVERED, ReceiptKind.BOUNCED_SOFT, ReceiptKind.BOUNCED_HARD)
    preview_template = "channels/sms/preview.html"

    def count_text(self, count: int) -> str:
        """Return a number of text messages."""
        return ngettext("%(n)s text", "%(n)s texts", count) % {"n": num(count)}

    def renderer(self, settings: RenderSettings) -> SmsRenderer:
        """Return the renderer of one dispatch."""
        return SmsRenderer(settings)

    def sender_form(self) -> type[SmsSenderForm]:
        """Return the form of a sender: its brand name."""
        from quen.apps.channels.sms.forms import SmsSenderForm

        return SmsSenderForm

    def clean_sender(self, *, name: str, address: str = "", reply_to: str = "") -> SenderFields:
        """Return the brand name. Raises InvalidBrandName."""
        name = clean(name)
        if not _BRAND_NAME.fullmatch(name):
            raise InvalidBrandName()
        return SenderFields(name, "", "")

    def parse_address(self, raw: str) -> str:
        """Return the phone number as +84…. Raises BadPhone, a ValueError."""
        return phones.read(raw).e164

    def display_address(self, address: str) -> str:
        """Return the phone number as people write it."""
        return phones.display(address)

    def checks(self, context: ChecklistContext) -> Iterator[ChecklistLine]:
        """Return what each text is charged as, and which character makes it dear."""
        for language, parts in context.texts.items():
            length = sms_length(parts.get(ContentPart.TEXT, ""))
            if length.parts > _PARTS_NOTED:
                yield ChecklistLine(
                    "sms_parts",
                    CheckSeverity.INFO,
                    _("Each SMS is charged as %(parts)d parts (%(language)s)"),
                    _(
                        "It has %(chars)d characters, merge tags not filled in. “%(example)s” needs the shorter parts."
                    )
                    if length.unicode
                    else _("It has %(chars)d characters, merge tags not filled in."),
                    params={
                        "parts": length.parts,
                        "chars": length.chars,
                        "example": length.example,
                        "language": language,
                    },
                )


CHANNEL = SmsChannel()
