"""Verbs of the intake room."""

from quen.rooms.intake.services.keeping import hint, keep, spill, take_back_spilled
from quen.rooms.intake.services.understanding import forget_old_hits, hint_what_waits, understand
from quen.rooms.intake.services.writing import Writer

__all__ = [
    "Writer",
    "forget_old_hits",
    "hint",
    "hint_what_waits",
    "keep",
    "spill",
    "take_back_spilled",
    "understand",
]
