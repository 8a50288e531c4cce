"""Parsers of single values: texts, parts of names, phones, emails, codes and numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from quen.apps.contacts.importing.answers import StagedRow
from quen.apps.contacts.importing.cell_values import IssueCode, cell_text, says_none, unless_empty
from quen.core import booleans, emails, money, phones, text

if TYPE_CHECKING:
    from quen.apps.import_export.registry import Cell

CellParser = Callable[["Cell", StagedRow], IssueCode]


def short_parser(slot: int, limit: int) -> CellParser:
    def read(cell: Cell, row: StagedRow) -> IssueCode:
        value = text.clean(cell if cell.__class__ is str else cell_text(cell))
        if booleans.is_empty(value):
            return None
        row[slot] = value[:limit]
        return "too_long" if len(value) > limit else None

    return read


def name_part_parser(slot: int, at: int) -> CellParser:
    def read(cell: Cell, row: StagedRow) -> IssueCode:
        value = text.clean(cell_text(cell))
        if value and not booleans.is_empty(value):
            parts = row[slot] or ("", "", "")
            row[slot] = (*parts[:at], value[:100], *parts[at + 1 :])
        return None

    return read


def phone_parser(slot: int, identities: int) -> CellParser:
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
            return None if says_none(cell) else unless_empty(refusal.code)
        row[slot] = phone.e164
        if not phone.others:
            return None
        row[identities] = (*(row[identities] or ()), *(("phone", other) for other in phone.others))
        return "second_number_kept_apart"

    return read


def email_parser(slot: int, identities: int) -> CellParser:
    read_mail = emails.read

    def read(cell: Cell, row: StagedRow) -> IssueCode:
        try:
            row[slot] = read_mail(cell)
            if cell.__class__ is not str or cell.count("@") == 1:
                return None
        except emails.BadEmail as refusal:
            if refusal.code == "empty" or says_none(cell):
                return None
        try:
            first, *others = emails.read_all(cell)
        except emails.BadEmail as refusal:
            return unless_empty(refusal.code)
        row[slot] = first
        if not others:
            return None
        row[identities] = (*(row[identities] or ()), *(("email", other) for other in others))
        return "second_email_kept_apart"

    return read


def identity_parser(slot: int, system: str) -> CellParser:
    def read(cell: Cell, row: StagedRow) -> IssueCode:
        value = text.clean(cell_text(cell))[:200]
        if value and not booleans.is_empty(value) and value.strip("0"):
            row[slot] = (*(row[slot] or ()), (system, value))
        return None

    return read


def number_parser(slot: int, read_number: Callable[[Cell], Any], limit: int) -> CellParser:
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
