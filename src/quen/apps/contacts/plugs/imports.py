"""Contacts can be imported, and an import can be undone like any verb on many people."""

from quen.apps.contacts.importing.kind import ContactImportKind
from quen.apps.contacts.importing.undo import undo_import
from quen.apps.contacts.services.bulk_undo import UNDO_HANDLERS
from quen.apps.contacts.types import BulkAction
from quen.apps.import_export import registry


def register() -> None:
    """Plug the kind in."""
    registry.register(ContactImportKind())
    UNDO_HANDLERS[BulkAction.IMPORT] = undo_import
