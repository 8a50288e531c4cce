"""Words the room proposes; the shop may write its own."""

from types import MappingProxyType

#: a proposal for the permission reminder, by language (ACC-14); own words, no official text
DEFAULT_PERMISSION_REMINDERS = MappingProxyType(
    {
        "vi": "Bạn nhận thư này vì đã đăng ký nhận tin của {shop}.",
        "en": "You receive this email because you signed up for news from {shop}.",
    }
)
