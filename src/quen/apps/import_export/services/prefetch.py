"""Batches of rows, read and parsed in a thread while the database works on the previous batch."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import Any, Final

from django.conf import settings

from quen.apps.import_export.registry import ImportWriter
from quen.apps.import_export.tables import Row, RowStream

#: maximum number of parsed batches waiting to be written
_MAX_PREFETCHED: Final = 2


class BatchPrefetcher:
    """Iterates over (rows, prepared). Closing it stops the thread, even when rows are left."""

    def __init__(self, stream: RowStream, writer: ImportWriter) -> None:
        self._stream = stream
        self._writer = writer
        self._queue: queue.Queue[Any] = queue.Queue(_MAX_PREFETCHED)
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._fill, name="import-reader", daemon=True)
        self._thread.start()

    def __iter__(self) -> Iterator[tuple[list[Row], Any]]:
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
            while batch := list(islice(rows, settings.IMPORT_BATCH_ROWS)):
                self._enqueue((batch, self._writer.prepare(batch)))
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
