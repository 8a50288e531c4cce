"""Verbs of the contacts room, one transaction each."""

from quen.apps.contacts.services.by_person import (
    Held,
    put_back_by_person,
    return_by_person,
    unblock_by_person,
    withdraw_by_person,
)
from quen.apps.contacts.services.consent import has_ground, keep_proof, set_consent, set_status, unblock
from quen.apps.contacts.services.fields import (
    archive_field,
    create_field,
    delete_field,
    index_field,
    move_field,
    restore_field,
    update_field,
)
from quen.apps.contacts.services.loading import admit_staged, load_taggings, stage_people
from quen.apps.contacts.services.notes import remove_note, write_note
from quen.apps.contacts.services.people import admit_contact, create_contact, update_contact
from quen.apps.contacts.services.removal import (
    delete_contacts,
    erase_contacts,
    erased_on,
    purge_deleted,
    restore_contact,
    restore_contacts,
)
from quen.apps.contacts.services.sets import carry_out, change_many, delete_many, set_status_many, tag_many
from quen.apps.contacts.services.sources import create_source, ensure_source, update_source
from quen.apps.contacts.services.tagging import (
    add_tags,
    create_tag,
    delete_tag,
    ensure_tags,
    remove_tags,
    rename_tag,
    set_tags,
)
from quen.apps.contacts.services.totals import apply_totals, touch_activity
from quen.apps.contacts.services.undoing import carry_out_undo, start_undo, undo

__all__ = [
    "Held",
    "add_tags",
    "admit_contact",
    "admit_staged",
    "apply_totals",
    "archive_field",
    "carry_out",
    "carry_out_undo",
    "change_many",
    "create_contact",
    "create_field",
    "create_source",
    "create_tag",
    "delete_contacts",
    "delete_field",
    "delete_many",
    "delete_tag",
    "ensure_source",
    "ensure_tags",
    "erase_contacts",
    "erased_on",
    "has_ground",
    "index_field",
    "keep_proof",
    "load_taggings",
    "move_field",
    "purge_deleted",
    "put_back_by_person",
    "remove_note",
    "remove_tags",
    "rename_tag",
    "restore_contact",
    "restore_contacts",
    "restore_field",
    "return_by_person",
    "set_consent",
    "set_status",
    "set_status_many",
    "set_tags",
    "stage_people",
    "start_undo",
    "tag_many",
    "touch_activity",
    "unblock",
    "unblock_by_person",
    "undo",
    "update_contact",
    "update_field",
    "update_source",
    "withdraw_by_person",
    "write_note",
]
