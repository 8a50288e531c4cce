"""Files that a page offers: tables made while they are sent, and stored ones."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, cast

from django.http import HttpResponse, StreamingHttpResponse
from django.utils import translation
from django.utils.http import content_disposition_header

from quen.core import schemas
from quen.core.table_files import TableFormat, table_chunks

Rows = Callable[[], Iterable[Sequence[Any]]]
Chunks = Callable[[], Iterable[bytes]]
_RUNS_NOTHING: Final = "sandbox; default-src 'none'; frame-ancestors 'none'"


def table_download(rows: Rows, *, name: str, format: TableFormat) -> HttpResponse:
    """Return a download of the rows that a function yields, the heading first. name: of the file, without its ending.

    The rows are read in the workspace and the language of the request, which ends before the response is streamed.
    """
    return file_download(
        lambda: table_chunks(rows(), format), name=f"{name}.{format.value}", content_type=format.content_type
    )


def file_download(chunks: Chunks, *, name: str, content_type: str, size: int | None = None) -> HttpResponse:
    """Return a download of the bytes that a function yields. name: of the file, letters of any language.

    Whatever the bytes are, nothing in them runs as a page of ours. size: by which a download that was cut is noticed.
    """
    content = _in_workspace(chunks, schemas.current(), translation.get_language() or "vi")
    response = StreamingHttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = (
        content_disposition_header(as_attachment=True, filename=name) or "attachment"
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = _RUNS_NOTHING
    response["Cache-Control"] = "private, no-store"
    if size is not None:
        response["Content-Length"] = str(size)
    return cast("HttpResponse", response)  # StreamingHttpResponse is no subclass of HttpResponse


def _in_workspace(chunks: Chunks, schema: str, language: str) -> Iterator[bytes]:
    with schemas.use(schema), translation.override(language):
        yield from chunks()
