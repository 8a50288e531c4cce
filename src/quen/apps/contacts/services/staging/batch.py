"""A batch of rows for the staging table."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class StagedBatch:
    """Staged rows in their order, and what belongs to them.

    A row is a list in the order of StagingSchema.column_types(): its number first, then its pass.
    has_repeats: whether a row repeats an identifier of an earlier row of the batch.
    identities: (row, system, id) by which contacts are matched.  secondary_identities: (row, system, id) of second
    phone numbers and emails, which are stored and never matched.  tags: (row, name).
    missing_fields: rows without some required field, with the fields' keys.
    """

    rows: list[list[Any]] = field(default_factory=list)
    has_repeats: bool = False
    identities: list[tuple[int, str, str]] = field(default_factory=list)
    secondary_identities: list[tuple[int, str, str]] = field(default_factory=list)
    tags: list[tuple[int, str]] = field(default_factory=list)
    missing_fields: dict[int, tuple[str, ...]] = field(default_factory=dict)
    _seen: set[Hashable] = field(default_factory=set)

    def add(self, row: list[Any], keys: Iterable[Hashable]) -> None:
        """Add a row with its identifiers; rows that repeat one are written in the second pass."""
        own = set(keys)
        row[1] = 1 if self._seen.isdisjoint(own) else 2
        self.has_repeats = self.has_repeats or row[1] == 2
        self._seen |= own
        self.rows.append(row)

    def remove(self, numbers: Collection[int]) -> None:
        """Remove rows with what belongs to them."""
        self.rows = [row for row in self.rows if row[0] not in numbers]
        for name in ("identities", "secondary_identities", "tags"):
            setattr(self, name, [entry for entry in getattr(self, name) if entry[0] not in numbers])
        for number in numbers:
            self.missing_fields.pop(number, None)
