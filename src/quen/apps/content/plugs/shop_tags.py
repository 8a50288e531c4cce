"""Merge tags about the shop: the same for every reader, filled in when a mail is compiled."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quen.apps.content.types import MergeTag

_SHOP_GROUP = _("The shop")


class ShopTags:
    """Name, phone, mail, website, address, the reminder, the ways out, the footer."""

    def tags(self) -> list[MergeTag]:
        """Give the tags."""
        rows: list[tuple[str, str | Promise, str | Promise]] = [
            ("shop_name", _("Shop name"), "Trà Sen"),
            ("shop_phone", _("Shop hotline"), "1900 1234"),
            ("shop_email", _("Shop email"), "xin-chao@tra-sen.example"),
            ("shop_website", _("Shop website"), "https://tra-sen.example"),
            ("shop_address", _("Shop address"), "12 Hàng Trống, Hà Nội"),
            ("permission_reminder", _("Permission reminder"), _("You get this because you joined our club.")),
            ("unsubscribe_url", _("Address of the unsubscribe page"), "https://…"),
            ("footer", _("Footer with sender and opt-out"), "…"),
        ]
        return [MergeTag(key, label, _SHOP_GROUP, example, shared=True) for key, label, example in rows]

    def values(
        self, keys: Collection[str], contact_ids: Collection[int], *, now: datetime
    ) -> dict[int, dict[str, object]]:
        """Give nothing: ``queries.compiled`` writes what all readers share into the compiled mail."""
        return {}
