"""The returned workbook: which cells changed, and what each of them would do."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from django.db import connection

from quen.apps.contacts.edit_sheets.checks import refuse_impossible
from quen.apps.contacts.edit_sheets.columns import (
    NAME_KEY,
    TAGS,
    CellReader,
    ReadCell,
    SheetColumn,
    contact_of_key,
    is_clear_mark,
    key_column,
    shown,
    words_of,
)
from quen.apps.contacts.edit_sheets.current import CurrentContact, current_contacts
from quen.apps.contacts.models import EditSheet
from quen.apps.contacts.rules.addresses import complete_address
from quen.apps.contacts.rules.names import complete_names
from quen.apps.contacts.types import (
    CellChange,
    CellDecision,
    SheetKeysMissing,
    SheetOfAnother,
    SheetSorted,
    SheetTooLong,
)
from quen.apps.import_export import queries as import_export
from quen.apps.import_export.registry import Cell
from quen.core import names, text

if TYPE_CHECKING:
    from quen.apps.team.models import File

#: rows that a returned file may have for each of the workbook
_MOST_ROWS: Final = 3
_ROWS_ALLOWED: Final = 1_000
#: values in one column that stand beside somebody else, from which on the rows were sorted without their keys
_FEWEST_MOVED: Final = 3
_BATCH: Final = 5_000


@dataclass(slots=True)
class SheetFindings:
    """What a returned file has besides changed cells.

    people: rows of people of the workbook.  changed: of them, with a changed cell.  unknown: rows whose key was
    altered.  added: rows without a key.  repeated: further rows of a person.  gone: people who were deleted since.
    alike: cells whose change the record has already.  headings: columns that the workbook did not have.
    """

    people: int = 0
    changed: int = 0
    unknown: int = 0
    added: int = 0
    repeated: int = 0
    gone: int = 0
    alike: int = 0
    headings: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ReturnedRow:
    """A row of a person: its number in the file, and the cells of the workbook's columns by place."""

    number: int
    contact_id: int
    cells: Mapping[int, Cell]


@dataclass(slots=True)
class ChangedCell:
    """A changed cell, as it is stored; see models.EditSheetCell."""

    contact_id: int
    column: SheetColumn
    place: int
    row: int
    kind: CellChange
    held: str
    given: str
    current: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    conflict: bool = False
    refusal: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def decision(self) -> CellDecision:
        """Return what becomes of it until the member decides."""
        return CellDecision.OPEN if self.conflict and not self.refusal else CellDecision.TAKE

    def refuse(self, reason: str, **params: Any) -> None:
        """Say why it cannot be applied; the first reason counts."""
        if not self.refusal:
            self.refusal, self.params = reason, params


def compare(sheet: EditSheet, file: File, filename: str, columns: Sequence[SheetColumn]) -> SheetFindings:
    """Store the changed cells of a returned file in the caller's transaction.

    Raises the errors of readers, SheetKeysMissing, SheetOfAnother, SheetSorted, SheetTooLong.
    """
    findings = SheetFindings()
    returned = _read(sheet, file, filename, columns, findings)
    held = dict(sheet.rows.values_list("contact_id", "held"))
    returned = [row for row in returned if row.contact_id in held]
    if not returned:
        raise SheetOfAnother()
    refuse_sorted(returned, held)
    reader = CellReader(columns)
    cells = list(_changed(returned, held, columns, reader))
    kept = list(_judged(cells, columns, reader, findings))
    refuse_impossible(kept)
    findings.people = len(returned)
    findings.changed = len({cell.contact_id for cell in kept if not cell.refusal})
    _store(sheet, kept)
    return findings


def as_json(findings: SheetFindings) -> dict[str, Any]:
    """Return findings as they are stored."""
    return asdict(findings)


# The file


