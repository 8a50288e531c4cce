"""Services of the contacts app, one transaction each."""

from quen.apps.contacts.services.addresses import (
    add_address,
    delete_address,
    make_address_default,
    update_address,
)
from quen.apps.contacts.services.bulk import (
    bulk_delete,
    bulk_set_status,
    bulk_tag,
    bulk_update,
    run_bulk_job,
    run_verb,
)
from quen.apps.contacts.services.bulk_load import insert_staged, load_consents, load_taggings, stage_contacts
from quen.apps.contacts.services.bulk_undo import check_undo, run_undo_job, start_undo, undo_change
from quen.apps.contacts.services.consent import (
    answers_of_change,
    has_ground,
    lock_contact,
    record_answer,
    record_answers,
    restore_consent,
    save_proof,
    set_consent,
    set_status,
    unblock,
    withdraw_consent,
)
from quen.apps.contacts.services.contacts import create_contact, create_contact_from_source, update_contact
from quen.apps.contacts.services.customer_codes import give_codes_to_imported, give_codes_to_new
from quen.apps.contacts.services.deletion import (
    delete_contacts,
    erasure_due_at,
    purge_deleted,
    restore_contact,
    restore_contacts,
)
from quen.apps.contacts.services.erasure import (
    erase_again,
    erase_contact,
    erase_contacts,
    erase_from_files,
)
from quen.apps.contacts.services.field_formats import change_format, run_format_job
from quen.apps.contacts.services.field_options import (
    add_options,
    move_option,
    remove_option,
    rename_option,
)
from quen.apps.contacts.services.fields import (
    archive_field,
    create_field,
    delete_field,
    index_field,
    move_field,
    restore_field,
    update_field,
)
from quen.apps.contacts.services.files import add_file, delete_file
from quen.apps.contacts.services.filling import FilledContact, fill_contact
from quen.apps.contacts.services.merge_moves import carry_rows, return_rows
from quen.apps.contacts.services.merge_undo import undo_merge
from quen.apps.contacts.services.merging import (
    MergePair,
    bulk_merge,
    merge_contacts,
    merge_pairs,
    start_merge_change,
)
from quen.apps.contacts.services.notes import add_note, delete_note, edit_note
from quen.apps.contacts.services.restriction import lift_restriction, restrict_contact
from quen.apps.contacts.services.saved_views import delete_view, save_view, update_view
from quen.apps.contacts.services.settings import (
    PEOPLE_SETTINGS,
    start_giving_codes,
    update_contact_settings,
    update_people_settings,
)
from quen.apps.contacts.services.sources import correct_source, create_source, ensure_source, update_source
from quen.apps.contacts.services.tags import (
    add_tags,
    create_tag,
    delete_tag,
    delete_unused_tags,
    describe_tag,
    ensure_tags,
    merge_tags,
    remove_tags,
    rename_tag,
    save_tags,
    set_tags,
)
from quen.apps.contacts.services.totals import apply_totals, touch_activity
from quen.apps.contacts.services.upserts import upsert

__all__ = [
    "PEOPLE_SETTINGS",
    "FilledContact",
    "MergePair",
    "add_address",
    "add_file",
    "add_note",
    "add_options",
    "add_tags",
    "answers_of_change",
    "apply_totals",
    "archive_field",
    "bulk_delete",
    "bulk_merge",
    "bulk_set_status",
    "bulk_tag",
    "bulk_update",
    "carry_rows",
    "change_format",
    "check_undo",
    "correct_source",
    "create_contact",
    "create_contact_from_source",
    "create_field",
    "create_source",
    "create_tag",
    "delete_address",
    "delete_contacts",
    "delete_field",
    "delete_file",
    "delete_note",
    "delete_tag",
    "delete_unused_tags",
    "delete_view",
    "describe_tag",
    "edit_note",
    "ensure_source",
    "ensure_tags",
    "erase_again",
    "erase_contact",
    "erase_contacts",
    "erase_from_files",
    "erasure_due_at",
    "fill_contact",
    "give_codes_to_imported",
    "give_codes_to_new",
    "has_ground",
    "index_field",
    "insert_staged",
    "lift_restriction",
    "load_consents",
    "load_taggings",
    "lock_contact",
    "make_address_default",
    "merge_contacts",
    "merge_pairs",
    "merge_tags",
    "move_field",
    "move_option",
    "purge_deleted",
    "record_answer",
    "record_answers",
    "remove_option",
    "remove_tags",
    "rename_option",
    "rename_tag",
    "restore_consent",
    "restore_contact",
    "restore_contacts",
    "restore_field",
    "restrict_contact",
    "return_rows",
    "run_bulk_job",
    "run_format_job",
    "run_undo_job",
    "run_verb",
    "save_proof",
    "save_tags",
    "save_view",
    "set_consent",
    "set_status",
    "set_tags",
    "stage_contacts",
    "start_giving_codes",
    "start_merge_change",
    "start_undo",
    "touch_activity",
    "unblock",
    "undo_change",
    "undo_merge",
    "update_address",
    "update_contact",
    "update_contact_settings",
    "update_field",
    "update_people_settings",
    "update_source",
    "update_view",
    "upsert",
    "withdraw_consent",
]
