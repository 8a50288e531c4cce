"""Sockets of the channels room, and the two pure tools senders need: mail as bytes, and a measured pace."""

from quen.rooms.channels.registry.mail import build_mail
from quen.rooms.channels.registry.pace import Pace
from quen.rooms.channels.registry.sockets import (
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
    "adapter",
    "adapters",
    "build_mail",
    "on_receipt",
    "plug_adapter",
    "plug_usage",
    "receipt_handlers",
    "used_today",
]
