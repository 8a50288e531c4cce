"""The locks of a running import and export, so that only one process works on each."""

from quen.core.locks import AdvisoryLock

#: a session lock, with the import's id
IMPORT_LOCK = AdvisoryLock("import_export.import")
#: the same of an export
EXPORT_LOCK = AdvisoryLock("import_export.export")
