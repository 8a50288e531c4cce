"""Merge tags about the shop: the same for every recipient, filled in when an email is compiled."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quen.apps.content.types import MergeTag

_SHOP_GROUP = _("The shop")


class ShopTags:
    """Name, phone, email, website, address, permission reminder, unsubscribe URL, footer."""

    def tags(self) -> list[MergeTag]:
        """Return the merge tags."""
        rows: list[tuple[str, str | Promise, str | Promise]] = [
            ("shop_name", _("Shop name"), "Trà Sen"),
            ("shop_phone", _("Shop phone"), "1900 1234"),
            ("shop_email", _("Shop email"), "xin-chao@tra-sen.example"),
            ("shop_website", _("Shop website"), "https://tra-sen.example"),
            ("shop_address", _("Shop address"), "12 Hàng Trống, Hà Nội"),
            (
                "permission_reminder",
                _("Permission reminder"),
                _("You receive this email because you joined our membership program."),
            ),
            ("unsubscribe_url", _("Unsubscribe link"), "https://…"),
            ("footer", _("Footer with sender and unsubscribe link"), "…"),
        ]
        return [MergeTag(key, label, _SHOP_GROUP, example, shared=True) for key, label, example in rows]

    def values(
        self, keys: Collection[str], contact_ids: Collection[int], *, now: datetime
    ) -> dict[int, dict[str, object]]:
        """Return nothing: ``queries.compiled_mail`` writes shared values into the compiled email."""
        return {}
