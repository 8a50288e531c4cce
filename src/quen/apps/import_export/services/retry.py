"""Refused rows: download them, correct them, import them again (IMX-30)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any, BinaryIO, Final

from django.utils.translation import gettext as _

from quen.apps.import_export import queries
from quen.apps.import_export.models import Import
from quen.apps.import_export.services.create import create_from_upload, set_matching, set_settings
from quen.apps.import_export.types import IssueKind
from quen.core.actors import Actor

#: spreadsheets run cells that begin with one of these as formulas
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
_NUMBER_CHARS: Final = frozenset("+-0123456789 .,()")
_CHUNK_CHARS: Final = 64 * 1024


def refused_rows(import_: Import) -> Iterator[list[Any]]:
    """Yield the headings, then the refused rows: the file's own cells, the row number and the reason."""
    yield [*import_.headers, *_headings()]
    for issue in queries.issues(import_, IssueKind.REFUSED).iterator(chunk_size=2_000):
        cells = [*(issue.cells or [])][: len(import_.headers)]
        cells += [None] * (len(import_.headers) - len(cells))
        yield [*cells, issue.row_number, queries.issue_text(import_, issue)]


def refused_rows_csv(import_: Import) -> Iterator[bytes]:
    """Yield the refused rows as CSV.

    UTF-8 with a byte order mark, which Excel needs; formulas are escaped.
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    yield b"\xef\xbb\xbf"
    for row in refused_rows(import_):
        writer.writerow(map(_escape_formula, row))
        if buffer.tell() > _CHUNK_CHARS:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()


def retry_refused(
    *,
    import_: Import,
    content: BinaryIO | Iterable[bytes],
    filename: str,
    actor: Actor,
    now: datetime,
) -> Import:
    """Create an import of corrected rows with the settings of the first one; columns with the same header are matched
    alike.
    """
    new_import = create_from_upload(
        content=content, filename=filename, actor=actor, now=now, kind=import_.kind, retry_of=import_
    )
    entries_by_header = dict(zip(import_.headers, import_.matching, strict=True))
    entries = [entries_by_header.get(header, {"target": None}) for header in new_import.headers]
    set_matching(import_=new_import, entries=entries, actor=actor, now=now)
    return set_settings(import_=new_import, settings=import_.settings)


def _headings() -> tuple[str, str]:
    return _("Row in the file"), _("Reason for rejection")


def _escape_formula(cell: Any) -> Any:
    if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS) and not _NUMBER_CHARS.issuperset(cell):
        return f"'{cell}"
    return "" if cell is None else cell
