"""The shape of a staged row: which columns of a contact an import fills, and how they meet a known person."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from quen.apps.contacts.importing.targets import FIELD


@dataclass(frozen=True, slots=True)
class StagedColumn:
    """One column of the staging table, named like the contact's.

    group: columns that are taken from one row together, by the first of them ("full_name" leads all names).
    """

    name: str
    type: str
    group: str
    empty: str | None = ""

    @property
    def filled(self) -> str:
        """SQL that says the staged value is there."""
        return self.filled_in("f")

    def filled_in(self, alias: str) -> str:
        """SQL that says the value is there."""
        return f"{alias}.{self.name} <> ''" if self.empty == "" else f"{alias}.{self.name} IS NOT NULL"


def _text(name: str, group: str = "") -> StagedColumn:
    return StagedColumn(name, "text", group or name)


def _value(name: str, type_: str, group: str = "") -> StagedColumn:
    return StagedColumn(name, type_, group or name, None)


_NAMES = ("full_name", "family_name", "middle_name", "given_name", "call_name", "sort_key")
#: in the order they are staged; identifiers stand first
COLUMNS: dict[str, StagedColumn] = {
    column.name: column
    for column in (
        _value("phone", "text"),
        _value("email", "text"),
        *(_text(name, "full_name") for name in _NAMES),
        _text("salutation"),
        _text("gender"),
        _value("birth_day", "int2"),
        _value("birth_on", "date", "birth_day"),
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
#: what a target fills, where it is not the column of its own name
_FILLS: dict[str, tuple[str, ...]] = {
    "full_name": (*_NAMES, "salutation"),
    "family_name": _NAMES,
    "middle_name": _NAMES,
    "given_name": _NAMES,
    "phone2": ("phone",),
    "email2": ("email",),
    "birth_on": ("birth_day", "birth_on"),
    "address2": ("address_line",),
    "city": ("city", "province", "province_before", "country"),
    "area": ("city", "province", "province_before", "country", "district"),
    "country_code": ("country",),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """The staging table of one import.

    people: columns of the contact.  channels: whose consent is staged.  attrs, source: whether custom values and a
    source of the row are.  wishes: whether a status is.  clears: whether single values can be cleared.
    """

    people: tuple[StagedColumn, ...]
    channels: tuple[str, ...]
    wishes: bool
    attrs: bool
    source: bool
    clears: bool

    def named(self) -> list[tuple[str, str]]:
        """Name and type of every staged column, in order."""
        own = [("row", "int8"), ("turn", "int2"), ("incomplete", "bool")]
        own += [(column.name, column.type) for column in self.people]
        own += [("status", "int2")] if self.wishes else []
        own += [(f"consent_{channel}", "int2") for channel in self.channels]
        own += [("attrs", "text")] if self.attrs else []
        own += [("source", "int8")] if self.source else []
        own += [("clears", "int8")] if self.clears else []
        return own

    def slots(self) -> dict[str, int]:
        """Where each staged column stands in a row."""
        return {name: at for at, (name, _type) in enumerate(self.named())}

    def groups(self) -> dict[str, list[StagedColumn]]:
        """The columns by the one that leads them."""
        found: dict[str, list[StagedColumn]] = {}
        for column in self.people:
            found.setdefault(column.group, []).append(column)
        return found


def shape_of(targets: Sequence[str], *, channels: Iterable[str], wishes: bool, clears: bool) -> Shape:
    """Give the shape for columns that go into these targets."""
    wanted = {"phone", "email"}
    for target in targets:
        wanted.update(_FILLS.get(target, (target,)))
    return Shape(
        people=tuple(column for name, column in COLUMNS.items() if name in wanted),
        channels=tuple(channels),
        wishes=wishes,
        attrs=any(target.startswith(FIELD) for target in targets),
        source="source" in targets,
        clears=clears,
    )
