"""Services of segments."""

from quen.apps.segments.services.membership import (
    CONSUMER,
    any_due,
    compute_pending,
    compute_segment,
    flush,
    recompute_all_windowed,
    recompute_segment,
    recompute_windowed,
    record_failed_computation,
    refresh,
    remove_erased_contacts,
)
from quen.apps.segments.services.segments import (
    archive_segment,
    create_defaults,
    create_segment,
    duplicate_segment,
    recompute_later,
    recompute_with_field,
    replace_tag,
    restore_segment,
    update_segment,
)

__all__ = [
    "CONSUMER",
    "any_due",
    "archive_segment",
    "compute_pending",
    "compute_segment",
    "create_defaults",
    "create_segment",
    "duplicate_segment",
    "flush",
    "recompute_all_windowed",
    "recompute_later",
    "recompute_segment",
    "recompute_windowed",
    "recompute_with_field",
    "record_failed_computation",
    "refresh",
    "remove_erased_contacts",
    "replace_tag",
    "restore_segment",
    "update_segment",
]
