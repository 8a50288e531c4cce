"""Services of the signup app, one transaction each."""

from quen.apps.signup.services.cleaning import KEPT, delete_old
from quen.apps.signup.services.confirming import confirm
from quen.apps.signup.services.external import (
    MAX_BYTES,
    external_event,
    lead_of,
    process_external,
    read_again,
    take_lead,
)
from quen.apps.signup.services.forms import (
    add_item,
    ask_for_review,
    change_draft,
    change_item,
    close_form,
    create_form,
    delete_form,
    delete_item,
    discard_changes,
    move_item,
    open_form,
    problems,
    publish,
    rename_form,
    renew_address,
    set_mapping,
)
from quen.apps.signup.services.mails import AGAIN_AFTER, PER_ADDRESS, send_again, send_confirmations
from quen.apps.signup.services.mapping import CONSENT_PREFIX, TARGETS, targets_of
from quen.apps.signup.services.people import copy_of, erase_people, merge_people, unmerge_people
from quen.apps.signup.services.proposals import refuse_proposal, take_proposal
from quen.apps.signup.services.receiving import count_view, process_received, receive, release, take

__all__ = [
    "AGAIN_AFTER",
    "CONSENT_PREFIX",
    "KEPT",
    "MAX_BYTES",
    "PER_ADDRESS",
    "TARGETS",
    "add_item",
    "ask_for_review",
    "change_draft",
    "change_item",
    "close_form",
    "confirm",
    "copy_of",
    "count_view",
    "create_form",
    "delete_form",
    "delete_item",
    "delete_old",
    "discard_changes",
    "erase_people",
    "external_event",
    "lead_of",
    "merge_people",
    "move_item",
    "open_form",
    "problems",
    "process_external",
    "process_received",
    "publish",
    "read_again",
    "receive",
    "refuse_proposal",
    "release",
    "rename_form",
    "renew_address",
    "send_again",
    "send_confirmations",
    "set_mapping",
    "take",
    "take_lead",
    "take_proposal",
    "targets_of",
    "unmerge_people",
]
