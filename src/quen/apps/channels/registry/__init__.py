"""Extension points of the channels app, and its pure tools for building email."""

from quen.apps.channels.mime.mail import build_mail
from quen.apps.channels.mime.prepared import PreparedMail
from quen.apps.channels.registry.extension_points import (
    ChannelAdapter,
    adapter,
    adapters,
    on_receipt,
    receipt_handlers,
    register_adapter,
    register_usage_counter,
    used_since,
)

__all__ = [
    "ChannelAdapter",
    "PreparedMail",
    "adapter",
    "adapters",
    "build_mail",
    "on_receipt",
    "receipt_handlers",
    "register_adapter",
    "register_usage_counter",
    "used_since",
]
