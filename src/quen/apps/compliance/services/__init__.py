"""Services of the compliance app, one transaction each."""

from quen.apps.compliance.services.settings import accept_terms, update_sending_settings
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
    "UNDO_HOURS",
    "accept_terms",
    "claim_confirmation",
    "correct_details",
    "erase_old_unsubscribes",
    "resubscribe",
    "suppress",
    "suppress_erased",
    "suppress_opted_out",
    "unblock",
    "undo_unsubscribe",
    "unsubscribe",
    "unsuppress",
    "unsuppress_restored",
    "update_sending_settings",
]
