"""Verbs of the ingest room."""

from quen.apps.ingest.services.keeping import hint, keep, spill, take_back_spilled
from quen.apps.ingest.services.understanding import forget_old_hits, hint_what_waits, understand
from quen.apps.ingest.services.writing import Writer

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
