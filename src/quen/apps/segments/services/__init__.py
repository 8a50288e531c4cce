"""Verbs of the segments room."""

from quen.apps.segments.services.keeping import (
    archive_segment,
    begin_with,
    copy_segment,
    create_segment,
    restore_segment,
    update_segment,
)
from quen.apps.segments.services.reckoning import (
    any_due,
    count_segment,
    count_waiting,
    forget_people,
    recount,
    recount_windows,
    refresh,
    settle,
    settle_day,
)

__all__ = [
    "any_due",
    "archive_segment",
    "begin_with",
    "copy_segment",
    "count_segment",
    "count_waiting",
    "create_segment",
    "forget_people",
    "recount",
    "recount_windows",
    "refresh",
    "restore_segment",
    "settle",
    "settle_day",
    "update_segment",
]
