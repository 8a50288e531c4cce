"""Pages of a list by keyset: never an OFFSET, ties broken by the key, both directions.

``paginate`` reads a page of a QuerySet. ``read_large`` reads a page of a list over a large table that any words and
conditions may filter; it returns keys, and the caller loads the rows. ``read_ranked`` does the same with the best
matches first. ``NumberedPage`` is for short lists that are in memory anyway.
"""

from quen.core.paging.large import (
    PROBED_ROWS,
    PROMISING_MATCHES,
    SCANNED_ROWS,
    KeyList,
    LargeList,
    read_large,
)
from quen.core.paging.numbered import NumberedPage
from quen.core.paging.pages import (
    BY_KEY,
    NEWEST_FIRST,
    PAGE_SIZE,
    Cursor,
    Page,
    Scan,
    Sort,
    SortColumn,
    amount,
    assemble,
    instant,
    paginate,
    whole,
    word,
)
from quen.core.paging.ranked import Ranked, RankedList, read_ranked

__all__ = [
    "BY_KEY",
    "NEWEST_FIRST",
    "PAGE_SIZE",
    "PROBED_ROWS",
    "PROMISING_MATCHES",
    "SCANNED_ROWS",
    "Cursor",
    "KeyList",
    "LargeList",
    "NumberedPage",
    "Page",
    "Ranked",
    "RankedList",
    "Scan",
    "Sort",
    "SortColumn",
    "amount",
    "assemble",
    "instant",
    "paginate",
    "read_large",
    "read_ranked",
    "whole",
    "word",
]