def _read(
    sheet: EditSheet, file: File, filename: str, columns: Sequence[SheetColumn], findings: SheetFindings
) -> list[ReturnedRow]:
    key_heading = str(key_column().label)
    limit = max(sheet.total * _MOST_ROWS, _ROWS_ALLOWED)
    tried: Collection[str | None] = [None]
    with import_export.opened_file(file, filename, header_row=1) as table:
        if _place(table.headers, key_heading) is None:
            tried = [name for name in table.sheets if name != table.sheet]
        else:
            return _rows(sheet, table, columns, findings, limit)
    for name in tried:
        with import_export.opened_file(file, filename, header_row=1, sheet=name) as table:
            if _place(table.headers, key_heading) is not None:
                return _rows(sheet, table, columns, findings, limit)
    raise SheetKeysMissing(heading=key_heading)


def _rows(
    sheet: EditSheet, table: Any, columns: Sequence[SheetColumn], findings: SheetFindings, limit: int
) -> list[ReturnedRow]:
    key_at = _place(table.headers, str(key_column().label))
    assert key_at is not None
    found = [(place, _place(table.headers, column.heading)) for place, column in enumerate(columns)]
    places = {place: at for place, at in found if at is not None}
    taken = {key_at, *places.values()}
    findings.headings = [header for at, header in enumerate(table.headers) if header and at not in taken][:20]
    rows: dict[int, ReturnedRow] = {}
    for count, (number, cells) in enumerate(table.rows()):
        if count >= limit:
            raise SheetTooLong(limit=limit)
        key = words_of(cells[key_at])
        if not key:
            findings.added += any(words_of(cells[at]) for at in places.values())
            continue
        contact_id = contact_of_key(sheet.secret, key)
        if contact_id is None:
            findings.unknown += 1
        elif contact_id in rows:
            findings.repeated += 1
        else:
            rows[contact_id] = ReturnedRow(
                number, contact_id, {place: cells[at] for place, at in places.items()}
            )
    return list(rows.values())


def _place(headers: Sequence[str], heading: str) -> int | None:
    wanted = text.fold(text.clean(heading))
    return next((at for at, header in enumerate(headers) if text.fold(text.clean(header)) == wanted), None)


def refuse_sorted(rows: Sequence[ReturnedRow], held: Mapping[int, Sequence[str]]) -> None:
    """Raise SheetSorted when in some column most rows have what the row of exactly one other person held.

    Different values only: the same new value for many people is an edit.
    """
    places = {place for row in rows for place in row.cells}
    for place in places:
        owners = Counter(words for texts in held.values() if (words := _held(texts, place)))
        moved, filled = set[str](), 0
        for row in rows:
            words = words_of(row.cells.get(place))
            filled += bool(words)
            if words and words != _held(held[row.contact_id], place) and owners.get(words) == 1:
                moved.add(words)
        if len(moved) >= _FEWEST_MOVED and len(moved) * 2 > filled:
            raise SheetSorted()


def _held(texts: Sequence[str], place: int) -> str:
    return texts[place] if place < len(texts) else ""


# The cells


def _changed(
    rows: Sequence[ReturnedRow],
    held: Mapping[int, Sequence[str]],
    columns: Sequence[SheetColumn],
    reader: CellReader,
) -> Iterator[ChangedCell]:
    """Yield the cells that say something else than they held; an empty cell says nothing."""
    for row in rows:
        texts = held[row.contact_id]
        for place, cell in row.cells.items():
            words, before = words_of(cell), _held(texts, place)
            if not words or words == before:
                continue
            changed = _cell(row, columns[place], place, before, words, cell, reader)
            if changed is not None:
                yield changed


def _cell(
    row: ReturnedRow, column: SheetColumn, place: int, before: str, words: str, cell: Cell, reader: CellReader
) -> ChangedCell | None:
    clears = is_clear_mark(words)
    kind = CellChange.CLEARED if clears else CellChange.CHANGED if before else CellChange.ADDED
    changed = ChangedCell(row.contact_id, column, place, row.number, kind, before, "" if clears else words)
    if not column.target:
        changed.refuse("only_to_read")
    elif clears:
        if not before:
            return None
        if column.clears is None or column.required:
            changed.refuse("required")
        else:
            changed.values = column.clears
    else:
        read = reader.read(column, cell)
        if read.refusal:
            changed.refuse(read.refusal)
        elif before and read.values == reader.read(column, before).values:
            return None  # only written in another way
        elif column.target == NAME_KEY and names.is_walk_in(words):
            changed.refuse("walk_in_name")
        else:
            changed.values, changed.given = read.values, shown(column, words, read.values)
    return changed


