"""Verbs of the delivery room."""

from quen.apps.delivery.services.calming import calm
from quen.apps.delivery.services.confirming import confirm_refusal
from quen.apps.delivery.services.erasing import erase_traces
from quen.apps.delivery.services.gathering import gather
from quen.apps.delivery.services.handing import carry_on, hand_over, hint_all
from quen.apps.delivery.services.launching import launch, send_one
from quen.apps.delivery.services.settling import retry_failed, settle_all_uncertain, settle_uncertain
from quen.apps.delivery.services.showing import words_of
from quen.apps.delivery.services.stopping import cancel_launch, drop_rest, pause_launch, resume_launch

__all__ = [
    "calm",
    "cancel_launch",
    "carry_on",
    "confirm_refusal",
    "drop_rest",
    "erase_traces",
    "gather",
    "hand_over",
    "hint_all",
    "launch",
    "pause_launch",
    "resume_launch",
    "retry_failed",
    "send_one",
    "settle_all_uncertain",
    "settle_uncertain",
    "words_of",
]
