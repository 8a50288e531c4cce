"""What the events app declares: groups and kinds of events that every workspace has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quen.apps.events import services
from quen.apps.events.types import EventGroup, EventKind
from quen.apps.manifest import Manifest

if TYPE_CHECKING:
    from quen.apps.accounts.models import Workspace


def _prepare_workspace(*, workspace: Workspace, now: Any) -> None:
    services.subscribe_consumers()


MANIFEST = Manifest(
    event_codes=range(100, 200),
    event_groups=(
        EventGroup("shopping", _("Shopping"), "shopping-bag", 10, condition_group="purchases"),
        EventGroup(
            "messages", pgettext_lazy("kind of event", "Messages"), "mail", 20, condition_group="messages"
        ),
        EventGroup(
            "web", pgettext_lazy("kind of event", "Website"), "globe", 30, condition_group="interaction"
        ),
        EventGroup("notes", _("Notes"), "sticky-note", 40, condition_group="interaction"),
        EventGroup("record", _("Profile"), "id-card", 50, condition_group="record"),
    ),
    event_kinds=(
        EventKind(101, "contact_created", _("Became a customer"), _("Added to Quen"), "user-plus", "record"),
        EventKind(
            102, "contact_imported", _("Was imported"), _("Imported from %(file)s"), "file-up", "record"
        ),
        EventKind(103, "contact_changed", _("Profile changed"), _("Changed %(fields)s"), "pencil", "record"),
        EventKind(104, "tag_added", _("Tag added"), _("Tagged %(tags)s"), "tag", "record"),
        EventKind(105, "tag_removed", _("Tag removed"), _("Tag %(tags)s removed"), "tag", "record"),
        EventKind(106, "status_changed", _("Status changed"), _("Status: %(to)s"), "refresh-cw", "record"),
        EventKind(107, "contact_deleted", _("Deleted"), _("Deleted"), "trash-2", "record"),
        EventKind(108, "contact_restored", _("Restored"), _("Restored"), "undo-2", "record"),
        EventKind(
            109, "consent_changed", _("Consent changed"), _("%(channel)s: %(to)s"), "shield-check", "record"
        ),
        EventKind(110, "product_viewed", _("Viewed a product"), _("Viewed %(product)s"), "eye", "web"),
        EventKind(
            111,
            "cart_added",
            _("Added to the cart"),
            _("Added %(product)s to the cart"),
            "shopping-cart",
            "shopping",
            True,
        ),
        EventKind(
            112,
            "product_favourited",
            _("Added to favourites"),
            _("Added %(product)s to favourites"),
            "heart",
            "web",
        ),
        EventKind(113, "ordered", _("Placed an order"), _("Ordered %(number)s"), "package", "shopping", True),
        EventKind(
            114, "paid", _("Paid for an order"), _("Paid for %(number)s"), "circle-check", "shopping", True
        ),
        EventKind(115, "reviewed", _("Left a review"), _("Reviewed %(product)s"), "star", "shopping"),
        EventKind(
            116,
            "followed",
            _("Followed the shop"),
            _("Followed the shop"),
            "user-check",
            "messages",
            condition_group="followers",
        ),
        EventKind(
            117,
            "message_received",
            _("Messaged the shop"),
            _("Messaged the shop"),
            "message-circle",
            "messages",
        ),
    ),
    prepare_workspace=_prepare_workspace,
)


def register() -> None:
    """Register the conditions on events."""
    from quen.apps.events import conditions

    conditions.register()
