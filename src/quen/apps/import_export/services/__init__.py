"""Verbs of the import_export room."""

from quen.apps.import_export.services.correcting import refused_rows_csv, retry_refused
from quen.apps.import_export.services.ending import delete_import, expire_imports, undo
from quen.apps.import_export.services.making import (
    create_from_paste,
    create_from_upload,
    match_by_itself,
    set_matching,
    set_reading,
    set_settings,
)
from quen.apps.import_export.services.running import (
    carry_out,
    carry_out_trial,
    continue_,
    make_ready,
    pick_up_orphans,
    start,
    start_trial,
    stop,
)

__all__ = [
    "carry_out",
    "carry_out_trial",
    "continue_",
    "create_from_paste",
    "create_from_upload",
    "delete_import",
    "expire_imports",
    "make_ready",
    "match_by_itself",
    "pick_up_orphans",
    "refused_rows_csv",
    "retry_refused",
    "set_matching",
    "set_reading",
    "set_settings",
    "start",
    "start_trial",
    "stop",
    "undo",
]
