"""Services of the ingest app."""

from quen.apps.ingest.services.group_commit import GroupCommitWriter
from quen.apps.ingest.services.processing import (
    delete_expired,
    enqueue_pending,
    erase,
    process,
    process_endpoint,
)
from quen.apps.ingest.services.storage import enqueue_processing, replay_spool, spool, store

__all__ = [
    "GroupCommitWriter",
    "delete_expired",
    "enqueue_pending",
    "enqueue_processing",
    "erase",
    "process",
    "process_endpoint",
    "replay_spool",
    "spool",
    "store",
]
