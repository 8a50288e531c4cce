"""Suggested permission reminders."""

from types import MappingProxyType

#: by language (ACC-14); our own text, not an official one
DEFAULT_PERMISSION_REMINDERS = MappingProxyType(
    {
        "vi": "Bạn nhận thư này vì đã đăng ký nhận tin của {shop}.",
        "en": "You receive this email because you signed up for news from {shop}.",
    }
)
