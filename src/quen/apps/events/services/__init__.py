"""Verbs of the events room."""

from quen.apps.events.services.consuming import declare_interest, drain, drain_soon, waiting_consumers
from quen.apps.events.services.partitions import ensure_months_ahead, ensure_partitions, forget_partitions
from quen.apps.events.services.recording import (
    erase_events,
    note_change,
    record,
    record_many,
    record_relation,
    record_rows,
    withdraw_event,
)

__all__ = [
    "declare_interest",
    "drain",
    "drain_soon",
    "ensure_months_ahead",
    "ensure_partitions",
    "erase_events",
    "forget_partitions",
    "note_change",
    "record",
    "record_many",
    "record_relation",
    "record_rows",
    "waiting_consumers",
    "withdraw_event",
]
