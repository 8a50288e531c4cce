"""Verbs of the segments room."""

from quen.rooms.segments.services.keeping import (
    archive_segment,
    copy_segment,
    create_segment,
    restore_segment,
    update_segment,
)
from quen.rooms.segments.services.reckoning import (
    count_segment,
    count_waiting,
    recount,
    refresh,
    settle,
    settle_day,
)

__all__ = [
    "archive_segment",
    "copy_segment",
    "count_segment",
    "count_waiting",
    "create_segment",
    "recount",
    "refresh",
    "restore_segment",
    "settle",
    "settle_day",
    "update_segment",
]
