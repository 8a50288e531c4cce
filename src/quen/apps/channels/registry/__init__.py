"""Sockets of the channels room, and the pure tools senders need: mail as bytes, alone or for many, and a pace."""

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
from quen.apps.channels.registry.token_bucket import TokenBucket

__all__ = [
    "ChannelAdapter",
    "PreparedMail",
    "TokenBucket",
    "adapter",
    "adapters",
    "build_mail",
    "on_receipt",
    "receipt_handlers",
    "register_adapter",
    "register_usage_counter",
    "used_since",
]
