"""Reads a workbook once in a process of its own: the parser aborts at some damaged ones, with whatever runs it.

A script without Django. It ends well whether or not the workbook can be read: the caller then meets the same error, and
says it. Only when the process dies is the workbook told to be broken.
"""

from __future__ import annotations

import resource
import sys
from contextlib import suppress
from typing import Final

import python_calamine as calamine

#: a length out of a damaged file may ask for any amount
_MEMORY_BYTES: Final = 2 << 30


def read(path: str) -> None:
    """Read all sheets of the workbook at a path."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    # A failed assertion of the parser is no Exception.
    with suppress(BaseException):
        book = calamine.CalamineWorkbook.from_path(path)
        for name in book.sheet_names:
            book.get_sheet_by_name(name)


if __name__ == "__main__":
    read(sys.argv[1])
