"""Contacts can be imported, and an import can be undone like any verb on many people."""

from quen.rooms.contacts.importing.kind import ContactImports
from quen.rooms.contacts.importing.undoing import take_back
from quen.rooms.contacts.services.undoing import UNDOERS
from quen.rooms.contacts.types import BulkVerb
from quen.rooms.exchange import registry


def register() -> None:
    """Plug the kind in."""
    registry.register(ContactImports())
    UNDOERS[BulkVerb.IMPORT] = take_back
