"""Verbs of the compliance room, one transaction each."""

from quen.apps.compliance.services.keeping import accept_terms, change_rules
from quen.apps.compliance.services.refusing import (
    UNDO_HOURS,
    come_back,
    confirmation_sent,
    correct_details,
    forget_old_refusals,
    refuse,
    unblock,
    undo_refusal,
)
from quen.apps.compliance.services.suppressing import (
    forget_refused,
    lift_suppression,
    remember_erased,
    remember_refused,
    suppress,
)

__all__ = [
    "UNDO_HOURS",
    "accept_terms",
    "change_rules",
    "come_back",
    "confirmation_sent",
    "correct_details",
    "forget_old_refusals",
    "forget_refused",
    "lift_suppression",
    "refuse",
    "remember_erased",
    "remember_refused",
    "suppress",
    "unblock",
    "undo_refusal",
]
