"""Values of cells. Results are cached, because files repeat provinces, birthdays, tags and names."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from quen.apps.contacts.importing.refusal_cells import read_answer
from quen.apps.contacts.importing.targets import read_status
from quen.apps.contacts.rules import birthdays
from quen.apps.contacts.rules.names import parts_of
from quen.apps.contacts.types import Status
from quen.core import booleans, dates, genders, names, provinces, text
from quen.core.call_names import call_name, is_organisation

if TYPE_CHECKING:
    from quen.apps.import_export.registry import Cell

#: the code of an issue with a cell
IssueCode = str | None
_CACHE_SIZE: Final = 1 << 15
_TAG_CHARS: Final = 60
_NONE_CHARS: Final = 40
_NO_PARTS: Final = names.NameParts("", "", "")
_TAG_MARKS: Final = re.compile(r"[|;,\n]|:::")
_QUOTED: Final = re.compile(r'"([^"]*)"')
_NOT_LETTERS: Final = re.compile(r"[^0-9a-z]+")
_ONLY_MARKS: Final = re.compile(r"[\s\-–—_.,?~/\\]+")
_NONE: Final = re.compile(
    r"0{1,3}|x{1,3}|na|n a|nil|nul|null|none|no|empty|blank|unknown|undefined|not available|not provided|tbd|trong|rong"
    r"|bo trong|de trong|kc|kco|koco|khongco|chuaco|kcp|noemail|nomail|nophone|updating|tba|tbc|quen|bi mat"
    r"|(?:cap nhat|bo sung|update|hoi) (?:sau|lai)|tu choi (?:cung cap|cho)"
    r"|(?:khach |kh )?(?:khong|ko|k|kg|kh|hong|hem|hok|chua|dang|se|no|not|without|cho)"
    r"(?: (?:co|cung cap|cap nhat|bo sung|de lai|de|cho|biet|ro|ghi|nhap|xai|dung|su dung|nho|lay|duoc|muon|xac dinh"
    r"|email|mail|gmail|sdt|dt|so|so dien thoai|dien thoai|phone|dia chi|given|provided|thong tin|tt|du lieu|data))*"
)


def cell_text(cell: Cell) -> str:
    """Return a cell as a user would type it; whole numbers of workbooks without a decimal point."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.strftime("%d/%m/%Y %H:%M:%S")
    if isinstance(cell, date):
        return cell.strftime("%d/%m/%Y")
    return "" if cell is None else str(cell)


def whole_cell(cell: Cell) -> Cell:
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def unless_empty(code: str) -> IssueCode:
    return None if code == "empty" else code


def says_none(cell: Cell) -> bool:
    """Return whether a cell of phones or emails says that there is none: "không có", "ko", "chưa cung cấp", 0…"""
    said = cell_text(cell)
    if _ONLY_MARKS.fullmatch(said):
        return True
    words = " ".join(_NOT_LETTERS.sub(" ", text.fold(said)).split())
    return len(words) <= _NONE_CHARS and _NONE.fullmatch(words) is not None


@lru_cache(_CACHE_SIZE)
def split_full_name(
    full_name: str, strip_title: bool
) -> tuple[str, str, str, str, str, str, str, bool] | None:
    """Return (full, family, middle, given, call name, sort key, form of address, whether it is an organisation).

    None for walk-in customers.  strip_title: whether a title in front is removed.
    """
    if names.is_ordinary(full_name):
        parts = names.split(full_name)
        return (*_columns(full_name, parts, parts.given), "", False)
    if names.is_walk_in(full_name):
        return None
    if is_organisation(full_name):
        return (*_columns(full_name, _NO_PARTS, ""), "", True)
    title, name = names.strip_title(full_name) if strip_title else ("", full_name)
    return (*_columns(name, parts_of(name), call_name(full_name)), title, False)


def _columns(name: str, parts: names.NameParts, called: str) -> tuple[str, str, str, str, str, str]:
    return (
        name[:200],
        parts.family[:100],
        parts.middle[:100],
        parts.given[:100],
        called[:100],
        text.sort_key(name)[:400],
    )


