"""The lock of a running import, so that only one process works on it."""

from quen.core.locks import AdvisoryLock

#: a session lock, with the import's id
IMPORT_LOCK = AdvisoryLock("import_export.import")
