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
    """A cell split into its province and the rest.

    district: the rest as typed, often empty.  candidates: the old codes that the cell may mean, when it is not clear.
    """

    match: ProvinceMatch | None
    district: str
    candidates: tuple[str, ...] = ()


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
_POSTAL = re.compile(r" \d{5,6}$")
_AROUND = re.compile(
    r"^(?:o|tai|kv|khu vuc|vung|que|gan|noi thanh|ngoai thanh|trung tam|noi o|chi nhanh)(?: o)? (?=\w)"
)
_FORMERLY = re.compile(r" (?:cu|truoc day|truoc sap nhap|truoc)$")
_NOW = re.compile(r" (?:moi|hien nay|nay|sau sap nhap)$")
_DISTRICT = re.compile(r"(?:quan|huyen|thi xa|thi tran|thanh pho|phuong|dac khu|xa|t ?p|t ?x|t ?t|q|h|p)\b ?")
_NUMBERED = re.compile(r"(?:quan|q) ?(?:[1-9]|1[0-2])")  # only Hồ Chí Minh City numbered its districts
_MARKS = re.compile(r"\s*(?:[-–—,;/|>\n]|:::|\b(?:và|hoặc)\b)\s*")
_BRACKETS = re.compile(r"[(\[]([^)\]]*)[)\]]?")
#: words of addresses, after which the name of a province is that of a street, a school or a market
_ADDRESS_WORD_TEXT = (
    "duong pho lo cau ga cho so ngo ngach hem truong hoc cty ty benh vien san cu kcn khu nga chung toa cang"
)
_ADDRESS_WORDS = frozenset(_ADDRESS_WORD_TEXT.split())
#: cities whose names are no names of wards and villages
_CITIES = frozenset({"01", "31", "48", "79", "92"})
_OLD_BY_NAME = {_key(unit.name): unit for unit in OLD.values()}


def _abbreviations() -> dict[str, ProvinceMatch | tuple[str, ...]]:
    """Return names whose first word is one letter ("d nang"): what they mean, or the old codes they may mean."""
    found: dict[str, dict[str, ProvinceMatch]] = {}
    names = [unit.name for unit in (*NEW.values(), *OLD.values())]
    names += [town for entry in _FACTS["provinces_pre_2025"] for town in entry["towns"]]
    for name in names:
        first, _space, rest = _words(name).partition(" ")
        known = _INDEX.get(_key(name))
        if rest and known is not None and not rest[0].isdigit():
            found.setdefault(f"{first[0]} {rest}", {}).setdefault(known.new_code, known)
    return {
        short: next(iter(units.values()))
        if len(units) == 1
        else tuple(sorted(unit.old_code or _OLD_CODE_OF[code] for code, unit in units.items()))
        for short, units in found.items()
    }


@lru_cache(maxsize=8192)
def match(raw: str) -> ProvinceMatch | None:
    """Return the province that a text names, or None for none or more than one (see ambiguous).

    Reads "Tỉnh Quảng Nam", "TP.HCM", "Đ.Nẵng", "Đà Nẵng (cũ)", "Hà Nội, Việt Nam"; a cell of several names is read by
    from_combined.
    """
    words = _words(raw)
    if not words:
        return None
    plain = _find(words)
    if plain is not None:
        return plain
    words = _AROUND.sub("", _COUNTRY.sub("", _POSTAL.sub("", _COUNTRY.sub("", words))), count=1)
    former = _FORMERLY.sub("", words)
    if former != words:
        unit = _OLD_BY_NAME.get(_stripped(former).replace(" ", ""))
        return ProvinceMatch(unit.new_code, unit.code, "old") if unit else _find(former)
    words = _NOW.sub("", words)
    return _find(words) or _abbreviated(words)


