"""Parsers of cells: one closure per column, built once per import, called for every filled cell.

A parser writes into the staged row and returns None, or the code of an issue. An issue concerns the cell; the row is
still imported. The meaning of a cell is determined in ``cell_values``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, tzinfo
from typing import TYPE_CHECKING, Any, Final

from quen.apps.contacts import registry
from quen.apps.contacts.importing.answers import Answers, RowScratch, StagedRow
from quen.apps.contacts.importing.cell_values import (
    IssueCode,
    cell_text,
    read_area,
    read_birthday,
    read_gender,
    read_instant,
    read_place,
    read_tags,
    read_yes_no,
    unless_empty,
    whole_cell,
)
from quen.apps.contacts.importing.field_parsers import (
    CellParser,
    email_parser,
    identity_parser,
    name_part_parser,
    number_parser,
    phone_parser,
    short_parser,
)
from quen.apps.contacts.importing.refusal_cells import read_answer
from quen.apps.contacts.importing.refusals import EVERY_CHANNEL, Refusal, read_heading
from quen.apps.contacts.importing.targets import FIELD_PREFIX, REFUSAL_TARGETS, read_status
from quen.apps.contacts.rules.further_addresses import read_addresses
from quen.apps.contacts.rules.special_days import read_special_day, stored
from quen.apps.contacts.rules.values import LIMITS, parse_custom_value
from quen.apps.contacts.types import Channel, FieldFormat, ImportAnswer, Status
from quen.core import booleans, clock, countries, dates, genders, money, text

if TYPE_CHECKING:
    from quen.apps.contacts.models import Field
    from quen.apps.import_export.registry import Cell, ColumnMapping

__all__ = ["Answers", "CellParser", "CellParsers", "RowScratch"]
#: headings of the second line of one address, folded
_GOES_ON: Final = re.compile(r"address ?line|addr(?:ess)? ?2|additional address")
_NOTE_CHARS: Final = 20_000
_EMAIL: Final = Channel.EMAIL.value


class CellParsers:
    """Builds the parsers of one import."""

    def __init__(
        self,
        slots: Mapping[str, int],
        scratch: RowScratch,
        *,
        fields: Mapping[int, Field],
        zone: tzinfo,
        system: str,
        currency: str,
        answers: Answers,
    ) -> None:
        self._slots = slots
        self._scratch = scratch
        self._fields = fields
        self._zone = zone
        self._today = clock.now().astimezone(zone).date()
        self._system = system
        self._currency = currency
        self._answers = answers

    def parser_for(self, column: ColumnMapping) -> CellParser:
        """Return the parser of a column."""
        target = column.target
        if target.startswith(FIELD_PREFIX):
            return self._custom(self._fields[int(target.removeprefix(FIELD_PREFIX))], column)
        method = getattr(self, f"_{target}", None)
        if method is not None:
            parser: CellParser = method(column)
            return parser
        if target in registry.import_labels():
            return self._labels(column)
        if target in REFUSAL_TARGETS:
            return self._refusal(column)
        if target.startswith("consent_"):
            return self._consent(column)
        return short_parser(self._slots[target], LIMITS.get(target, 200))

    def _phone(self, _column: ColumnMapping) -> CellParser:
        return phone_parser(self._slots["phone"], self._scratch.identities)

    def _phone2(self, _column: ColumnMapping) -> CellParser:
        return phone_parser(self._scratch.phone2, self._scratch.identities)

    def _email(self, _column: ColumnMapping) -> CellParser:
        return email_parser(self._slots["email"], self._scratch.identities)

    def _email2(self, _column: ColumnMapping) -> CellParser:
        return email_parser(self._scratch.email2, self._scratch.identities)

    def _address2(self, column: ColumnMapping) -> CellParser:
        """Return the parser of further addresses; of a column that goes on with the first, as of Shopify, its text."""
        if _GOES_ON.search(text.fold(column.header)):
            return short_parser(self._scratch.address2, 200)
        slot = self._scratch.further

        def read(cell: Cell, row: StagedRow) -> IssueCode:
            value = cell_text(cell)
            if not booleans.is_empty(value):
                row[slot] = (*(row[slot] or ()), *read_addresses(value))
            return None

        return read

    def _family_name(self, _column: ColumnMapping) -> CellParser:
        return name_part_parser(self._scratch.parts, 0)

    def _middle_name(self, _column: ColumnMapping) -> CellParser:
        return name_part_parser(self._scratch.parts, 1)

    def _given_name(self, _column: ColumnMapping) -> CellParser:
        return name_part_parser(self._scratch.parts, 2)

    def _birth_on(self, column: ColumnMapping) -> CellParser:
        day_slot, full_slot = self._slots["birth_day"], self._slots["birth_on"]
        lunar_slot = self._slots["birth_is_lunar"]
        order, today = column.date_order, self._today

        def read(cell: Cell, row: StagedRow) -> IssueCode:
            try:
                row[day_slot], row[full_slot], row[lunar_slot] = read_birthday(cell, order, today)
            except dates.BadDate as refusal:
                return unless_empty(refusal.code)
            return None

        return read

    def _gender(self, _column: ColumnMapping) -> CellParser:
        slot = self._slots["gender"]

        def read(cell: Cell, row: StagedRow) -> IssueCode:
            try:
                row[slot] = read_gender(cell)
            except genders.BadGender as refusal:
                return unless_empty(refusal.code)
            return None

        return read

    def _city(self, _column: ColumnMapping) -> CellParser:
        city, province, before = (self._slots[name] for name in ("city", "province", "province_before"))

        def read(cell: Cell, row: StagedRow) -> IssueCode:
            row[city], row[province], row[before], issue = read_place(cell_text(cell))
            return issue

        return read

    def _area(self, _column: ColumnMapping) -> CellParser:
        city, province, before = (self._slots[name] for name in ("city", "province", "province_before"))
        district = self._slots["district"]

        def read(cell: Cell, row: StagedRow) -> IssueCode:
            row[city], row[province], row[before], inside, issue = read_area(cell_text(cell))
            row[district] = row[district] or inside
            return issue

        return read

    def _country(self, _column: ColumnMapping) -> CellParser:
        slot = self._slots["country"]

        def read(cell: Cell, row: StagedRow) -> IssueCode:
            try:
                row[slot] = countries.read_country(cell)
            except countries.BadCountry as refusal:
                return unless_empty(refusal.code)
            return None

        return read

    _country_code = _country

    def _note(self, _column: ColumnMapping) -> CellParser:
        slot = self._slots["note"]

        def read(cell: Cell, row: StagedRow) -> IssueCode:
            row[slot] = text.clean_lines(cell_text(cell))[:_NOTE_CHARS]
            return None

        return read

    def _tags(self, _column: ColumnMapping) -> CellParser:
        slot = self._scratch.tags

        def read(cell: Cell, row: StagedRow) -> IssueCode:
            found, issue = read_tags(cell_text(cell))
            row[slot] = (*row[slot], *found) if row[slot] else found
            return issue

        return read

    def _labels(self, column: ColumnMapping) -> CellParser:
        slot, key = self._scratch.labels, column.target
        answers = registry.import_labels()[key].answers

        def read(cell: Cell, row: StagedRow) -> IssueCode:
            found, issue = _answer(cell) if answers else read_tags(cell_text(cell))
            row[slot] = (*(row[slot] or ()), *((key, name) for name in found))
            return issue

        return read

    def _consent(self, column: ColumnMapping) -> CellParser:
        channel, answers = column.target.removeprefix("consent_"), self._answers

        def read(cell: Cell, row: StagedRow) -> IssueCode:
            refusal = read_answer(cell)
            if refusal is not None:
                answers.refuse(row, (channel,), refusal, column.index)
                return None
            agreed = read_yes_no(cell)
            if agreed is None:
                return None if booleans.is_empty(cell) else "unknown"
            if agreed:
                answers.grant(row, channel, column.index)
            else:
                answers.decline(row, channel, column.index)
            return None

        return read

    def _status(self, column: ColumnMapping) -> CellParser:
        slot, answers = self._slots["status"], self._answers

        def read(cell: Cell, row: StagedRow) -> IssueCode:
            if booleans.is_empty(cell):
                return None
            status = read_status(cell)
            refusal = read_answer(cell) if status is None else None
            if refusal is not None:
                answers.refuse(row, (_EMAIL,), refusal, column.index)
            elif status is Status.SUBSCRIBED:
                answers.grant(row, _EMAIL, column.index)
            elif status is Status.NON_SUBSCRIBED:
                answers.decline(row, _EMAIL, column.index)
            elif status is None:
                return "unknown"
            elif row[slot] != Status.UNSUBSCRIBED:
                row[slot] = status.value
            return None

        return read

    def _refusal(self, column: ColumnMapping) -> CellParser:
        """Return the parser of a column whose Yes is a refusal, whose No says nothing, and whose date is its day."""
        refused = REFUSAL_TARGETS[column.target]
        channels = tuple(Channel.values) if refused == EVERY_CHANNEL else (refused,)
        heading = read_heading(column.header)
        kind = heading.kind if heading is not None else Refusal.OPT_OUT
        answers, zone, order = self._answers, self._zone, column.date_order

        def read(cell: Cell, row: StagedRow) -> IssueCode:
            if booleans.is_empty(cell):
                return None
            said = read_answer(cell)
            yes = read_yes_no(cell) if said is None else None
            if said is not None or yes:
                answers.refuse(row, channels, said or kind, column.index)
                return None
            if yes is False:
                return None
            try:
                since = read_instant(cell, zone, order)
            except dates.BadDate:
                # Nobody is subscribed over an answer that can't be read.
                answers.doubt(row, channels)
                return "unknown"
            answers.refuse(row, channels, kind, column.index, since)
            return None

        return read

    def _external_id(self, _column: ColumnMapping) -> CellParser:
        return identity_parser(self._scratch.identities, self._system)

    def _zalo(self, _column: ColumnMapping) -> CellParser:
        return identity_parser(self._scratch.identities, "zalo")

    def _facebook(self, _column: ColumnMapping) -> CellParser:
        return identity_parser(self._scratch.identities, "facebook")

    def _member_since(self, column: ColumnMapping) -> CellParser:
        slot, zone, order = self._slots["member_since"], self._zone, column.date_order

        def read(cell: Cell, row: StagedRow) -> IssueCode:
            try:
                row[slot] = read_instant(cell, zone, order)
            except dates.BadDate as refusal:
                return unless_empty(refusal.code)
            return None

        return read

    def _source(self, _column: ColumnMapping) -> CellParser:
        # Contains the name until the writer, which may use the database, replaces it by the id.
        return short_parser(self._slots["source"], 120)

    def _language(self, _column: ColumnMapping) -> CellParser:
        slot = self._slots["language"]

        def read(cell: Cell, row: StagedRow) -> IssueCode:
            code = text.fold(cell_text(cell)).strip()
            code = {"tieng viet": "vi", "vietnamese": "vi", "tieng anh": "en", "english": "en"}.get(
                code, code
            )
            if not (2 <= len(code) <= 5 and code.replace("-", "").isalpha() and code.isascii()):
                return None if booleans.is_empty(cell) else "unknown"
            row[slot] = code
            return None

        return read

    def _opening_spent(self, _column: ColumnMapping) -> CellParser:
        slot, currency = self._slots["opening_spent"], self._currency
        return number_parser(slot, lambda cell: money.read_amount(cell, currency), 10**14)

    def _opening_orders(self, _column: ColumnMapping) -> CellParser:
        return number_parser(self._slots["opening_orders"], lambda cell: int(money.read_number(cell)), 2**31)

    def _opening_points(self, _column: ColumnMapping) -> CellParser:
        return number_parser(self._slots["opening_points"], lambda cell: int(money.read_number(cell)), 2**31)

    def _custom(self, field: Field, column: ColumnMapping) -> CellParser:
        slot, key, zone = self._scratch.attrs, str(field.pk), self._zone
        format_, choices, order = field.format, field.options, column.date_order
        lunar = field.is_lunar

        def read(cell: Cell, row: StagedRow) -> IssueCode:
            raw: Any = cell
            try:
                if format_ == FieldFormat.SPECIAL_DAY:
                    day = read_special_day(cell, lunar_unless_said=lunar, order=order, excel=True)  # type: ignore[arg-type]  # a word of Order
                    value: Any = stored(day)
                elif format_ == FieldFormat.DATE and not isinstance(cell, date):
                    raw = dates.read_date(cell, order)  # type: ignore[arg-type]  # a word of Order
                    if raw.year is None:
                        return "no_year"
                    value = raw.iso()
                else:
                    value = parse_custom_value(format_, whole_cell(raw), choices=choices, zone=zone)
            except ValueError as refusal:
                return unless_empty(getattr(refusal, "code", "syntax"))
            if value is not None:
                row[slot] = {**row[slot], key: value} if row[slot] else {key: value}
            return None

        return read


def _answer(cell: Cell) -> tuple[tuple[str, ...], IssueCode]:
    """Return what a cell answers, and an issue if that can't be told."""
    if read_answer(cell) is not None:
        return (ImportAnswer.REFUSED.value,), None
    said = read_yes_no(cell)
    if said is None:
        return (), None if booleans.is_empty(cell) else "unknown"
    return ((ImportAnswer.YES if said else ImportAnswer.NO).value,), None