def _judged(
    cells: Sequence[ChangedCell], columns: Sequence[SheetColumn], reader: CellReader, findings: SheetFindings
) -> Iterator[ChangedCell]:
    """Yield the cells that do something to what the records say now."""
    by_contact: dict[int, list[ChangedCell]] = defaultdict(list)
    for cell in cells:
        by_contact[cell.contact_id].append(cell)
    remaining = iter(by_contact)
    while batch := list(islice(remaining, _BATCH)):
        current = current_contacts(batch, columns)
        for contact_id in batch:
            now = current.get(contact_id)
            if now is None:
                findings.gone += 1
                continue
            for cell in by_contact[contact_id]:
                judge(cell, now, reader)
                if cell.refusal or cell.values:
                    yield cell
                else:
                    findings.alike += 1


def judge(cell: ChangedCell, now: CurrentContact, reader: CellReader) -> None:
    """Complete a cell with what the record says now; without values it has nothing to do."""
    cell.current = now.words.get(cell.column.key, "")
    if cell.refusal:
        return
    if cell.kind is CellChange.CLEARED and not cell.current:
        cell.values = {}
        return
    if cell.column.target == TAGS and cell.kind is not CellChange.CLEARED:
        has = {text.fold(name) for name in now.tags}
        added = [name for name in cell.values[TAGS] if text.fold(name) not in has]
        cell.values = {TAGS: added} if added else {}
        cell.given = ", ".join([*now.tags, *added])
        cell.held = cell.current
        cell.kind = CellChange.CHANGED if now.tags else CellChange.ADDED
        return
    if cell.current != cell.held:
        said = reader.read(cell.column, cell.current) if cell.current else ReadCell()
        before = reader.read(cell.column, cell.held) if cell.held else ReadCell()
        if said.values and said.values.items() <= {**cell.values}.items():
            cell.values = {}
            return
        cell.conflict = said != before
    if cell.kind is not CellChange.CLEARED or cell.column.target == NAME_KEY:
        cell.values = completed(cell.values, now)


def completed(values: Mapping[str, Any], now: CurrentContact) -> Mapping[str, Any]:
    """Return values with what follows from them: the parts of a name, the units of a place."""
    if NAME_KEY in values:
        before = {key: str(now.record[key] or "") for key in ("full_name", *_NAME_PARTS)}
        after = complete_names({NAME_KEY: values[NAME_KEY]}, before)
        return {key: value for key, value in after.items() if key != "salutation"}
    if "city" in values:
        before = {key: str(now.record[key] or "") for key in ("country", "province", "city")}
        return {**complete_address({"city": values["city"]}, before)}
    return values


_NAME_PARTS: Final = ("family_name", "middle_name", "given_name", "call_name", "salutation")


_STORED: Final = (
    "sheet_id",
    "contact_id",
    "column",
    "place",
    "row",
    "kind",
    "held",
    "given",
    "current",
    "values",
    "conflict",
    "decision",
    "refusal",
    "params",
)


def _store(sheet: EditSheet, cells: Sequence[ChangedCell]) -> None:
    named = ", ".join(f'"{name}"' for name in _STORED)
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY contacts_editsheetcell ({named}) FROM STDIN") as copy:
            for cell in cells:
                copy.write_row(
                    (
                        sheet.pk,
                        cell.contact_id,
                        cell.column.key,
                        cell.place,
                        cell.row,
                        cell.kind.value,
                        cell.held,
                        cell.given,
                        cell.current,
                        json.dumps(cell.values, ensure_ascii=False),
                        cell.conflict,
                        cell.decision.value,
                        cell.refusal,
                        json.dumps(cell.params, ensure_ascii=False),
                    )
                )
        cursor.execute(
            "UPDATE contacts_editsheetrow r SET version = c.updated_at FROM contacts_contact c"
            " WHERE r.sheet_id = %s AND c.id = r.contact_id"
            " AND r.contact_id IN (SELECT contact_id FROM contacts_editsheetcell WHERE sheet_id = %s)",
            [sheet.pk, sheet.pk],
        )