def _abbreviated(words: str) -> ProvinceMatch | None:
    for candidate in (words, _stripped(words)):
        found = _ABBREVIATIONS.get(candidate)
        if isinstance(found, ProvinceMatch):
            return found
    return None


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
    """Return the old codes that a text may mean ("ĐN": Đà Nẵng, Đồng Nai); empty when clear or unknown."""
    words = _words(raw)
    if match(raw) is not None:
        return ()
    for candidate in (words, _stripped(words)):
        codes = _AMBIGUOUS.get(candidate.replace(" ", ""))
        if codes:
            return codes
        short = _ABBREVIATIONS.get(candidate)
        if isinstance(short, tuple):
            return short
    return ()


@lru_cache(maxsize=8192)
def from_combined(raw: str) -> CombinedArea:
    """Split "Quảng Nam - Hội An", "Q1, TP.HCM", "Thủ Đức TPHCM", in either order, into the province and the rest.

    The name of a province takes precedence over a town's: "Hội An - Quảng Nam" is Quảng Nam with the district Hội An.
    For a cell that only names a town, the town is the district too. Two provinces in a cell are candidates.
    """
    area = clean(raw)
    whole = match(area)
    if whole:
        return CombinedArea(whole, area if whole.kind == "town" else "")
    outside, inside = clean(_BRACKETS.sub(" ", area)).strip(" -–,"), " ".join(_BRACKETS.findall(area)).strip()
    found = _from_parts(outside) if outside else CombinedArea(None, "")
    if inside:
        within = _from_parts(inside)
        if found.match is None and not found.candidates:
            found = within
        elif (
            found.match
            and within.match
            and within.match.new_code == found.match.new_code
            and within.match.old_code
        ):
            found = CombinedArea(within.match, found.district)
    if found.match is None:
        return CombinedArea(None, area, found.candidates or ambiguous(area))
    return CombinedArea(found.match, area if found.match.kind == "town" else found.district)


def _from_parts(area: str) -> CombinedArea:
    """Return what the parts of a text between marks name."""
    whole = match(area)
    if whole:
        return CombinedArea(whole, "")
    starts, ends = [0], []
    for mark in _MARKS.finditer(area):
        ends.append(mark.start())
        starts.append(mark.end())
    ends.append(len(area))
    size = len(starts)
    # Names that contain a hyphen are two parts: Bà Rịa - Vũng Tàu.
    runs = [(at, last) for at in range(size) for last in range(at, min(at + 2, size))]
    named = [(at, last, found) for at, last in runs if (found := match(area[starts[at] : ends[last]]))]
    provinces = [each for each in named if each[2].kind != "town"]
    joined = [each for each in provinces if each[0] != each[1]]
    provinces = [
        each
        for each in provinces
        if each in joined or not any(at <= each[0] and each[1] <= last for at, last, _found in joined)
    ]
    own = [each for each in provinces if not _calls_itself_district(area[starts[each[0]] : ends[each[1]]])]
    for units in (provinces, own):
        if units and len({found.new_code for _at, _last, found in units}) == 1:
            at, last, found = (own or units)[-1]
            before = {unit.old_code for _at, _last, unit in units if unit.old_code}
            if len(before) == 1 and found.old_code is None:  # "Hải Dương, Hải Phòng" names both systems
                found = ProvinceMatch(found.new_code, before.pop(), found.kind)
            return CombinedArea(found, _rest(area[: starts[at]], area[ends[last] :]))
    if provinces:
        return CombinedArea(None, area, tuple(sorted({_an_old_code(found) for *_run, found in provinces})))
    parts = [area[start:end] for start, end in zip(starts, ends, strict=True)]
    return _from_towns(area, [found for *_run, found in named], parts)


