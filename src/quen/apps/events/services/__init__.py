"""Services of the events app."""

from quen.apps.events.services.consumers import (
    drain,
    pending_consumers,
    schedule_drain,
    subscribe,
    subscribe_consumers,
)
from quen.apps.events.services.events import (
    change_data,
    delete_event,
    erase_events,
    move_events,
    notify_changed,
    notify_consumer,
    record,
    record_many,
    record_relation,
    record_rows,
    return_events,
)
from quen.apps.events.services.partitions import (
    clear_partition_cache,
    ensure_months_ahead,
    ensure_partitions,
    partition_months,
)

__all__ = [
    "change_data",
    "clear_partition_cache",
    "delete_event",
    "drain",
    "ensure_months_ahead",
    "ensure_partitions",
    "erase_events",
    "move_events",
    "notify_changed",
    "notify_consumer",
    "partition_months",
    "pending_consumers",
    "record",
    "record_many",
    "record_relation",
    "record_rows",
    "return_events",
    "schedule_drain",
    "subscribe",
    "subscribe_consumers",
]
