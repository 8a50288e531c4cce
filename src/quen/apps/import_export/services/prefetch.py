"""Batches of rows, read and parsed in a thread while the database works on the previous batch."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from django.conf import settings

from quen.apps.import_export.registry import ImportWriter
from quen.apps.import_export.tables import Row, RowStream

_FIRST_BATCH_ROWS: Final = 1_000
#: how long a thread that computes keeps others from the interpreter. With Python's 5 ms, the threads that write would
#: wait that long for the one that parses after each of the hundred answers that the server gives to a batch.
_TURN_SECONDS: Final = 0.0002
#: maximum number of parsed batches waiting to be written
_MAX_PREFETCHED: Final = 1


@dataclass(frozen=True, slots=True)
class RowBatch:
    """Rows that were read and parsed together.

    read: how many rows of the file it takes up.  numbers: of all of them.  rows: those to write.
    """

    read: int
    numbers: frozenset[int]
    rows: Sequence[Row]
    prepared: Any


class BatchPrefetcher:
    """Iterates over batches. Closing it stops the thread, even when rows are left.

    written: numbers of rows to leave out.
    """

    def __init__(self, stream: RowStream, writer: ImportWriter, written: Collection[int] = ()) -> None:
        self._stream = stream
        self._writer = writer
        self._written = frozenset(written)
        self._queue: queue.Queue[Any] = queue.Queue(_MAX_PREFETCHED)
        self._closed = threading.Event()
        sys.setswitchinterval(min(sys.getswitchinterval(), _TURN_SECONDS))
        self._thread = threading.Thread(target=self._fill, name="import-reader", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[RowBatch]:
        while True:
            item = self._queue.get()
            if item is None:
                return
            if isinstance(item, BaseException):
                raise item
            yield item

    def close(self) -> None:
        """Stop the thread."""
        self._closed.set()
        with suppress(queue.Empty):
            while True:
                self._queue.get_nowait()
        self._thread.join()

    def _fill(self) -> None:
        try:
            rows = iter(self._stream)
            # The first batch is small: writing begins at once, and by one connection, see loading.
            size = min(settings.IMPORT_BATCH_ROWS, _FIRST_BATCH_ROWS)
            while read := list(islice(rows, size)):
                size = settings.IMPORT_BATCH_ROWS
                numbers = frozenset(number for number, _cells in read)
                left = [row for row in read if row[0] not in self._written] if self._written else read
                self._enqueue(RowBatch(len(read), numbers, left, self._writer.prepare(left)))
                if self._closed.is_set():
                    return
            self._enqueue(None)
        except BaseException as error:  # raised again in the thread that iterates
            self._enqueue(error)

    def _enqueue(self, item: Any) -> None:
        while not self._closed.is_set():
            with suppress(queue.Full):
                self._queue.put(item, timeout=0.2)
                return