def _from_towns(area: str, towns: list[ProvinceMatch], parts: list[str]) -> CombinedArea:
    """Return what the parts of a text name that names no province as a whole part."""
    in_words = [found for part in parts if (found := _from_words(part)) is not None]
    units = {found.match.new_code: found for found in in_words if found.match is not None}
    if len(units) == 1:
        (unit,) = units.values()
        return CombinedArea(unit.match, _rest(*parts[:-1], unit.district))
    codes = {code for part in parts for code in ambiguous(part)}
    codes |= {code for found in in_words for code in found.candidates}
    of_towns = {town.old_code for town in towns if town.old_code}
    if codes:
        both = sorted(codes & of_towns)
        if len(both) == 1:
            return CombinedArea(ProvinceMatch(OLD[both[0]].new_code, both[0], "old"), area)
        return CombinedArea(None, area, tuple(sorted(codes)))
    if len(of_towns) == 1:
        return CombinedArea(towns[0], area)
    return CombinedArea(None, area, tuple(sorted(of_towns)))


def _from_words(part: str) -> CombinedArea | None:
    """Return the province at the end or the beginning of words without marks: "Quận 1 HCM", "HN Cầu Giấy"."""
    words = part.split()
    both = _two_provinces(words)
    if both is not None:
        return both
    for size in range(min(4, len(words) - 1), 0, -1):
        found, rest = match(" ".join(words[-size:])), " ".join(words[:-size])
        if found and found.kind != "town" and _is_inside(rest, found, words[-size]):
            return CombinedArea(found, rest)
    for size in range(min(4, len(words) - 1), 0, -1):
        found, rest = match(" ".join(words[:size])), " ".join(words[size:])
        if found and found.kind != "town" and _is_inside(rest, None, ""):
            return CombinedArea(found, rest)
    return None


def _two_provinces(words: list[str]) -> CombinedArea | None:
    """Return what words mean that end in an abbreviation of several provinces, or name one province after another."""
    town, codes = match(" ".join(words[:-1])), ambiguous(words[-1]) if len(words) > 1 else ()
    if town and codes:
        own = town.kind == "town" and town.old_code in codes
        return CombinedArea(town, " ".join(words)) if own else CombinedArea(None, "", codes)
    for at in range(1, len(words)):
        first, second = match(" ".join(words[:at])), match(" ".join(words[at:]))
        if first and second and "town" not in (first.kind, second.kind) and first.new_code != second.new_code:
            return CombinedArea(None, "", tuple(sorted((_an_old_code(first), _an_old_code(second)))))
    return None


def _is_inside(rest: str, province: ProvinceMatch | None, first: str) -> bool:
    """Return whether the words beside the name of a province are those of a place inside it."""
    words = _words(rest)
    known = match(rest)
    if known is not None:
        return known.kind == "town" or (province is not None and known.new_code == province.new_code)
    if not words or not _ADDRESS_WORDS.isdisjoint(words.split()) or words[0].isdigit():
        return False
    if _DISTRICT.match(words):
        return True
    says_province = _PREFIX.match(_words(first) + " ") is not None and len(first) > 1
    return (
        province is not None and (says_province or province.new_code in _CITIES) and _from_words(rest) is None
    )


def _an_old_code(found: ProvinceMatch) -> str:
    return found.old_code or _OLD_CODE_OF[found.new_code]


def _rest(*parts: str) -> str:
    """Return the parts beside a province as typed, without marks at their ends, countries and postal codes."""
    kept = [part for text in parts if (part := text.strip(" -–—,;/|>"))]
    return ", ".join(part for part in kept if not re.fullmatch(r"viet ?nam|vn|\d{5,6}", _words(part)))


def _calls_itself_district(side: str) -> bool:
    return _DISTRICT.match(_words(side)) is not None


def _words(raw: str) -> str:
    """Return folded words with single spaces, without the marks between them."""
    return " ".join(re.sub(r"[^\w]|_", " ", fold(clean(raw))).split())


#: the old unit with the name of a unit of today, else one of those it consists of
_OLD_CODE_OF = {
    unit.code: next((code for code in unit.old_codes if OLD[code].name == unit.name), unit.old_codes[0])
    for unit in NEW.values()
}
_ABBREVIATIONS = _abbreviations()
