"""Sockets of the channels room, and the pure tools senders need: mail as bytes, alone or for many, and a pace."""

from quen.apps.channels.registry.mail import build_mail
from quen.apps.channels.registry.pace import Pace
from quen.apps.channels.registry.prepared import PreparedMail
from quen.apps.channels.registry.sockets import (
    Adapter,
    adapter,
    adapters,
    on_receipt,
    plug_adapter,
    plug_usage,
    receipt_handlers,
    used_today,
)

__all__ = [
    "Adapter",
    "Pace",
    "PreparedMail",
    "adapter",
    "adapters",
    "build_mail",
    "on_receipt",
    "plug_adapter",
    "plug_usage",
    "receipt_handlers",
    "used_today",
]
