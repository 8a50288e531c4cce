"""Tables that a page offers as a file."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, cast

from django.http import HttpResponse, StreamingHttpResponse
from django.utils import translation

from quen.core import schemas
from quen.core.table_files import TableFormat, table_chunks

Rows = Callable[[], Iterable[Sequence[Any]]]


def table_download(rows: Rows, *, name: str, format: TableFormat) -> HttpResponse:
    """Return a download of the rows that a function yields, the heading first. name: of the file, without its ending.

    The rows are read in the workspace and the language of the request, which ends before the response is streamed.
    """
    chunks = _in_workspace(rows, format, schemas.current(), translation.get_language() or "vi")
    response = StreamingHttpResponse(chunks, content_type=format.content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}.{format.value}"'
    return cast("HttpResponse", response)  # StreamingHttpResponse is no subclass of HttpResponse


def _in_workspace(rows: Rows, format: TableFormat, schema: str, language: str) -> Iterator[bytes]:
    with schemas.use(schema), translation.override(language):
        yield from table_chunks(rows(), format)
