"""This app's own actions on all contacts that need no selection in the list."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from quen.apps.contacts import registry
from quen.apps.contacts.services.customer_codes import give_codes, take_codes_back
from quen.apps.contacts.services.field_formats import CHANGE_FORMAT, apply_format, undo_format
from quen.apps.contacts.services.field_options import REMOVE_OPTION, apply_removal, undo_removal
from quen.apps.contacts.services.forms_of_address import accept_salutations, undo_accepted_salutations
from quen.apps.contacts.types import ContactRight

GIVE_CODES = "give_codes"
ACCEPT_SALUTATIONS = "accept_salutations"


def register() -> None:
    """Register the actions, which run as jobs and can be undone like any other."""
    registry.register_bulk_verb(
        registry.BulkVerb(
            key=GIVE_CODES,
            label=_("Give customer codes"),
            right=ContactRight.CONFIGURE,
            audit="contacts.codes_given",
            apply=give_codes,
            undo=take_codes_back,
        )
    )
    registry.register_bulk_verb(
        registry.BulkVerb(
            key=ACCEPT_SALUTATIONS,
            label=_("Accept forms of address"),
            right=ContactRight.CONFIGURE,
            audit="contacts.salutations_accepted",
            apply=accept_salutations,
            undo=undo_accepted_salutations,
        )
    )
    registry.register_bulk_verb(
        registry.BulkVerb(
            key=REMOVE_OPTION,
            label=_("Remove an option"),
            right=ContactRight.CONFIGURE,
            audit="contacts.option_removed",
            apply=apply_removal,
            undo=undo_removal,
        )
    )
    registry.register_bulk_verb(
        registry.BulkVerb(
            key=CHANGE_FORMAT,
            label=_("Change a field's format"),
            right=ContactRight.CONFIGURE,
            audit="contacts.format_changed",
            apply=apply_format,
            undo=undo_format,
        )
    )
