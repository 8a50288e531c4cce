"""Services of the compliance app, one transaction each."""

from quen.apps.compliance.services.joining import (
    announce_sharing,
    answer_request,
    ask_to_join,
    ensure_owner,
    leave_company,
    show_code,
    withdraw_request,
)
from quen.apps.compliance.services.settings import accept_terms, update_sending_settings
from quen.apps.compliance.services.sharing import (
    CONSUMER,
    consume_refusals,
    enqueue_synchronisation,
    record_all_refusals,
    record_refusals,
    release_places,
    restart_after_restore,
    synchronise_sharing,
    take_places,
)
from quen.apps.compliance.services.stored_unsubscribes import (
    UNSUBSCRIBE_ENDPOINT,
    process_stored_unsubscribes,
    process_unsubscribes,
    store_unsubscribe,
)
from quen.apps.compliance.services.suppressions import (
    suppress,
    suppress_erased,
    suppress_opted_out,
    unsuppress,
    unsuppress_restored,
)
from quen.apps.compliance.services.unsubscribes import (
    UNDO_HOURS,
    claim_confirmation,
    correct_details,
    erase_old_unsubscribes,
    resubscribe,
    unblock,
    undo_unsubscribe,
    unsubscribe,
)

__all__ = [
    "CONSUMER",
    "UNDO_HOURS",
    "UNSUBSCRIBE_ENDPOINT",
    "accept_terms",
    "announce_sharing",
    "answer_request",
    "ask_to_join",
    "claim_confirmation",
    "consume_refusals",
    "correct_details",
    "enqueue_synchronisation",
    "ensure_owner",
    "erase_old_unsubscribes",
    "leave_company",
    "process_stored_unsubscribes",
    "process_unsubscribes",
    "record_all_refusals",
    "record_refusals",
    "release_places",
    "restart_after_restore",
    "resubscribe",
    "show_code",
    "store_unsubscribe",
    "suppress",
    "suppress_erased",
    "suppress_opted_out",
    "synchronise_sharing",
    "take_places",
    "unblock",
    "undo_unsubscribe",
    "unsubscribe",
    "unsuppress",
    "unsuppress_restored",
    "update_sending_settings",
    "withdraw_request",
]
