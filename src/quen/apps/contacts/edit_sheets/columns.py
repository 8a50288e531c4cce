"""The columns of a workbook for editing: what they export, how a cell is read, and what is written to the contact."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from django.utils.translation import gettext as _

from quen.apps.accounts import queries as accounts
from quen.apps.contacts import queries
from quen.apps.contacts.export_columns import ContactExportKind
from quen.apps.contacts.importing.answers import Answers, RowScratch
from quen.apps.contacts.importing.cell_parsers import CellParsers
from quen.apps.contacts.importing.targets import columns_of
from quen.apps.contacts.models import Field
from quen.apps.contacts.rules.birthdays import NO_BIRTHDAY
from quen.apps.contacts.rules.labels import field_id_of
from quen.apps.contacts.services.staging.schema import build_schema
from quen.apps.contacts.services.tags import clean_tag_name
from quen.apps.contacts.types import BadTag, FieldFormat, Gender
from quen.apps.import_export.registry import Cell, ColumnMapping, ExportColumn
from quen.apps.import_export.types import ExportCell
from quen.core import phones, provinces, text

#: the key of the first column, and of the one that names the person in every workbook
ROW_KEY, NAME_KEY = "row", "full_name"
TAGS: Final = "tags"
#: columns that are only to be read: consent is never raised by a file
FIXED: Final = frozenset({"status"})
#: targets of the import by key of the export, where they differ
_TARGETS: Final = {"birth": "birth_on", "province": "city"}
#: what the timeline calls a changed column, where it differs from the target
_FIELDS: Final = {"city": "province"}
_TEXTS: Final = (
    "address_line",
    "ward",
    "district",
    "country",
    "company",
    "note",
    "salutation",
    "call_name",
    "language",
    "gender",
)
#: what clears a column, by target; a contact always has a day since when it is known
_CLEARED: Final[Mapping[str, Mapping[str, Any]]] = {
    "full_name": {"full_name": ""},
    "phone": {"phone": None},
    "email": {"email": None},
    "birth_on": dict(NO_BIRTHDAY),
    "city": {"city": "", "province": "", "province_before": ""},
    **{name: {name: ""} for name in _TEXTS},
    **{name: {name: None} for name in ("opening_spent", "opening_orders", "opening_points")},
    TAGS: {TAGS: None},
}
EDITABLE: Final = frozenset({*_CLEARED, "birth", "province", "member_since"} - {"birth_on", "city"})
#: issues of the import with which a value is used nevertheless
_USED: Final = frozenset({"ambiguous"})
#: those that the import goes on with in another way than one cell can
_OWN_REASONS: Final = {
    "second_number_kept_apart": "several_values",
    "second_email_kept_apart": "several_values",
}
_CLEAR_MARKS: Final = frozenset({"(xoa)", "(clear)"})
_CHECK_CHARS: Final = 8


@dataclass(frozen=True, slots=True)
class SheetColumn:
    """A column of a workbook. target: of the import, "" for one that is only to be read.

    unique: no two contacts may have the same value.  clears: what the clear mark writes, None where nothing may.
    """

    key: str
    heading: str
    export: ExportColumn
    target: str = ""
    choices: tuple[str, ...] = ()
    unique: bool = False
    required: bool = False
    clears: Mapping[str, Any] | None = None

    @property
    def field(self) -> str:
        """Return what the timeline calls it."""
        return _FIELDS.get(self.target, self.target)


@dataclass(frozen=True, slots=True)
class ReadCell:
    """What a cell says: what is written to the contact, or why it cannot be."""

    values: Mapping[str, Any] = field(default_factory=dict)
    refusal: str = ""


def available_columns() -> list[SheetColumn]:
    """Return the columns that a workbook may have, in the current workspace and language."""
    workspace = accounts.current_workspace()
    fields = {f"field_{each.pk}": each for each in queries.active_fields()}
    found, headings = [], set[str]()
    for export in ContactExportKind().columns():
        custom = fields.get(export.key)
        if export.key not in EDITABLE | FIXED and custom is None:
            continue
        label = str(export.label)
        if export.key in FIXED:
            label = _("%(label)s (only to read)") % {"label": label}
        label = _distinct(label, headings)
        target = "" if export.key in FIXED else _TARGETS.get(export.key, export.key)
        found.append(
            SheetColumn(
                key=export.key,
                heading=f"{label} ({workspace.zone.key})" if export.kind is ExportCell.MOMENT else label,
                export=replace(export, label=label),
                target=target,
                choices=_choices(export.key, custom),
                unique=custom is not None and custom.unique,
                required=_is_required(target, custom, workspace.required_fields),
                clears={target: None} if custom is not None else _CLEARED.get(target),
            )
        )
    return found


def chosen_columns(keys: Sequence[str]) -> list[SheetColumn]:
    """Return the columns of a workbook in its order; those that are gone by now are left out."""
    known = {column.key: column for column in available_columns()}
    return [known[key] for key in keys if key in known]


def key_column() -> ExportColumn:
    """Return the first column, which holds the id of the contact until the file is written."""
    return ExportColumn(key=ROW_KEY, label=_("Row key"), value="c.id::text")


# The key of a row


def row_key(secret: str, contact_id: int) -> str:
    """Return the key of a contact's row: its id, and a check sum that holds for one workbook only."""
    return f"{contact_id}-{_check(secret, contact_id)}"


def contact_of_key(secret: str, key: str) -> int | None:
    """Return the contact of a key, None for one that this workbook has not."""
    number, _dash, check = key.strip().partition("-")
    if not number.isdecimal() or len(number) > 18:
        return None
    return int(number) if hmac.compare_digest(check.lower(), _check(secret, int(number))) else None


