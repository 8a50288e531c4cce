"""What the events app declares: groups and kinds of events that every workspace has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from quen.apps.events import services
from quen.apps.events.types import EventGroup, EventKind, EventPhrases
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
        EventKind(
            101,
            "contact_created",
            _("Became a customer"),
            _("Added to Quen"),
            "user-plus",
            "record",
            phrases=EventPhrases(_("added to Quen"), _("never added to Quen"), _("not added to Quen")),
        ),
        EventKind(
            102,
            "contact_imported",
            _("Was imported"),
            _("Imported from %(file)s"),
            "file-up",
            "record",
            phrases=EventPhrases(
                _("imported"), _("never imported"), _("not imported"), ever=_("imported from a file")
            ),
        ),
        EventKind(
            103,
            "contact_changed",
            _("Profile changed"),
            _("Changed %(fields)s"),
            "pencil",
            "record",
            phrases=EventPhrases(
                _("whose profile changed"),
                _("whose profile never changed"),
                _("whose profile did not change"),
            ),
        ),
        EventKind(
            104,
            "tag_added",
            _("Tag added"),
            _("Tagged %(tags)s"),
            "tag",
            "record",
            phrases=EventPhrases(_("who were tagged"), _("who were never tagged"), _("who were not tagged")),
        ),
        EventKind(
            105,
            "tag_removed",
            _("Tag removed"),
            _("Tag %(tags)s removed"),
            "tag",
            "record",
            phrases=EventPhrases(_("who lost a tag"), _("who never lost a tag"), _("who did not lose a tag")),
        ),
        EventKind(
            106,
            "status_changed",
            _("Status changed"),
            _("Status: %(to)s"),
            "refresh-cw",
            "record",
            phrases=EventPhrases(
                _("whose status changed"), _("whose status never changed"), _("whose status did not change")
            ),
        ),
        EventKind(
            107,
            "contact_deleted",
            _("Deleted"),
            _("Deleted"),
            "trash-2",
            "record",
            phrases=EventPhrases(_("deleted"), _("never deleted"), _("not deleted")),
        ),
        EventKind(
            108,
            "contact_restored",
            _("Restored"),
            _("Restored"),
            "undo-2",
            "record",
            phrases=EventPhrases(_("restored"), _("never restored"), _("not restored")),
        ),
        EventKind(
            109,
            "consent_changed",
            _("Consent changed"),
            _("%(channel)s: %(to)s"),
            "shield-check",
            "record",
            phrases=EventPhrases(
                _("whose consent changed"),
                _("whose consent never changed"),
                _("whose consent did not change"),
            ),
        ),
        EventKind(
            110,
            "product_viewed",
            _("Viewed a product"),
            _("Viewed %(product)s"),
            "eye",
            "web",
            phrases=EventPhrases(
                _("who viewed a product"), _("who never viewed a product"), _("who did not view a product")
            ),
        ),
        EventKind(
            111,
            "cart_added",
            _("Added to the cart"),
            _("Added %(product)s to the cart"),
            "shopping-cart",
            "shopping",
            True,
            phrases=EventPhrases(
                _("who added to the cart"), _("who never added to the cart"), _("who did not add to the cart")
            ),
        ),
        EventKind(
            112,
            "product_favourited",
            _("Added to favourites"),
            _("Added %(product)s to favourites"),
            "heart",
            "web",
            phrases=EventPhrases(
                _("who added a favourite"), _("who never added a favourite"), _("who did not add a favourite")
            ),
        ),
        EventKind(
            113,
            "ordered",
            _("Placed an order"),
            _("Ordered %(number)s"),
            "package",
            "shopping",
            True,
            phrases=EventPhrases(_("who ordered"), _("who never ordered"), _("who did not order")),
        ),
        EventKind(
            114,
            "paid",
            _("Paid for an order"),
            _("Paid for %(number)s"),
            "circle-check",
            "shopping",
            True,
            phrases=EventPhrases(
                _("who paid for an order"),
                _("who never paid for an order"),
                _("who did not pay for an order"),
            ),
        ),
        EventKind(
            115,
            "reviewed",
            _("Left a review"),
            _("Reviewed %(product)s"),
            "star",
            "shopping",
            phrases=EventPhrases(
                _("who left a review"), _("who never left a review"), _("who did not leave a review")
            ),
        ),
        EventKind(
            116,
            "followed",
            _("Followed the shop"),
            _("Followed the shop"),
            "user-check",
            "messages",
            condition_group="followers",
            phrases=EventPhrases(
                _("who followed the shop"), _("who never followed the shop"), _("who did not follow the shop")
            ),
        ),
        EventKind(
            117,
            "message_received",
            _("Messaged the shop"),
            _("Messaged the shop"),
            "message-circle",
            "messages",
            phrases=EventPhrases(
                _("who messaged the shop"),
                _("who never messaged the shop"),
                _("who did not message the shop"),
            ),
        ),
    ),
    prepare_workspace=_prepare_workspace,
)


def register() -> None:
    """Register the conditions on events."""
    from quen.apps.events import conditions

    conditions.register()
