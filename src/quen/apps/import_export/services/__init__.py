"""Services of the import_export app."""

from quen.apps.import_export.services.cleanup import delete_import, expire_imports, undo
from quen.apps.import_export.services.create import (
    auto_match,
    create_from_paste,
    create_from_upload,
    set_matching,
    set_read_options,
    set_settings,
)
from quen.apps.import_export.services.erasure import erase_files, erase_rows
from quen.apps.import_export.services.retry import refused_rows, refused_rows_csv, retry_refused
from quen.apps.import_export.services.run import (
    ensure_runnable,
    record_failed_dry_run,
    resume,
    resume_orphaned,
    run_dry_run,
    run_import,
    start,
    start_dry_run,
    stop,
    validate_for_run,
)

__all__ = [
    "auto_match",
    "create_from_paste",
    "create_from_upload",
    "delete_import",
    "ensure_runnable",
    "erase_files",
    "erase_rows",
    "expire_imports",
    "record_failed_dry_run",
    "refused_rows",
    "refused_rows_csv",
    "resume",
    "resume_orphaned",
    "retry_refused",
    "run_dry_run",
    "run_import",
    "set_matching",
    "set_read_options",
    "set_settings",
    "start",
    "start_dry_run",
    "stop",
    "undo",
    "validate_for_run",
]
