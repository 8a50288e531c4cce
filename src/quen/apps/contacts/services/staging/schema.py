"""The columns of the staging table: which columns of a contact are written, and which belong together."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StagedColumn:
    """One column of the staging table, with the name of the contact's column.

    group: columns that are always taken from the same row, decided by the first of them ("full_name" leads all
    names).
    """

    name: str
    type: str
    group: str
    empty: str | None = ""

    @property
    def is_filled(self) -> str:
        """Return SQL that is true when the staged value is not empty."""
        return self.is_filled_in("f")

    def is_filled_in(self, alias: str) -> str:
        """Return SQL that is true when the value is not empty."""
        return f"{alias}.{self.name} <> ''" if self.empty == "" else f"{alias}.{self.name} IS NOT NULL"


def _text(name: str, group: str = "") -> StagedColumn:
    return StagedColumn(name, "text", group or name)


def _value(name: str, type_: str, group: str = "") -> StagedColumn:
    return StagedColumn(name, type_, group or name, None)


NAMES = ("full_name", "family_name", "middle_name", "given_name", "call_name", "sort_key")
#: in staging order; identifiers come first
COLUMNS: dict[str, StagedColumn] = {
    column.name: column
    for column in (
        _value("phone", "text"),
        _value("email", "text"),
        *(_text(name, "full_name") for name in NAMES),
        _text("salutation"),
        _text("gender"),
        _value("birth_day", "int2"),
        _value("birth_on", "date", "birth_day"),
        _value("birth_is_lunar", "bool", "birth_day"),
        _text("company"),
        _text("language"),
        _text("country"),
        _text("city"),
        _text("province", "city"),
        _text("province_before", "city"),
        _text("district"),
        _text("ward"),
        _text("address_line"),
        _text("note"),
        _value("opening_spent", "numeric"),
        _value("opening_orders", "int4"),
        _value("opening_points", "int4"),
        _value("member_since", "timestamptz"),
    )
}


#: where in a file the answer for a channel stands, and when it was given: staged as file_row_email…
ORIGINS = (("file_row", "int8"), ("file_column", "int2"), ("answered_at", "timestamptz"))


@dataclass(frozen=True, slots=True)
class StagingSchema:
    """The staging table of one writer.

    contact_columns: columns of the contact.  channels: whose consent is staged.  has_attrs, has_source, has_status:
    whether custom values, a source and a status of the row are.  can_clear: whether single values can be cleared;
    clears_attrs: custom ones, by null.
    """

    contact_columns: tuple[StagedColumn, ...]
    channels: tuple[str, ...]
    has_status: bool
    has_attrs: bool
    has_source: bool
    can_clear: bool
    has_origins: bool = False
    clears_attrs: bool = False

    def column_types(self) -> list[tuple[str, str]]:
        """Return name and type of every staged column, in order."""
        columns = [("row", "int8"), ("pass", "int2"), ("incomplete", "bool")]
        columns += [(column.name, column.type) for column in self.contact_columns]
        columns += [("status", "int2")] if self.has_status else []
        columns += [(f"consent_{channel}", "int2") for channel in self.channels]
        if self.has_origins:
            columns += [(f"{name}_{channel}", type_) for channel in self.channels for name, type_ in ORIGINS]
        columns += [("attrs", "text")] if self.has_attrs else []
        columns += [("source", "int8")] if self.has_source else []
        columns += [("clears", "int8")] if self.can_clear else []
        return columns

    def slots(self) -> dict[str, int]:
        """Return the position of each staged column in a row."""
        return {name: at for at, (name, _type) in enumerate(self.column_types())}

    def groups(self) -> dict[str, list[StagedColumn]]:
        """Return the columns by group."""
        groups: dict[str, list[StagedColumn]] = {}
        for column in self.contact_columns:
            groups.setdefault(column.group, []).append(column)
        return groups

    def clear_bits(self) -> dict[str, int]:
        """Return a bit for each group of columns that a row can clear; identifiers are never cleared."""
        clearable = [name for name in self.groups() if name not in ("phone", "email")]
        return {name: 1 << at for at, name in enumerate(clearable)} if self.can_clear else {}


def build_schema(
    columns: Collection[str],
    *,
    channels: Iterable[str] = (),
    has_status: bool = False,
    has_attrs: bool = False,
    has_source: bool = False,
    can_clear: bool = False,
    has_origins: bool = False,
    clears_attrs: bool = False,
) -> StagingSchema:
    """Return the staging schema for these columns of the contact; identifiers are always staged."""
    names = {"phone", "email", *columns}
    return StagingSchema(
        contact_columns=tuple(column for name, column in COLUMNS.items() if name in names),
        channels=tuple(channels),
        has_status=has_status,
        has_attrs=has_attrs,
        has_source=has_source,
        can_clear=can_clear,
        has_origins=has_origins,
        clears_attrs=clears_attrs,
    )
