"""Erase people from stored files and refused rows before these expire."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from typing import Final

from django.db import transaction

from quen.apps.import_export import queries
from quen.apps.import_export.errors import UnreadableFile
from quen.apps.import_export.models import Import, ImportIssue
from quen.apps.import_export.services.locks import IMPORT_LOCK
from quen.apps.import_export.tables import cell_text
from quen.apps.import_export.types import ImportState
from quen.apps.team import services as team

#: returns whether a row, given as the texts of its cells, is of an erased person
IsErased = Callable[[Sequence[str]], bool]
log = logging.getLogger(__name__)
_BATCH_ROWS: Final = 2_000


def erase_rows(*, is_erased: IsErased, import_ids: Collection[int] | None = None) -> int:
    """Erase the refused rows of these people, and what was said of them. Return how many.

    import_ids: only those of these imports.
    """
    issues = ImportIssue.objects.exclude(cells=None)
    if import_ids is not None:
        issues = issues.filter(import_record__in=list(import_ids))
    found = [
        pk
        for pk, cells in issues.values_list("pk", "cells").iterator(chunk_size=_BATCH_ROWS)
        if is_erased([cell_text(cell) for cell in cells or ()])
    ]
    for first in range(0, len(found), _BATCH_ROWS):
        ImportIssue.objects.filter(pk__in=found[first : first + _BATCH_ROWS]).update(cells=None, params={})
    return len(found)


def erase_files(*, is_erased: IsErased, import_ids: Collection[int]) -> bool:
    """Delete the stored files that hold rows of these people, with unfinished imports of them.

    import_ids: imports that are known to hold one; the files of the others are read. A finished import keeps its
    results, and a stopped one its rows: neither can be continued. Return False when a running import was left alone.
    """
    is_complete = True
    for import_ in Import.objects.exclude(file=None).select_related("file"):
        if import_.pk not in import_ids and not _holds(import_, is_erased):
            continue
        with IMPORT_LOCK.session(import_.pk) as acquired:
            if acquired:
                is_complete &= _erase_file(import_.pk)
            else:
                is_complete = False
    return is_complete


def _holds(import_: Import, is_erased: IsErased) -> bool:
    """Return whether a row of the file is of such a person; False for a file that no reader can read."""
    try:
        with queries.opened(import_) as table:
            return any(is_erased([cell_text(cell) for cell in cells]) for _number, cells in table.rows())
    except UnreadableFile:
        log.info("the file of import %s can't be read", import_.pk)
        return False


@transaction.atomic
def _erase_file(import_id: int) -> bool:
    """Delete the file of an import, or a draft with it; return False for one that has yet to run."""
    import_ = Import.objects.select_for_update(of=("self",)).filter(pk=import_id).first()
    if import_ is None or import_.file_id is None:
        return True
    if import_.state in queries.ACTIVE_STATES:
        return False
    file_id = import_.file_id
    if import_.state == ImportState.DRAFT:
        import_.delete()
    team.delete_file(file_id)
    return True
