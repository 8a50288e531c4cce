"""A batch of rows for the staging table."""

from __future__ import annotations

from collections import Counter
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
    labels: (row, key of registry.ImportLabels, name).  addresses: (row, columns of a further address).
    missing_fields: rows without some required field, with the fields' keys.
    """

    rows: list[list[Any]] = field(default_factory=list)
    has_repeats: bool = False
    identities: list[tuple[int, str, str]] = field(default_factory=list)
    secondary_identities: list[tuple[int, str, str]] = field(default_factory=list)
    tags: list[tuple[int, str]] = field(default_factory=list)
    labels: list[tuple[int, str, str]] = field(default_factory=list)
    addresses: list[tuple[int, dict[str, str]]] = field(default_factory=list)
    missing_fields: dict[int, tuple[str, ...]] = field(default_factory=dict)
    _seen: set[Hashable] = field(default_factory=set)

    def add(self, row: list[Any], keys: Iterable[Hashable]) -> None:
        """Add a row with its identifiers; rows that repeat one are written in the second pass."""
        own = set(keys)
        row[1] = 1 if self._seen.isdisjoint(own) else 2
        self.has_repeats = self.has_repeats or row[1] == 2
        self._seen |= own
        self.rows.append(row)

    def rows_beside(self, phone: int, email: int) -> frozenset[int]:
        """Return the numbers of about half of the rows, which share no identifier with any of the others.

        phone, email: where they stand in a row.
        """
        if not self.has_repeats and not self.secondary_identities:
            return frozenset(row[0] for row in self.rows[(len(self.rows) + 1) // 2 :])
        extra: dict[int, list[Hashable]] = {}
        for number, system, external_id in (*self.identities, *self.secondary_identities):
            extra.setdefault(number, []).append((system, external_id))
        groups = _Groups()
        for row in self.rows:
            number = row[0]
            groups.add(number, ("phone", row[phone]) if row[phone] else None)
            groups.add(number, ("email", row[email]) if row[email] else None)
            for key in extra.get(number, ()):
                groups.add(number, key)
        sizes = Counter(groups.first(row[0]) for row in self.rows)
        beside: set[int] = set()
        size_of_main = size_beside = 0
        for first, size in sizes.items():
            if size_beside < size_of_main:
                beside.add(first)
                size_beside += size
            else:
                size_of_main += size
        return frozenset(row[0] for row in self.rows if groups.first(row[0]) in beside)

    def part(self, numbers: Collection[int]) -> StagedBatch:
        """Return the batch of these rows only. Nobody else of this batch may share an identifier with them."""
        rows = [row for row in self.rows if row[0] in numbers]
        return StagedBatch(
            rows=rows,
            has_repeats=any(row[1] == 2 for row in rows),
            identities=[each for each in self.identities if each[0] in numbers],
            secondary_identities=[each for each in self.secondary_identities if each[0] in numbers],
            tags=[each for each in self.tags if each[0] in numbers],
            labels=[each for each in self.labels if each[0] in numbers],
            addresses=[each for each in self.addresses if each[0] in numbers],
            missing_fields={row: names for row, names in self.missing_fields.items() if row in numbers},
        )

    def remove(self, numbers: Collection[int]) -> None:
        """Remove rows with what belongs to them."""
        self.rows = [row for row in self.rows if row[0] not in numbers]
        for name in ("identities", "secondary_identities", "tags", "labels", "addresses"):
            setattr(self, name, [entry for entry in getattr(self, name) if entry[0] not in numbers])
        for number in numbers:
            self.missing_fields.pop(number, None)


class _Groups:
    """Rows that are connected by identifiers, directly or through others."""

    def __init__(self) -> None:
        self._parents: dict[int, int] = {}
        self._rows: dict[Hashable, int] = {}

    def add(self, row: int, key: Hashable) -> None:
        """Connect a row with those that have the same key; None is nobody's."""
        if key is not None and (other := self._rows.setdefault(key, row)) != row:
            one, two = self.first(other), self.first(row)
            if one != two:
                self._parents[two] = one

    def first(self, row: int) -> int:
        """Return the row that stands for the group of a row."""
        parents = self._parents
        while (parent := parents.get(row)) is not None:
            if (above := parents.get(parent)) is not None:
                parents[row] = above
            row = parent
        return row
