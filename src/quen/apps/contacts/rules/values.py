"""Parsing of typed values into stored ones, field by field."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Protocol

from quen.apps.contacts.rules.birthdays import NO_BIRTHDAY, read_birthday
from quen.apps.contacts.rules.labels import field_id_of
from quen.apps.contacts.rules.options import FieldOptions
from quen.apps.contacts.rules.special_days import read_special_day, stored
from quen.apps.contacts.types import FieldFormat, Gender
from quen.core import booleans, countries, dates, emails, genders, money, phones, provinces, text

LIMITS: MappingProxyType[str, int] = MappingProxyType(
    {
        "full_name": 200,
        "family_name": 100,
        "middle_name": 100,
        "given_name": 100,
        "call_name": 100,
        "salutation": 20,
        "company": 200,
        "language": 5,
        "city": 120,
        "district": 120,
        "ward": 120,
        "address_line": 300,
    }
)
_TEXT_CHARS, _LONG_TEXT_CHARS = 1_000, 20_000
_SEPARATOR = re.compile(r"([,;|])")
_LINK = re.compile(r"https?://[^\s/@]+\.[^\s/@]+(?:/\S*)?", re.IGNORECASE)


class InvalidValue(ValueError):
    """A value that its field cannot hold. code: too_long, not_a_choice, link, unknown, negative."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class CustomField(Protocol):
    """What parsing needs to know about a custom field."""

    @property
    def pk(self) -> Any: ...
    @property
    def format(self) -> str: ...
    @property
    def options(self) -> FieldOptions: ...
    @property
    def is_lunar(self) -> bool: ...


@dataclass(slots=True)
class ParsedValues:
    """Values as columns and as custom values by field id; ``refused`` has a reason code for each invalid one."""

    columns: dict[str, Any] = field(default_factory=dict)
    attrs: dict[str, Any] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def parse_values(
    values: Mapping[str, Any], *, fields: Mapping[int, CustomField], zone: tzinfo, today: date | None = None
) -> ParsedValues:
    """Parse all values. Raises KeyError for an unknown key, which is a bug of the caller.

    today: a date of birth after it is refused.
    """
    parsed = ParsedValues()
    for key, raw in values.items():
        if key == "birth_is_lunar" and "birth_on" in values:
            continue
        number = field_id_of(key)
        try:
            if number is not None:
                parsed.attrs[str(number)] = field_value(fields[number], raw, zone=zone)
            else:
                lunar = values.get("birth_is_lunar")
                parsed.columns |= parse_system_value(key, raw, zone=zone, lunar=lunar, today=today)
        except ValueError as refusal:
            parsed.refused[key] = getattr(refusal, "code", "syntax")
    return parsed


def parse_system_value(
    key: str, raw: Any, *, zone: tzinfo, lunar: Any = None, today: date | None = None
) -> dict[str, Any]:
    """Return the columns of a system field. Raises ValueError with a ``code``.

    lunar: whether a date of birth is one of the lunar calendar; without it the text tells ("15/08 âm lịch").
    today: a date of birth after it is refused.
    """
    if key in LIMITS:
        return {key: _short(raw, LIMITS[key])}
    if key == "birth_on":
        return _birth(raw, lunar, today)
    return {key: _SYSTEM[key](raw, zone)}


def field_value(field: CustomField, raw: Any, *, zone: tzinfo) -> Any:
    """Return a value of a custom field as stored in JSON. Raises ValueError with a ``code``."""
    return parse_custom_value(field.format, raw, choices=field.options, zone=zone, lunar=field.is_lunar)


def parse_custom_value(
    format_: str, raw: Any, *, choices: FieldOptions | Sequence[str] = (), zone: tzinfo, lunar: bool = False
) -> Any:
    """Return a custom value as stored in JSON, None for an empty one. Raises ValueError with a ``code``.

    choices: the options of a choice field; what is stored is their ids.
    lunar: a special day that doesn't say its calendar is one of the lunar calendar.
    """
    options = FieldOptions.of(choices)
    if format_ == FieldFormat.MULTIPLE:
        return _multiple_choice(raw, options)
    if format_ in {FieldFormat.TEXT, FieldFormat.LONG_TEXT, FieldFormat.SINGLE, FieldFormat.LINK}:
        if raw is None or not str(raw).strip():
            return None
    elif booleans.is_empty(raw):
        return None
    if format_ == FieldFormat.SPECIAL_DAY:
        return stored(read_special_day(raw, lunar_unless_said=lunar))
    return _CUSTOM[FieldFormat(format_)](raw, options, zone)


def _short(raw: Any, limit: int) -> str:
    value = text.clean("" if raw is None else str(raw))
    if len(value) > limit:
        raise InvalidValue("too_long")
    return value


def _birth(raw: Any, lunar: Any, today: date | None) -> dict[str, Any]:
    if booleans.is_empty(raw):
        return dict(NO_BIRTHDAY)
    return read_birthday(raw, lunar=_yes(lunar), today=today).columns()


def _yes(raw: Any) -> bool:
    return False if booleans.is_empty(raw) else booleans.read_bool(raw)


