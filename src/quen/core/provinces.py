"""Provinces of Việt Nam: the 34 units since 2025-07-01, the 63 before, and the many ways of writing them.

Resolution 202/2025/QH15; data and its limits in facts/provinces.json. The same two-digit code means different
areas in the two systems, so a code is always called new or old. A few communes moved across the new borders: a match
by province alone is right for the province, not for every commune.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Literal

from quen.core.facts import load
from quen.core.text import clean, fold

Kind = Literal["new", "old", "town", "alias"]


@dataclass(frozen=True, slots=True)
class Province:
    """One unit of either system.

    new_code: the unit its area belongs to today (its own code for a current unit).
    old_codes: the pre-2025 units it consists of (its own code for a pre-2025 unit).
    region, macro_region: keys such as dong_nam_bo and bac, trung, nam.  area_code: landline, old units only.
    """

    code: str
    name: str
    full_name: str
    system: Literal["new", "old"]
    new_code: str
    old_codes: tuple[str, ...]
    region: str
    macro_region: str
    area_code: str


@dataclass(frozen=True, slots=True)
class ProvinceMatch:
    """What a text names: the current unit, the pre-2025 unit where it is clear, and how it was recognised.

    "Đà Nẵng" names a unit in both systems: kind new, and old_code is None because today's Đà Nẵng also includes the
    former Quảng Nam. A unit that did not merge has its old code too.
    """

    new_code: str
    old_code: str | None
    kind: Kind


@dataclass(frozen=True, slots=True)
class CombinedArea:
    """A "province - district" cell split in two. district: the rest as typed, often empty."""

    match: ProvinceMatch | None
    district: str


_FACTS = load("provinces")


def _province(entry: dict[str, Any], system: Literal["new", "old"]) -> Province:
    return Province(
        code=entry["code"],
        name=entry["name"],
        full_name=entry["full_name"],
        system=system,
        new_code=entry.get("new_code", entry["code"]),
        old_codes=tuple(entry.get("merged_old_codes", (entry["code"],))),
        region=entry["region"],
        macro_region=entry["macro_region"],
        area_code=entry.get("landline_area_code", ""),
    )


NEW: Mapping[str, Province] = MappingProxyType(
    {entry["code"]: _province(entry, "new") for entry in _FACTS["provinces_2025"]}
)
OLD: Mapping[str, Province] = MappingProxyType(
    {entry["code"]: _province(entry, "old") for entry in _FACTS["provinces_pre_2025"]}
)


def _key(words: str) -> str:
    """Return folded letters and digits only, so that "Ha Noi" and "HaNoi", "BR-VT" and "BRVT" are equal."""
    return "".join(c for c in fold(words) if c.isalnum())


def _old_code(code: str, *, is_new_name: bool) -> str | None:
    """Return the old unit, unless its name is also that of a merged current unit."""
    unit = NEW[OLD[code].new_code]
    return None if is_new_name and len(unit.old_codes) > 1 else code


def _index() -> dict[str, ProvinceMatch]:
    """Return every known spelling; an official name takes precedence over an alias, an alias over a town."""
    index: dict[str, ProvinceMatch] = {}
    new_names = {_key(unit.name) for unit in NEW.values()}
    for unit in NEW.values():
        old = unit.old_codes[0] if len(unit.old_codes) == 1 else None
        index[_key(unit.name)] = ProvinceMatch(unit.code, old, "new")
    for unit in OLD.values():
        index.setdefault(_key(unit.name), ProvinceMatch(unit.new_code, unit.code, "old"))
    ambiguous_keys = set(_AMBIGUOUS)
    for entry in _FACTS["provinces_pre_2025"]:
        code = entry["code"]
        old = _old_code(code, is_new_name=_key(entry["name"]) in new_names)
        for town in entry["towns"]:
            index.setdefault(_key(town), ProvinceMatch(entry["new_code"], code, "town"))
        for alias in (*entry["aliases"], entry["iso_3166_2"]):
            if _key(alias) not in ambiguous_keys:
                index.setdefault(_key(alias), ProvinceMatch(entry["new_code"], old, "alias"))
    for short, codes in _FACTS["abbreviations_old_codes"].items():
        if len(codes) == 1:
            old = _old_code(codes[0], is_new_name=_key(OLD[codes[0]].name) in new_names)
            index.setdefault(_key(short), ProvinceMatch(OLD[codes[0]].new_code, old, "alias"))
    return index


_AMBIGUOUS: dict[str, tuple[str, ...]] = {
    _key(short): tuple(sorted(codes))
    for short, codes in _FACTS["abbreviations_old_codes"].items()
    if len(codes) > 1
}
_INDEX = _index()
_PREFIX = re.compile(r"(?:thanh pho|tinh|city of|province of|t ?p|t)\b ?")
_SUFFIX = re.compile(rf" (?:{'|'.join(fold(suffix) for suffix in _FACTS['strip_suffixes'])})$")
_COUNTRY = re.compile(r" (?:viet ?nam|vn)$")
_DISTRICT = re.compile(r"(?:quan|huyen|thi xa|thi tran|thanh pho|phuong|dac khu|xa|t ?p|t ?x|t ?t|q|h|p)\b ?")
_NUMBERED = re.compile(r"(?:quan|q) ?(?:[1-9]|1[0-2])")  # only Hồ Chí Minh City numbered its districts
_MARKS = re.compile(r"\s*[-–—,;/|>]\s*")


@lru_cache(maxsize=8192)
def match(raw: str) -> ProvinceMatch | None:
    """Return the province that a text names, or None for none or more than one (see ambiguous)."""
    words = _words(raw)
    if not words:
        return None
    return _find(words) or _find(_COUNTRY.sub("", words))


def _find(words: str) -> ProvinceMatch | None:
    for candidate in (words, _stripped(words)):
        key = candidate.replace(" ", "")
        if key in _AMBIGUOUS:
            return None
        if key in _INDEX:
            return _INDEX[key]
    if _NUMBERED.fullmatch(words):
        return ProvinceMatch("79", "79", "town")
    district = _DISTRICT.match(words)
    town = _INDEX.get(words[district.end() :].replace(" ", "")) if district else None
    return town if town and town.kind == "town" else None


def _stripped(words: str) -> str:
    """Return the text without a leading "Tỉnh", "TP." and a trailing "City", "Province"."""
    return _SUFFIX.sub("", _PREFIX.sub("", words, count=1) if _PREFIX.match(words) else words)


@lru_cache(maxsize=1024)
def ambiguous(raw: str) -> tuple[str, ...]:
    """Return the old codes that an abbreviation may mean ("ĐN": Đà Nẵng, Đồng Nai); empty when clear or unknown."""
    words = _words(raw)
    for candidate in (words, _stripped(words)):
        codes = _AMBIGUOUS.get(candidate.replace(" ", ""))
        if codes:
            return codes
    return ()


@lru_cache(maxsize=8192)
def from_combined(raw: str) -> CombinedArea:
    """Split "Quảng Nam - Hội An", in either order, into the province and the rest.

    The name of a province takes precedence over a town's: "Hội An - Quảng Nam" is Quảng Nam with the district Hội An.
    For a cell that only names a town, the town is the district too.
    """
    area = clean(raw)
    whole = match(area)
    if whole:
        return CombinedArea(whole, area if whole.kind == "town" else "")
    best = CombinedArea(None, area)
    for mark in _MARKS.finditer(area):
        left, right = area[: mark.start()], area[mark.end() :]
        # "Thành phố Cao Bằng - Cao Bằng": the side that calls itself a town or district is tried last.
        for province, district in sorted(((left, right), (right, left)), key=_calls_itself_district):
            found = match(province)
            if found and found.kind != "town":
                return CombinedArea(found, district)
            if found and best.match is None:
                best = CombinedArea(found, area)
    return best


def _calls_itself_district(sides: tuple[str, str]) -> bool:
    return _DISTRICT.match(_words(sides[0])) is not None


def _words(raw: str) -> str:
    """Return folded words with single spaces, without the marks between them."""
    return " ".join(re.sub(r"[^\w]|_", " ", fold(clean(raw))).split())