@lru_cache(_CACHE_SIZE)
def compose_name(family: str, middle: str, given: str) -> tuple[str, str, str, str, str, str, bool] | None:
    """Return the same for a name in parts, without the form of address.

    A family name may contain the middle name (Sapo), and either part the name of an organisation.
    """
    if not middle and " " in family:
        parts = names.split(f"{family} x")
        family, middle = parts.family, parts.middle
    full = " ".join(part for part in (family, middle, given) if part)
    if names.is_walk_in(full):
        return None
    if is_organisation(full) or (not family and is_organisation(given)):
        return (*_columns(full, _NO_PARTS, ""), True)
    called = call_name(given) or call_name(full)
    return (full[:200], family, middle, given, called[:100], text.sort_key(full)[:400], False)


@lru_cache(_CACHE_SIZE)
def read_birthday(cell: Any, order: Any, today: date) -> tuple[int, date | None, bool]:
    """Return the day of the year, the date if the year is known, and whether the day is one of the lunar calendar."""
    if isinstance(cell, str) and dates.calendar_of(cell)[1] is not None:
        columns = birthdays.read_birthday(cell, today=today, order=order).columns()
        return columns["birth_day"], columns["birth_on"], columns["birth_is_lunar"]
    day = dates.born(dates.read_date(cell, order, excel=not isinstance(cell, str)), cell, today)
    return day.month * 100 + day.day, day.as_date(), False


@lru_cache(_CACHE_SIZE)
def read_instant(cell: Any, zone: tzinfo, order: Any) -> datetime:
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return datetime(cell.year, cell.month, cell.day, tzinfo=zone)
    return dates.read_instant(cell, zone, order, excel=not isinstance(cell, str))


@lru_cache(1024)
def read_gender(cell: Any) -> str:
    return genders.read_gender(cell)


@lru_cache(1024)
def read_yes_no(cell: Any) -> bool | None:
    """Return what a cell answers, None when it answers nothing."""
    try:
        return booleans.read_bool(whole_cell(cell))
    except booleans.BadBool:
        return None


def agrees(cell: Cell) -> bool:
    """Return whether a cell of a column of consent or status says that somebody agreed."""
    return read_answer(cell) is None and (read_yes_no(cell) is True or read_status(cell) is Status.SUBSCRIBED)


@lru_cache(_CACHE_SIZE)
def read_place(raw: str) -> tuple[str, str, str, IssueCode]:
    """Return (as typed, current unit, former unit, issue)."""
    city = text.clean(raw)
    if booleans.is_empty(city):
        return "", "", "", None
    area = provinces.from_combined(city)
    if area.match is None:
        return city[:120], "", "", "ambiguous" if area.candidates else None
    return city[:120], area.match.new_code, area.match.old_code or "", None


@lru_cache(_CACHE_SIZE)
def read_area(raw: str) -> tuple[str, str, str, str, IssueCode]:
    """Return (province as typed, current unit, former unit, district, issue)."""
    text_value = text.clean(raw)
    if booleans.is_empty(text_value):
        return "", "", "", "", None
    area = provinces.from_combined(text_value)
    if area.match is None:
        return text_value[:120], "", "", "", "ambiguous" if area.candidates else None
    city = text_value
    if area.district and area.district != text_value:
        city = text_value.replace(area.district, "", 1).strip(" -–—,;/|>") or text_value
    return city[:120], area.match.new_code, area.match.old_code or "", area.district[:120], None


@lru_cache(_CACHE_SIZE)
def read_tags(raw: str) -> tuple[tuple[str, ...], IssueCode]:
    """Return the tags in a cell, separated by commas, semicolons, "|", ":::" or lines, and an issue.

    A tag in quotation marks is one, and loses its commas. Labels that Google gives by itself ("* myContacts") are none.
    """
    if '"' in raw:
        raw = _QUOTED.sub(lambda found: found[1].replace(",", " ").replace(";", " "), raw.strip("[] "))
    parts: Sequence[str] = _TAG_MARKS.split(raw)
    cleaned = [name for name in map(text.clean, parts) if not booleans.is_empty(name) and name[0] != "*"]
    accepted = tuple(dict.fromkeys(name for name in cleaned if len(name) <= _TAG_CHARS))
    return accepted, "too_long" if any(len(name) > _TAG_CHARS for name in cleaned) else None