def _province(raw: Any) -> str:
    value = _short(raw, 120)
    if not value or value in provinces.NEW:
        return value
    known = provinces.match(value)
    if known is None:
        raise InvalidValue("unknown")
    return known.new_code


def _gender(raw: Any) -> str:
    return "" if booleans.is_empty(raw) else Gender(genders.read_gender(raw)).value


def _not_negative(number: Decimal) -> Decimal:
    if number < 0:
        raise InvalidValue("negative")
    return number


def _whole_number(raw: Any, _zone: tzinfo) -> int | None:
    return None if booleans.is_empty(raw) else int(_not_negative(money.read_number(raw)))


def _note(raw: Any) -> str:
    value = text.clean_lines(str(raw or ""))
    if len(value) > _LONG_TEXT_CHARS:
        raise InvalidValue("too_long")
    return value


_SYSTEM: Mapping[str, Callable[[Any, tzinfo], Any]] = MappingProxyType(
    {
        "email": lambda raw, _z: None if booleans.is_empty(raw) else emails.read(raw),
        "phone": lambda raw, _z: None if booleans.is_empty(raw) else phones.read(raw).e164,
        "gender": lambda raw, _z: _gender(raw),
        "birth_is_lunar": lambda raw, _z: _yes(raw),
        "country": lambda raw, _z: "" if booleans.is_empty(raw) else countries.read_country(raw),
        "province": lambda raw, _z: _province(raw),
        "note": lambda raw, _z: _note(raw),
        "opening_spent": lambda raw, _z: (
            None if booleans.is_empty(raw) else _not_negative(money.read_amount(raw))
        ),
        "opening_orders": _whole_number,
        "opening_points": _whole_number,
        "member_since": lambda raw, zone: _instant(raw, zone),
    }
)


def _instant(raw: Any, zone: tzinfo) -> datetime:
    return raw if isinstance(raw, datetime) and raw.tzinfo else dates.read_instant(raw, zone)


def _text(raw: Any, _options: FieldOptions, _zone: tzinfo) -> str:
    return _short(raw, _TEXT_CHARS)


def _lines(raw: Any, _options: FieldOptions, _zone: tzinfo) -> str:
    return _note(raw)


def _number(raw: Any, _options: FieldOptions, _zone: tzinfo) -> float | int:
    number = money.read_number(raw)
    return int(number) if number == number.to_integral_value() else float(number)


def _date(raw: Any, _options: FieldOptions, _zone: tzinfo) -> str:
    day = dates.read_date(raw)
    if day.year is None:
        raise dates.BadDate("no_year")
    return day.iso()


def _date_time(raw: Any, _options: FieldOptions, zone: tzinfo) -> str:
    return _instant(raw, zone).isoformat()


def _single_choice(raw: Any, options: FieldOptions, _zone: tzinfo) -> str:
    found = options.find(str(raw))
    if found is None:
        raise InvalidValue("not_a_choice")
    return found


def _multiple_choice(raw: Any, options: FieldOptions) -> list[str] | None:
    if raw is None or raw == "":
        return None
    pieces = raw if isinstance(raw, list | tuple) else _pieces(str(raw), options)
    chosen = {_single_choice(piece, options, UTC) for piece in pieces if str(piece).strip()}
    return [one.id for one in options if one.id in chosen] or None


def _pieces(raw: str, options: FieldOptions) -> list[str]:
    """Split a text at , ; and |, but not inside a choice that contains one: the longest choice counts."""
    parts = _SEPARATOR.split(raw)
    said = {word for one in options for word in (one.label, *one.ids)}
    known = {text.fold(word) for word in said if _SEPARATOR.search(word)}
    if not known:
        return parts[::2]
    pieces, at = [], 0
    while at < len(parts):
        ends = range(len(parts), at, -2)
        end = next((end for end in ends if text.fold(text.clean("".join(parts[at:end]))) in known), at + 1)
        pieces.append("".join(parts[at:end]))
        at = end + 1
    return pieces


def _link(raw: Any, _options: FieldOptions, _zone: tzinfo) -> str:
    link = _short(raw, _TEXT_CHARS)
    if "://" not in link:
        link = f"https://{link}"
    if not _LINK.fullmatch(link):
        raise InvalidValue("link")
    return link


_CUSTOM: Mapping[FieldFormat, Callable[[Any, FieldOptions, tzinfo], Any]] = MappingProxyType(
    {
        FieldFormat.TEXT: _text,
        FieldFormat.LONG_TEXT: _lines,
        FieldFormat.NUMBER: _number,
        FieldFormat.DATE: _date,
        FieldFormat.DATE_TIME: _date_time,
        FieldFormat.YES_NO: lambda raw, _c, _z: booleans.read_bool(raw),
        FieldFormat.SINGLE: _single_choice,
        FieldFormat.EMAIL: lambda raw, _c, _z: emails.read(raw),
        FieldFormat.PHONE: lambda raw, _c, _z: phones.read(raw).e164,
        FieldFormat.LINK: _link,
    }
)
