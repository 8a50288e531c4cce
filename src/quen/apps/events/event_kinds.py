"""The kinds of events that Quen knows from the start."""

from django.utils.translation import gettext_lazy as _

from quen.apps.events import registry
from quen.apps.events.types import EventKind

KINDS = (
    EventKind(1, "contact_created", _("Became a customer"), _("Added to Quen"), "user-plus", "record"),
    EventKind(
        2, "contact_imported", _("Came with an import"), _("Imported from %(file)s"), "file-up", "record"
    ),
    EventKind(3, "contact_changed", _("Record changed"), _("Changed %(fields)s"), "pencil", "record"),
    EventKind(4, "tag_added", _("Tag added"), _("Tagged %(tags)s"), "tag", "record"),
    EventKind(5, "tag_removed", _("Tag removed"), _("Tag %(tags)s removed"), "tag", "record"),
    EventKind(6, "status_changed", _("Status changed"), _("Status: %(to)s"), "refresh-cw", "record"),
    EventKind(7, "contact_deleted", _("Deleted"), _("Deleted"), "trash-2", "record"),
    EventKind(8, "contact_restored", _("Restored"), _("Restored"), "undo-2", "record"),
    EventKind(9, "consent_changed", _("Consent changed"), _("%(channel)s: %(to)s"), "shield-check", "record"),
    EventKind(10, "product_viewed", _("Viewed a product"), _("Viewed %(product)s"), "eye", "web"),
    EventKind(
        11,
        "cart_added",
        _("Added to the cart"),
        _("Added %(product)s to the cart"),
        "shopping-cart",
        "shopping",
        True,
    ),
    EventKind(
        12,
        "product_favourited",
        _("Marked a favourite"),
        _("Marked %(product)s as favourite"),
        "heart",
        "web",
    ),
    EventKind(13, "ordered", _("Placed an order"), _("Ordered %(number)s"), "package", "shopping", True),
    EventKind(14, "paid", _("Paid an order"), _("Paid %(number)s"), "circle-check", "shopping", True),
    EventKind(15, "reviewed", _("Left a review"), _("Reviewed %(product)s"), "star", "shopping"),
    EventKind(16, "followed", _("Followed the shop"), _("Followed the shop"), "user-check", "messages"),
    EventKind(
        17, "message_received", _("Wrote to the shop"), _("Wrote to the shop"), "message-circle", "messages"
    ),
)


def register() -> None:
    """Register them."""
    for kind in KINDS:
        registry.register_kind(kind)
