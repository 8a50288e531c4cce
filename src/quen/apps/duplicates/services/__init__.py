"""Services of the duplicates app."""

from quen.apps.duplicates.services.decisions import (
    merge_pair,
    merge_sure_pairs,
    postpone,
    reopen,
    run_merge_job,
    start_merging,
    tell_apart,
)
from quen.apps.duplicates.services.scanning import forget, is_due, note_changed, scan

__all__ = [
    "forget",
    "is_due",
    "merge_pair",
    "merge_sure_pairs",
    "note_changed",
    "postpone",
    "reopen",
    "run_merge_job",
    "scan",
    "start_merging",
    "tell_apart",
]
