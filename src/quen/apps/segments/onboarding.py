"""The segments of a new workspace (SEG-03). They can be changed and archived like any other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import translation
from django.utils.translation import gettext as _

from quen.apps.segments import services

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace


def create_default_segments(*, workspace: Workspace, now: Any) -> None:
    """Create the default segments, named in the workspace's language."""
    with translation.override(workspace.language):
        services.create_defaults(
            [
                (
                    _("Has purchased"),
                    _("Customers who ordered at least once."),
                    {"field": "orders_count", "op": "at_least", "value": 1},
                ),
                (
                    _("Lapsed customers"),
                    _("Ordered in the last 365 days, but not in the last 90."),
                    [
                        {"field": "last_order_at", "op": "last_days", "days": 365},
                        {"field": "last_order_at", "op": "older", "days": 90},
                    ],
                ),
                (
                    _("Unsubscribed"),
                    _("Unsubscribed from advertising."),
                    {"field": "status", "op": "is", "value": ["unsubscribed"]},
                ),
                (
                    _("Birthday in the next 7 days"),
                    "",
                    {"field": "birthday", "op": "next_days", "days": 7},
                ),
            ],
            now=now,
        )
