"""The kinds of events that messages cause."""

from django.utils.translation import gettext_lazy as _

from quen.apps.events import registry
from quen.apps.events.types import EventKind

KINDS = (
    EventKind(
        21, "message_sent", _("Was sent a message"), _("Sent “%(name)s”"), "send", "messages", by_shop=True
    ),
    EventKind(22, "message_opened", _("Opened a message"), _("Opened “%(name)s”"), "mail-open", "messages"),
    EventKind(
        23,
        "message_clicked",
        _("Followed a link in a message"),
        _("Followed %(url)s in “%(name)s”"),
        "mouse-pointer-click",
        "messages",
    ),
    EventKind(
        24,
        "message_bounced",
        _("A message bounced"),
        _("“%(name)s” bounced"),
        "mail-x",
        "messages",
        by_shop=True,
    ),
    EventKind(
        27,
        "message_complained",
        _("Complained about spam"),
        _("Called “%(name)s” spam"),
        "shield-alert",
        "messages",
    ),
)


def register() -> None:
    """Register them."""
    for kind in KINDS:
        registry.register_kind(kind)
