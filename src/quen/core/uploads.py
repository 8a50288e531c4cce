"""Sizes of request bodies. A view takes a body of up to 1 MB and no files, unless it declares more here.

``quen.config.middleware.RequestBodyMiddleware`` reads the declaration before anything of the body is read, and checks
the view's right first: nobody but a member with the right can have a file written.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, NoReturn, TypeVar

from django.core.files.uploadhandler import FileUploadHandler, SkipFile

#: what a view takes that declares nothing, in bytes
MAX_BODY_BYTES: Final = 1024 * 1024
#: the form fields and multipart headers around a file
FORM_BYTES: Final = 1024 * 1024
_ATTRIBUTE = "upload_limit"
ViewT = TypeVar("ViewT", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class UploadLimit:
    """What a view takes. max_bytes: called at each request, so that a setting may decide."""

    max_bytes: Callable[[], int]
    files: bool


def accepts_files(max_bytes: Callable[[], int]) -> Callable[[ViewT], ViewT]:
    """Declare that a view takes files. max_bytes: the longest file that its form accepts.

    A file up to a quarter longer is still read, so that the form itself can say that it is too long.
    """
    return _declare(UploadLimit(lambda: max_bytes() * 5 // 4 + FORM_BYTES, files=True))


def accepts_text(max_bytes: int) -> Callable[[ViewT], ViewT]:
    """Declare that a view takes a form of more than 1 MB, such as pasted rows, and no files."""
    return _declare(UploadLimit(lambda: max_bytes, files=False))


def upload_limit(view: Any) -> UploadLimit | None:
    """Return what a view declared; None for 1 MB and no files."""
    limit: UploadLimit | None = getattr(view, _ATTRIBUTE, None)
    return limit


def _declare(limit: UploadLimit) -> Callable[[ViewT], ViewT]:
    def declare(view: ViewT) -> ViewT:
        setattr(view, _ATTRIBUTE, limit)
        return view

    return declare


class IgnoreFiles(FileUploadHandler):
    """Reads past files without storing them. The handler of every view that does not accept files."""

    def new_file(self, *_arguments: Any, **_options: Any) -> NoReturn:
        """Skip the file."""
        raise SkipFile

    def receive_data_chunk(self, _raw_data: bytes, _start: int) -> None:
        """Store nothing."""

    def file_complete(self, _file_size: int | None) -> None:
        """Return no file."""
