"""Valid default versions, frames and compiled emails."""

from __future__ import annotations

from typing import Any

from quen.apps.channels.mail.channel import EmailChannel
from quen.apps.compliance.types import SenderBlock
from quen.apps.content.merge_tags import contact
from quen.apps.content.merge_tags.shop import ShopTags
from quen.apps.content.models import ContentVersion
from quen.apps.content.rules import compiler
from quen.apps.content.rules.compiled import CompiledContent
from quen.apps.content.types import BodyFormat

EMAIL = EmailChannel.content
OPT_OUT = "https://quen.example/u/abc/"
SENDER = SenderBlock(
    "Trà Sen", "1900 1234", "chao@tra-sen.example", "12 Hàng Trống, Hà Nội", "https://tra-sen.example", ()
)
TAGS = [*contact.BUILT_IN_TAGS, *ShopTags().tags()]


def make_version(**changes: Any) -> ContentVersion:
    """Return an unsaved Vietnamese version written in the editor."""
    defaults: dict[str, Any] = {
        "language": "vi",
        "subject": "Trà mới",
        "preview": "",
        "format": BodyFormat.RICH,
        "body": "<p>Chào bạn</p>",
    }
    return ContentVersion(**(defaults | changes))


def make_frame(**changes: Any) -> compiler.ContentFrame:
    """Return the frame of an advertising email of Trà Sen."""
    defaults: dict[str, Any] = {
        "marketing": True,
        "label": "[QC]",
        "brand": "Trà Sen",
        "sender": SENDER,
        "reminders": {"vi": "Bạn đã đăng ký tại quầy.", "en": "You signed up in our shop."},
        "zone": "Asia/Ho_Chi_Minh",
        "shared": {"shop_name": "Trà Sen", "shop_website": "https://tra-sen.example"},
    }
    return compiler.ContentFrame(**(defaults | changes))


def make_mail(
    *versions: ContentVersion, frame: compiler.ContentFrame | None = None, **changes: Any
) -> CompiledContent:
    """Return the compiled versions; without any, one version with ``changes``."""
    return compiler.compile_content(
        compiler.compile_job(
            versions or [make_version(**changes)],
            default_language="vi",
            spec=EMAIL,
            frame=frame or make_frame(),
            tags=TAGS,
        )
    )
