"""Tables of the contacts app."""

from quen.apps.contacts.models.changes import BulkChange, BulkChangeRow, undo_deadline
from quen.apps.contacts.models.consent import ConsentEntry, ConsentProofRow, ErasedIdentifier
from quen.apps.contacts.models.contacts import (
    AliveContactManager,
    Contact,
    ContactIdentity,
    ContactQuerySet,
    Source,
)
from quen.apps.contacts.models.edit_sheets import EditSheet, EditSheetCell, EditSheetRow
from quen.apps.contacts.models.feed import ContactChange
from quen.apps.contacts.models.fields import ContactSettings, Field, new_erasure_key
from quen.apps.contacts.models.files import ContactFile
from quen.apps.contacts.models.merges import ContactMerge, MergeMove
from quen.apps.contacts.models.people import ContactAddress
from quen.apps.contacts.models.saved_views import SavedView
from quen.apps.contacts.models.search import Lexemes, SearchWords
from quen.apps.contacts.models.tags import ContactTag, Tag

__all__ = [
    "AliveContactManager",
    "BulkChange",
    "BulkChangeRow",
    "ConsentEntry",
    "ConsentProofRow",
    "Contact",
    "ContactAddress",
    "ContactChange",
    "ContactFile",
    "ContactIdentity",
    "ContactMerge",
    "ContactQuerySet",
    "ContactSettings",
    "ContactTag",
    "EditSheet",
    "EditSheetCell",
    "EditSheetRow",
    "ErasedIdentifier",
    "Field",
    "Lexemes",
    "MergeMove",
    "SavedView",
    "SearchWords",
    "Source",
    "Tag",
    "new_erasure_key",
    "undo_deadline",
]
