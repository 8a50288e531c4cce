"""Advisory locks of the contacts app."""

from quen.core.locks import AdvisoryLock

#: one writer of unique custom values at a time, whichever field
UNIQUE_VALUES = AdvisoryLock("contacts.unique_values")
#: batches of one workspace are written one after another, so they cannot deadlock each other
UPSERT_BATCH = AdvisoryLock("contacts.upsert_batch")
