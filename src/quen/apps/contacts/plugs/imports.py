"""Contacts can be imported, and an import can be undone like any verb on many people."""

from quen.apps.contacts.importing.kind import ContactImports
from quen.apps.contacts.importing.undoing import take_back
from quen.apps.contacts.services.undoing import UNDOERS
from quen.apps.contacts.types import BulkVerb
from quen.apps.import_export import registry


def register() -> None:
    """Plug the kind in."""
    registry.register(ContactImports())
    UNDOERS[BulkVerb.IMPORT] = take_back
