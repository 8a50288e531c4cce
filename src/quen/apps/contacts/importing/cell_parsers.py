"""Parsers of cells: one closure per column, built once per import, called for every filled cell.

A parser writes into the staged row and returns None, or the code of an issue. An issue concerns the cell; the row is
still imported. The meaning of a cell is determined in ``cell_values``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, tzinfo
from typing import TYPE_CHECKING, Any, Final

from quen.apps.contacts.importing.cell_values import (
    IssueCode,
    cell_text,
    read_area,
    read_birthday,
    read_consent,
    read_gender,
    read_instant,
    read_place,
    read_tags,
    unless_empty,
    whole_cell,
)
from quen.apps.contacts.importing.targets import FIELD_PREFIX, STATUS_NAMES
from quen.apps.contacts.rules.values import LIMITS, parse_custom_value
from quen.apps.contacts.types import Consent, Status
from quen.core import booleans, countries, dates, emails, genders, money, phones, text

if TYPE_CHECKING:
    from quen.apps.contacts.models import Field
    from quen.apps.import_export.registry import Cell, ColumnMapping

StagedRow = list[Any]
CellParser = Callable[["Cell", StagedRow], IssueCode]
_NOTE_CHARS: Final = 20_000


class RowScratch:
    """Positions after the staged columns: values of a row that are not columns of the staging table."""

    NAMES = ("phone2", "email2", "address2", "identities", "tags", "attrs", "parts")

    def __init__(self, width: int) -> None:
        self.phone2, self.email2, self.address2, self.identities, self.tags, self.attrs, self.parts = range(
            width, width + len(self.NAMES)
        )


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
    ) -> None:
        self._slots = slots
        self._scratch = scratch
        self._fields = fields
        self._zone = zone
        self._system = system
        self._currency = currency

    def parser_for(self, column: ColumnMapping) -> CellParser:
        """Return the parser of a column."""
        target = column.target
        if target.startswith(FIELD_PREFIX):
            return self._custom(self._fields[int(target.removeprefix(FIELD_PREFIX))], column)
        method = getattr(self, f"_{target}", None)
        if method is not None:
            parser: CellParser = method(column)
            return parser
        if target.startswith("consent_"):
            return self._consent(target)
        return _short(self._slots[target], LIMITS.get(target, 200))

    def _phone(self, _column: ColumnMapping) -> CellParser:
        return _phone(self._slots["phone"], self._scratch.identities)

    def _phone2(self, _column: ColumnMapping) -> CellParser:
        return _phone(self._scratch.phone2, self._scratch.identities)

    def _email(self, _column: ColumnMapping) -> CellParser:
        return _email(self._slots["email"])

    def _email2(self, _column: ColumnMapping) -> CellParser:
        return _email(self._scratch.email2)

    def _address2(self, _column: ColumnMapping) -> CellParser:
        return _short(self._scratch.address2, 200)

    def _family_name(self, _column: ColumnMapping) -> CellParser:
        return _name_part(self._scratch.parts, 0)

    def _middle_name(self, _column: ColumnMapping) -> CellParser:
        return _name_part(self._scratch.parts, 1)

    def _given_name(self, _column: ColumnMapping) -> CellParser:
        return _name_part(self._scratch.parts, 2)

    def _birth_on(self, column: ColumnMapping) -> CellParser:
        day_slot, full_slot = self._slots["birth_day"], self._slots["birth_on"]
        order = column.date_order

        def read(cell: Cell, row: StagedRow) -> IssueCode:
            try:
                row[day_slot], row[full_slot] = read_birthday(cell, order)
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

    _groups = _tags

    def _consent(self, target: str) -> CellParser:
        status_slot, consent_slot = self._slots.get("status", -1), self._slots[target]
        is_email = target == "consent_email"

        def read(cell: Cell, row: StagedRow) -> IssueCode:
            consent = read_consent(cell)
            if consent is None:
                return None if booleans.is_empty(cell) else "unknown"
            if consent is Consent.NEVER_ASKED:
                if is_email:
                    row[status_slot] = Status.NON_SUBSCRIBED.value
                return None
            row[consent_slot] = consent.value
            if is_email:
                row[status_slot] = (
                    Status.SUBSCRIBED if consent is Consent.GRANTED else Status.UNSUBSCRIBED
                ).value
            return None

        return read

    def _status(self, _column: ColumnMapping) -> CellParser:
        status_slot, consent_slot = self._slots["status"], self._slots["consent_email"]

        def read(cell: Cell, row: StagedRow) -> IssueCode:
            if booleans.is_empty(cell):
                return None
            status = STATUS_NAMES.get(text.fold(text.clean(cell_text(cell))))
            if status is None:
                return "unknown"
            row[status_slot] = status.value
            if status is Status.SUBSCRIBED:
                row[consent_slot] = Consent.GRANTED.value
            elif status is Status.UNSUBSCRIBED:
                row[consent_slot] = Consent.WITHDRAWN.value
            return None

        return read

    def _external_id(self, _column: ColumnMapping) -> CellParser:
        return _identity(self._scratch.identities, self._system)

    def _zalo(self, _column: ColumnMapping) -> CellParser:
        return _identity(self._scratch.identities, "zalo")

    def _facebook(self, _column: ColumnMapping) -> CellParser:
        return _identity(self._scratch.identities, "facebook")

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
        return _short(self._slots["source"], 120)

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
        return _number(slot, lambda cell: money.read_amount(cell, currency), 10**14)

    def _opening_orders(self, _column: ColumnMapping) -> CellParser:
        return _number(self._slots["opening_orders"], lambda cell: int(money.read_number(cell)), 2**31)

    def _opening_points(self, _column: ColumnMapping) -> CellParser:
        return _number(self._slots["opening_points"], lambda cell: int(money.read_number(cell)), 2**31)

    def _custom(self, field: Field, column: ColumnMapping) -> CellParser:
        slot, key, zone = self._scratch.attrs, str(field.pk), self._zone
        format_, choices, order = field.format, field.choices, column.date_order

        def read(cell: Cell, row: StagedRow) -> IssueCode:
            raw: Any = cell
            try:
                if format_ == "date" and not isinstance(cell, date):
                    raw = dates.read_date(cell, order)  # type: ignore[arg-type]  # a word of Order
                    if raw.year is None:
                        return "no_year"
                    value: Any = raw.iso()
                else:
                    value = parse_custom_value(format_, whole_cell(raw), choices=choices, zone=zone)
            except ValueError as refusal:
                return unless_empty(getattr(refusal, "code", "syntax"))
            if value is not None:
                row[slot] = {**row[slot], key: value} if row[slot] else {key: value}
            return None

        return read


def _short(slot: int, limit: int) -> CellParser:
    def read(cell: Cell, row: StagedRow) -> IssueCode:
        value = text.clean(cell if cell.__class__ is str else cell_text(cell))
        if booleans.is_empty(value):
            return None
        row[slot] = value[:limit]
        return "too_long" if len(value) > limit else None

    return read


def _name_part(slot: int, at: int) -> CellParser:
    def read(cell: Cell, row: StagedRow) -> IssueCode:
        value = text.clean(cell_text(cell))
        if value and not booleans.is_empty(value):
            parts = row[slot] or ("", "", "")
            row[slot] = (*parts[:at], value[:100], *parts[at + 1 :])
        return None

    return read


def _phone(slot: int, identities: int) -> CellParser:
    parse_fast, parse_any = phones.read_fast, phones.read

    def read(cell: Cell, row: StagedRow) -> IssueCode:
        raw = cell if cell.__class__ is str else cell_text(cell)
        found = parse_fast(raw)
        if found is not None:
            row[slot] = found
            return None
        try:
            phone = parse_any(raw)
        except phones.BadPhone as refusal:
            return unless_empty(refusal.code)
        row[slot] = phone.e164
        if not phone.others:
            return None
        row[identities] = (*(row[identities] or ()), *(("phone", other) for other in phone.others))
        return "second_number_kept_apart"

    return read


def _email(slot: int) -> CellParser:
    read_mail = emails.read

    def read(cell: Cell, row: StagedRow) -> IssueCode:
        try:
            row[slot] = read_mail(cell)
        except emails.BadEmail as refusal:
            return unless_empty(refusal.code)
        return None

    return read


def _identity(slot: int, system: str) -> CellParser:
    def read(cell: Cell, row: StagedRow) -> IssueCode:
        value = text.clean(cell_text(cell))[:200]
        if value and not booleans.is_empty(value) and value.strip("0"):
            row[slot] = (*(row[slot] or ()), (system, value))
        return None

    return read


def _number(slot: int, read_number: Callable[[Cell], Any], limit: int) -> CellParser:
    def read(cell: Cell, row: StagedRow) -> IssueCode:
        try:
            number = read_number(cell)
        except money.BadNumber as refusal:
            return unless_empty(refusal.code)
        if number < 0:
            return "negative"
        if number >= limit:
            return "too_large"
        row[slot] = number
        return None

    return read
