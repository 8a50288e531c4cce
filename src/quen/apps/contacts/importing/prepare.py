"""Parse a batch of cells into staged rows, without the database."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from quen.apps.contacts.importing.answers import Answers, RowScratch
from quen.apps.contacts.importing.cell_values import compose_name, read_yes_no, split_full_name
from quen.apps.contacts.importing.field_parsers import CellParser
from quen.apps.contacts.importing.refusals import Refusal
from quen.apps.contacts.importing.value_checks import refuses
from quen.apps.contacts.services.staging.batch import StagedBatch
from quen.apps.import_export.registry import Cell, Row, RowIssue
from quen.core import booleans


@dataclass(slots=True)
class PreparedContacts:
    """A parsed batch: the rows to write, the rows that cannot be, and values that were left out.

    unwanted: (row, email, refusal) of addresses that the file says are not to be written to.
    """

    staged: StagedBatch = field(default_factory=StagedBatch)
    refused: list[RowIssue] = field(default_factory=list)
    warnings: list[RowIssue] = field(default_factory=list)
    unwanted: list[tuple[int, str, Refusal]] = field(default_factory=list)

    def only(self, numbers: Collection[int], staged: StagedBatch) -> PreparedContacts:
        """Return what belongs to these rows. staged: the rows themselves."""
        return PreparedContacts(
            staged=staged,
            refused=[issue for issue in self.refused if issue.row in numbers],
            warnings=[issue for issue in self.warnings if issue.row in numbers],
        )

    def without(self, numbers: Collection[int], staged: StagedBatch) -> PreparedContacts:
        """Return what belongs to all other rows. staged: the rows themselves."""
        return PreparedContacts(
            staged=staged,
            refused=[issue for issue in self.refused if issue.row not in numbers],
            warnings=[issue for issue in self.warnings if issue.row not in numbers],
        )


@dataclass(frozen=True, slots=True)
class WatchedColumn:
    """A column that says nothing about consent by its match, and may by its words.

    heading_refuses: whether the heading says no, so that a Yes or a date is a refusal.
    """

    index: int
    header: str
    heading_refuses: bool

    def refuses(self, cell: Cell) -> bool:
        """Return whether a cell is a refusal."""
        if self.heading_refuses and not booleans.is_empty(cell):
            return read_yes_no(cell) is not False
        return refuses(cell)


@dataclass(frozen=True)
class Preparer:
    """Parses the batches of one import.

    parsers: (position in the file, target, parser) by column.  blank: a staged row without values, scratch positions
    included.  required: the fields of a complete contact, and where they are staged if a column has them.
    clear_mark: the cell text that clears a value, or "".  channels: whose consent is staged.
    watched: the columns whose words of refusal take back the subscription that the settings give to every row.
    """

    slots: Mapping[str, int]
    width: int
    scratch: RowScratch
    parsers: Sequence[tuple[int, str, CellParser]]
    blank: Sequence[Any]
    required: Sequence[tuple[str, int | None]]
    reject_incomplete: bool
    clear_mark: str
    clear_bits: Mapping[str, int]
    strip_titles: bool
    answers: Answers
    channels: Sequence[str] = ()
    watched: Sequence[WatchedColumn] = ()

    def prepare(self, rows: Sequence[Row]) -> PreparedContacts:
        """Parse a batch. Refuses rows without identifier, and incomplete ones if the settings say so."""
        batch = PreparedContacts()
        blank, parsers, mark = list(self.blank), self.parsers, self.clear_mark
        for number, cells in rows:
            row = blank.copy()
            row[0] = number
            issues: list[RowIssue] | None = None
            for at, target, parse in parsers:
                cell = cells[at]
                if cell is None or cell == "":
                    continue
                if mark and cell == mark:
                    row[self.slots["clears"]] |= self.clear_bits.get(target, 0)
                    continue
                code = parse(cell, row)
                if code is None and cell.__class__ is str and "\ufffd" in cell:
                    code = "damaged"
                if code is not None:
                    issues = issues or []
                    issues.append(RowIssue(number, code, target, _issue_params(cell)))
            for column in self.watched:
                if column.refuses(cells[column.index]):
                    self.answers.doubt(row, self.channels)
                    params = {"column": column.header, **_issue_params(cells[column.index])}
                    issues = [*(issues or ()), RowIssue(number, "refusal_elsewhere", "", params)]
            self._finish(row, batch, issues)
        return batch

    def _finish(self, row: list[Any], batch: PreparedContacts, issues: list[RowIssue] | None) -> None:
        number, slots, scratch = row[0], self.slots, self.scratch
        phone_at, email_at = slots["phone"], slots["email"]
        identities = row[scratch.identities] or ()
        if row[scratch.phone2]:
            if row[phone_at] is None:
                row[phone_at] = row[scratch.phone2]
            elif row[scratch.phone2] != row[phone_at]:
                identities = (*identities, ("phone", row[scratch.phone2]))
        if row[scratch.email2]:
            if row[email_at] is None:
                row[email_at] = row[scratch.email2]
            elif row[scratch.email2] != row[email_at]:
                identities = (*identities, ("email", row[scratch.email2]))
        known = [pair for pair in identities if pair[0] not in ("phone", "email")]
        if "full_name" in slots and not self._fill_names(row):
            issues = [*(issues or ()), RowIssue(number, "walk_in_name", "full_name")]
            # Cash registers give their walk-in customer a code, but it is not a person.
            known = []
        phone, email = row[phone_at], row[email_at]
        if phone is None and email is None and known and not self._is_named(row):
            known = [pair for pair in known if not _is_words(pair[1])]
        if phone is None and email is None and not known:
            batch.refused.append(_unidentified(number, issues))
            return
        missing_fields = tuple(name for name, at in self.required if at is None or row[at] in ("", None))
        if missing_fields and self.reject_incomplete:
            params = {"fields": list(missing_fields)}
            batch.refused.append(RowIssue(number, "incomplete", missing_fields[0], params))
            return
        self._finish_values(row)
        if row[scratch.refusal] and email is not None:
            batch.unwanted.append((number, email, row[scratch.refusal]))
        batch.warnings += issues or ()
        staged = batch.staged
        if missing_fields:
            staged.missing_fields[number] = missing_fields
            row[2] = True
        for system, external_id in identities:
            target = staged.secondary_identities if system in ("phone", "email") else staged.identities
            target.append((number, system, external_id))
        staged.tags += [(number, name) for name in row[scratch.tags] or ()]
        staged.addresses += [(number, address) for address in row[scratch.further] or ()]
        staged.labels += [(number, key, name) for key, name in row[scratch.labels] or ()]
        del row[self.width :]
        staged.add(row, (key for key in (phone, email, *known) if key is not None))

    def _fill_names(self, row: list[Any]) -> bool:
        """Fill the name columns; return False for the name of walk-in customers."""
        slots, parts = self.slots, row[self.scratch.parts]
        full_at = slots["full_name"]
        full: str = row[full_at]
        if full:
            found = split_full_name(full, self.strip_titles)
            if found is None:
                row[full_at] = ""
                return False
            row[full_at : full_at + 6] = found[:6]
            if found[6]:
                row[slots["salutation"]] = found[6]
            if found[7]:
                self._fill_company(row, found[0])
        if parts:
            parts_of_name = compose_name(*parts)
            if parts_of_name is None:
                return False
            if full:
                row[full_at + 1 : full_at + 4] = parts_of_name[1:4]
            else:
                row[full_at : full_at + 6] = parts_of_name[:6]
                if parts_of_name[6]:
                    self._fill_company(row, parts_of_name[0])
        return True

    def _fill_company(self, row: list[Any], name: str) -> None:
        """Fill the company with the name of an organisation, unless a column of its own does."""
        at = self.slots.get("company")
        if at is not None and not row[at]:
            row[at] = name

    def _is_named(self, row: list[Any]) -> bool:
        at = self.slots.get("full_name")
        return at is not None and bool(row[at])

    def _finish_values(self, row: list[Any]) -> None:
        slots, scratch = self.slots, self.scratch
        for channel in self.channels:
            if row[slots[f"consent_{channel}"]] is not None:
                row[slots[f"file_row_{channel}"]] = row[0]
        if row[scratch.address2]:
            at = slots["address_line"]
            row[at] = f"{row[at]}, {row[scratch.address2]}"[:300] if row[at] else row[scratch.address2]
        if "province" in slots and row[slots["province"]] and not row[slots["country"]]:
            row[slots["country"]] = "VN"
        if row[scratch.attrs]:
            row[slots["attrs"]] = json.dumps(row[scratch.attrs], ensure_ascii=False)


def _unidentified(number: int, issues: list[RowIssue] | None) -> RowIssue:
    blamed = next((issue for issue in issues or () if issue.field in ("phone", "email")), None)
    if any(issue.code == "walk_in_name" for issue in issues or ()):
        return RowIssue(number, "walk_in")
    if blamed is None:
        return RowIssue(number, "no_identifier")
    return RowIssue(number, "no_identifier", blamed.field, {"cause": blamed.code, **blamed.params})


def _is_words(code: str) -> bool:
    """Return whether a customer code consists of words, such as those of a line below the list."""
    return " " in code and not any(map(str.isdigit, code))


def _issue_params(cell: object) -> dict[str, str]:
    return {"value": str(cell)[:120]}