def _check(secret: str, contact_id: int) -> str:
    return hmac.new(bytes.fromhex(secret), str(contact_id).encode(), hashlib.sha256).hexdigest()[
        :_CHECK_CHARS
    ]


# Cells


def words_of(cell: Cell | Decimal) -> str:
    """Return a cell as text; the same for what a workbook was given and what it gives back."""
    if cell is None:
        return ""
    if isinstance(cell, str):
        return text.clean_lines(cell)
    if isinstance(cell, bool):
        return _("Yes") if cell else _("No")
    if isinstance(cell, datetime):
        # A workbook has fractions of a second, and what reads it rounds to whole ones.
        cell = (cell + timedelta(microseconds=500_000)).replace(microsecond=0)
        if cell.time() == time():
            return f"{cell:%d/%m}/{cell.year:04d}"
        return f"{cell:%d/%m}/{cell.year:04d} {cell:%H:%M:%S}"
    if isinstance(cell, date):
        return f"{cell:%d/%m}/{cell.year:04d}"
    number = Decimal(repr(cell)) if isinstance(cell, float) else Decimal(cell)
    return f"{number.normalize():f}" if number else "0"


def is_clear_mark(words: str) -> bool:
    """Return whether a cell asks to clear the value: "(xóa)", in any spelling, or "(clear)"."""
    return text.fold(text.clean(words)).replace(" ", "") in _CLEAR_MARKS


class CellReader:
    """Reads the cells of a workbook as an import does."""

    def __init__(self, columns: Sequence[SheetColumn]) -> None:
        workspace = accounts.current_workspace()
        targets = [column.target for column in columns if column.target]
        schema = build_schema(
            columns_of(target for target in targets if target != TAGS and field_id_of(target) is None),
            has_attrs=any(field_id_of(target) is not None for target in targets),
        )
        self._slots = schema.slots()
        self._scratch = RowScratch(len(self._slots))
        parsers = CellParsers(
            self._slots,
            self._scratch,
            fields={each.pk: each for each in queries.active_fields()},
            zone=workspace.zone,
            system="code",
            currency=workspace.currency,
            answers=Answers(self._slots, self._scratch),
        )
        self._parsers = {
            column.key: parsers.parser_for(ColumnMapping(at, column.target, column.heading))
            for at, column in enumerate(columns)
            if column.target
        }
        empty = {each.name: each.empty for each in schema.contact_columns}
        names = [name for name, _type in schema.column_types()]
        self._blank = [*(empty.get(name) for name in names), *([None] * len(RowScratch.NAMES))]

    def read(self, column: SheetColumn, cell: Cell) -> ReadCell:
        """Return what a cell says."""
        row = self._blank.copy()
        code = self._parsers[column.key](cell, row)
        if code is None and isinstance(cell, str) and "\ufffd" in cell:
            code = "damaged"
        if code is not None and code not in _USED:
            return ReadCell(refusal=_OWN_REASONS.get(code, code))
        try:
            values = self._values(column, row)
        except BadTag as refusal:
            return ReadCell(refusal=refusal.code)
        return ReadCell(values) if values else ReadCell(refusal="says_nothing")

    def _values(self, column: SheetColumn, row: list[Any]) -> dict[str, Any]:
        if column.target == TAGS:
            names = row[self._scratch.tags]
            return {TAGS: list(map(clean_tag_name, names))} if names else {}
        number = field_id_of(column.target)
        if number is not None:
            attrs = row[self._scratch.attrs] or {}
            return {column.target: attrs[str(number)]} if str(number) in attrs else {}
        if column.target == NAME_KEY:
            name = row[self._slots[NAME_KEY]]
            return {NAME_KEY: name} if name else {}
        names = [name for name in columns_of([column.target]) if name in self._slots]
        values = {name: row[self._slots[name]] for name in names}
        if column.target == "city":
            values.pop("country", None)
        return {key: _as_json(value) for key, value in values.items()} if any(_filled(values)) else {}


def shown(column: SheetColumn, words: str, values: Mapping[str, Any]) -> str:
    """Return how a new value is shown: a phone number as everywhere, others as they were typed."""
    if column.target == "phone" and values.get("phone"):
        return phones.display(values["phone"])
    if column.target == "email" and values.get("email"):
        return str(values["email"])
    return words


def _filled(values: Mapping[str, Any]) -> list[bool]:
    return [value not in (None, "", False) for value in values.values()]


def _as_json(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def _distinct(label: str, taken: set[str]) -> str:
    """Return a heading that no column before has; a custom field may be called like another column."""
    heading, number = label, 1
    while text.fold(heading) in taken:
        number += 1
        heading = f"{label} {number}"
    taken.add(text.fold(heading))
    return heading


def _choices(key: str, custom: Field | None) -> tuple[str, ...]:
    """Return the values of the drop-down of a column; none for one that may hold several."""
    if key == "gender":
        return tuple(str(label) for value, label in Gender.choices if value)
    if key == "province":
        return tuple(each.name for each in provinces.NEW.values())
    if custom is None:
        return ()
    if custom.format == FieldFormat.YES_NO:
        return (_("Yes"), _("No"))
    return tuple(one.label for one in custom.options) if custom.format == FieldFormat.SINGLE else ()


def _is_required(target: str, custom: Field | None, required: Sequence[str]) -> bool:
    if custom is not None:
        return custom.required
    return target == "member_since" or {"city": "province"}.get(target, target) in required
