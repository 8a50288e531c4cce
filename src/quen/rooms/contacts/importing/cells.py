"""Readers of single cells: one closure a column, built once an import, called for every filled cell.

A reader writes into the staged row and gives None, or the code of what was wrong; a code ends the cell, never the
row. Common spellings are remembered, for files repeat provinces, birthdays, tags and names.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, tzinfo
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from quen.core import booleans, countries, dates, emails, genders, money, names, phones, provinces, text
from quen.rooms.contacts.importing.targets import FIELD, STATUS_WORDS
from quen.rooms.contacts.rules.reading import LIMITS, read_custom
from quen.rooms.contacts.types import Consent, Status

if TYPE_CHECKING:
    from quen.rooms.contacts.models import Field
    from quen.rooms.exchange.registry import Cell, ColumnPlan

Row = list[Any]
Trouble = str | None
Reader = Callable[["Cell", Row], Trouble]
_REMEMBERED: Final = 1 << 15
_NOTE_CHARS: Final = 20_000
_TAG_CHARS: Final = 60
_REFUSALS: Final = frozenset(
    {"unsubscribe", "unsubscribed", "huy", "huy dang ky", "da huy", "ngung nhan tin", "opt out", "opted out"}
)


class Scratch:
    """Slots behind the staged ones: what a row says that is no column of its own."""

    NAMES = ("phone2", "email2", "address2", "identities", "tags", "attrs", "parts")

    def __init__(self, width: int) -> None:
        self.phone2, self.email2, self.address2, self.identities, self.tags, self.attrs, self.parts = range(
            width, width + len(self.NAMES)
        )


class Readers:
    """Makes the closures for one import."""

    def __init__(
        self,
        slots: Mapping[str, int],
        scratch: Scratch,
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

    def reader(self, column: ColumnPlan) -> Reader:
        """Give the reader of a column."""
        target = column.target
        if target.startswith(FIELD):
            return self._custom(self._fields[int(target.removeprefix(FIELD))], column)
        special = getattr(self, f"_{target}", None)
        if special is not None:
            made: Reader = special(column)
            return made
        if target.startswith("consent_"):
            return self._consent(target)
        return _short(self._slots[target], LIMITS.get(target, 200))

    def _phone(self, _column: ColumnPlan) -> Reader:
        return _phone(self._slots["phone"], self._scratch.identities)

    def _phone2(self, _column: ColumnPlan) -> Reader:
        return _phone(self._scratch.phone2, self._scratch.identities)

    def _email(self, _column: ColumnPlan) -> Reader:
        return _email(self._slots["email"])

    def _email2(self, _column: ColumnPlan) -> Reader:
        return _email(self._scratch.email2)

    def _address2(self, _column: ColumnPlan) -> Reader:
        return _short(self._scratch.address2, 200)

    def _family_name(self, _column: ColumnPlan) -> Reader:
        return _part(self._scratch.parts, 0)

    def _middle_name(self, _column: ColumnPlan) -> Reader:
        return _part(self._scratch.parts, 1)

    def _given_name(self, _column: ColumnPlan) -> Reader:
        return _part(self._scratch.parts, 2)

    def _birth_on(self, column: ColumnPlan) -> Reader:
        day_slot, full_slot = self._slots["birth_day"], self._slots["birth_on"]
        order = column.date_order

        def read(cell: Cell, row: Row) -> Trouble:
            try:
                row[day_slot], row[full_slot] = _birthday(cell, order)
            except dates.BadDate as refusal:
                return _unless_empty(refusal.code)
            return None

        return read

    def _gender(self, _column: ColumnPlan) -> Reader:
        slot = self._slots["gender"]

        def read(cell: Cell, row: Row) -> Trouble:
            try:
                row[slot] = _gender(cell)
            except genders.BadGender as refusal:
                return _unless_empty(refusal.code)
            return None

        return read

    def _city(self, _column: ColumnPlan) -> Reader:
        city, province, before = (self._slots[name] for name in ("city", "province", "province_before"))

        def read(cell: Cell, row: Row) -> Trouble:
            row[city], row[province], row[before], trouble = _placed(_text(cell))
            return trouble

        return read

    def _area(self, _column: ColumnPlan) -> Reader:
        city, province, before = (self._slots[name] for name in ("city", "province", "province_before"))
        district = self._slots["district"]

        def read(cell: Cell, row: Row) -> Trouble:
            row[city], row[province], row[before], inside, trouble = _area(_text(cell))
            row[district] = row[district] or inside
            return trouble

        return read

    def _country(self, _column: ColumnPlan) -> Reader:
        slot = self._slots["country"]

        def read(cell: Cell, row: Row) -> Trouble:
            try:
                row[slot] = countries.read_country(cell)
            except countries.BadCountry as refusal:
                return _unless_empty(refusal.code)
            return None

        return read

    _country_code = _country

    def _note(self, _column: ColumnPlan) -> Reader:
        slot = self._slots["note"]

        def read(cell: Cell, row: Row) -> Trouble:
            row[slot] = text.clean_lines(_text(cell))[:_NOTE_CHARS]
            return None

        return read

    def _tags(self, _column: ColumnPlan) -> Reader:
        slot = self._scratch.tags

        def read(cell: Cell, row: Row) -> Trouble:
            found, trouble = _tag_names(_text(cell))
            row[slot] = (*row[slot], *found) if row[slot] else found
            return trouble

        return read

    _groups = _tags

    def _consent(self, target: str) -> Reader:
        wish, consent = self._slots.get("status", -1), self._slots[target]
        mail = target == "consent_email"

        def read(cell: Cell, row: Row) -> Trouble:
            said = _said(cell)
            if said is None:
                return None if booleans.is_empty(cell) else "unknown"
            if said is Consent.NEVER_ASKED:
                if mail:
                    row[wish] = Status.NON_SUBSCRIBED.value
                return None
            row[consent] = said.value
            if mail:
                row[wish] = (Status.SUBSCRIBED if said is Consent.GRANTED else Status.UNSUBSCRIBED).value
            return None

        return read

    def _status(self, _column: ColumnPlan) -> Reader:
        wish, mail = self._slots["status"], self._slots["consent_email"]

        def read(cell: Cell, row: Row) -> Trouble:
            if booleans.is_empty(cell):
                return None
            status = STATUS_WORDS.get(text.fold(text.clean(_text(cell))))
            if status is None:
                return "unknown"
            row[wish] = status.value
            if status is Status.SUBSCRIBED:
                row[mail] = Consent.GRANTED.value
            elif status is Status.UNSUBSCRIBED:
                row[mail] = Consent.WITHDRAWN.value
            return None

        return read

    def _external_id(self, _column: ColumnPlan) -> Reader:
        return _identity(self._scratch.identities, self._system)

    def _zalo(self, _column: ColumnPlan) -> Reader:
        return _identity(self._scratch.identities, "zalo")

    def _facebook(self, _column: ColumnPlan) -> Reader:
        return _identity(self._scratch.identities, "facebook")

    def _member_since(self, column: ColumnPlan) -> Reader:
        slot, zone, order = self._slots["member_since"], self._zone, column.date_order

        def read(cell: Cell, row: Row) -> Trouble:
            try:
                row[slot] = _instant(cell, zone, order)
            except dates.BadDate as refusal:
                return _unless_empty(refusal.code)
            return None

        return read

    def _source(self, _column: ColumnPlan) -> Reader:
        # Holds the name until the writer, who may ask the database, puts the id in its place.
        return _short(self._slots["source"], 120)

    def _language(self, _column: ColumnPlan) -> Reader:
        slot = self._slots["language"]

        def read(cell: Cell, row: Row) -> Trouble:
            code = text.fold(_text(cell)).strip()
            code = {"tieng viet": "vi", "vietnamese": "vi", "tieng anh": "en", "english": "en"}.get(
                code, code
            )
            if not (2 <= len(code) <= 5 and code.replace("-", "").isalpha() and code.isascii()):
                return None if booleans.is_empty(cell) else "unknown"
            row[slot] = code
            return None

        return read

    def _opening_spent(self, _column: ColumnPlan) -> Reader:
        slot, currency = self._slots["opening_spent"], self._currency
        return _number(slot, lambda cell: money.read_amount(cell, currency), 10**14)

    def _opening_orders(self, _column: ColumnPlan) -> Reader:
        return _number(self._slots["opening_orders"], lambda cell: int(money.read_number(cell)), 2**31)

    def _opening_points(self, _column: ColumnPlan) -> Reader:
        return _number(self._slots["opening_points"], lambda cell: int(money.read_number(cell)), 2**31)

    def _custom(self, field: Field, column: ColumnPlan) -> Reader:
        slot, key, zone = self._scratch.attrs, str(field.pk), self._zone
        format_, choices, order = field.format, field.choices, column.date_order

        def read(cell: Cell, row: Row) -> Trouble:
            raw: Any = cell
            try:
                if format_ == "date" and not isinstance(cell, date):
                    raw = dates.read_date(cell, order)  # type: ignore[arg-type]  # a word of Order
                    if raw.year is None:
                        return "no_year"
                    value: Any = raw.iso()
                else:
                    value = read_custom(format_, _whole(raw), choices=choices, zone=zone)
            except ValueError as refusal:
                return _unless_empty(getattr(refusal, "code", "syntax"))
            if value is not None:
                row[slot] = {**row[slot], key: value} if row[slot] else {key: value}
            return None

        return read


def _short(slot: int, limit: int) -> Reader:
    def read(cell: Cell, row: Row) -> Trouble:
        value = text.clean(cell if cell.__class__ is str else _text(cell))
        if booleans.is_empty(value):
            return None
        row[slot] = value[:limit]
        return "too_long" if len(value) > limit else None

    return read


def _part(slot: int, at: int) -> Reader:
    def read(cell: Cell, row: Row) -> Trouble:
        value = text.clean(_text(cell))
        if value and not booleans.is_empty(value):
            parts = row[slot] or ("", "", "")
            row[slot] = (*parts[:at], value[:100], *parts[at + 1 :])
        return None

    return read


def _phone(slot: int, identities: int) -> Reader:
    fast, read_any = phones.fast, phones.read

    def read(cell: Cell, row: Row) -> Trouble:
        raw = cell if cell.__class__ is str else _text(cell)
        found = fast(raw)
        if found is not None:
            row[slot] = found
            return None
        try:
            phone = read_any(raw)
        except phones.BadPhone as refusal:
            return _unless_empty(refusal.code)
        row[slot] = phone.e164
        if not phone.more:
            return None
        row[identities] = (*(row[identities] or ()), *(("phone", other) for other in phone.more))
        return "second_number_kept_apart"

    return read


def _email(slot: int) -> Reader:
    read_mail = emails.read

    def read(cell: Cell, row: Row) -> Trouble:
        try:
            row[slot] = read_mail(cell)
        except emails.BadEmail as refusal:
            return _unless_empty(refusal.code)
        return None

    return read


def _identity(slot: int, system: str) -> Reader:
    def read(cell: Cell, row: Row) -> Trouble:
        value = text.clean(_text(cell))[:200]
        if value and not booleans.is_empty(value) and value.strip("0"):
            row[slot] = (*(row[slot] or ()), (system, value))
        return None

    return read


def _number(slot: int, read_number: Callable[[Cell], Any], limit: int) -> Reader:
    def read(cell: Cell, row: Row) -> Trouble:
        try:
            number = read_number(cell)
        except money.BadNumber as refusal:
            return _unless_empty(refusal.code)
        if number < 0:
            return "negative"
        if number >= limit:
            return "too_large"
        row[slot] = number
        return None

    return read


def _text(cell: Cell) -> str:
    """A cell as a person would type it; whole numbers of workbooks without their point."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime):
        return cell.strftime("%d/%m/%Y %H:%M:%S")
    if isinstance(cell, date):
        return cell.strftime("%d/%m/%Y")
    return "" if cell is None else str(cell)


def _whole(cell: Cell) -> Cell:
    return int(cell) if isinstance(cell, float) and cell.is_integer() else cell


def _unless_empty(code: str) -> Trouble:
    return None if code == "empty" else code


@lru_cache(_REMEMBERED)
def named(full_name: str, titled: bool) -> tuple[str, str, str, str, str, str, str] | None:
    """(full, family, middle, given, call name, sort key, form of address) of a name; None for nobody's name.

    titled: whether a title in front is taken off.
    """
    if names.is_walk_in(full_name):
        return None
    title, name = names.strip_title(full_name) if titled else ("", full_name)
    parts = names.split(name)
    return (
        name[:200],
        parts.family[:100],
        parts.middle[:100],
        parts.given[:100],
        names.call_name(name)[:100],
        text.sort_key(name)[:400],
        title,
    )


@lru_cache(_REMEMBERED)
def composed(family: str, middle: str, given: str) -> tuple[str, str, str, str, str, str] | None:
    """The same of a name in parts, without the form of address. A family name may hold the middle name (Sapo)."""
    if not middle and " " in family:
        parts = names.split(f"{family} x")
        family, middle = parts.family, parts.middle
    full = " ".join(part for part in (family, middle, given) if part)
    if names.is_walk_in(full):
        return None
    return (full[:200], family, middle, given, names.call_name(full)[:100], text.sort_key(full)[:400])


@lru_cache(_REMEMBERED)
def _birthday(cell: Any, order: Any) -> tuple[int, date | None]:
    day = dates.read_date(cell, order, excel=not isinstance(cell, str))
    return day.month * 100 + day.day, day.as_date()


@lru_cache(_REMEMBERED)
def _instant(cell: Any, zone: tzinfo, order: Any) -> datetime:
    if isinstance(cell, date) and not isinstance(cell, datetime):
        return datetime(cell.year, cell.month, cell.day, tzinfo=zone)
    return dates.read_instant(cell, zone, order, excel=not isinstance(cell, str))


@lru_cache(1024)
def _gender(cell: Any) -> str:
    return genders.read_gender(cell)


@lru_cache(1024)
def _said(cell: Any) -> Consent | None:
    if isinstance(cell, str) and text.fold(text.clean(cell)) in _REFUSALS:
        return Consent.WITHDRAWN
    try:
        return Consent.GRANTED if booleans.read_bool(_whole(cell)) else Consent.NEVER_ASKED
    except booleans.BadBool:
        return None


@lru_cache(_REMEMBERED)
def _placed(raw: str) -> tuple[str, str, str, Trouble]:
    """(as typed, present unit, former unit, trouble)."""
    city = text.clean(raw)
    if booleans.is_empty(city):
        return "", "", "", None
    known = provinces.match(city)
    if known is None:
        return city[:120], "", "", "ambiguous" if provinces.ambiguous(city) else None
    return city[:120], known.new_code, known.old_code or "", None


@lru_cache(_REMEMBERED)
def _area(raw: str) -> tuple[str, str, str, str, Trouble]:
    """(province as typed, present unit, former unit, district, trouble)."""
    whole = text.clean(raw)
    if booleans.is_empty(whole):
        return "", "", "", "", None
    area = provinces.from_combined(whole)
    if area.match is None:
        return (*_placed(whole)[:3], "", _placed(whole)[3])
    city = whole
    if area.district and area.district != whole:
        city = whole.replace(area.district, "", 1).strip(" -–—,;/|>") or whole
    return city[:120], area.match.new_code, area.match.old_code or "", area.district[:120], None


@lru_cache(_REMEMBERED)
def _tag_names(raw: str) -> tuple[tuple[str, ...], Trouble]:
    """Labels between commas, semicolons or bars."""
    pieces: Sequence[str] = raw.replace("|", ",").replace(";", ",").split(",")
    cleaned = [name for name in map(text.clean, pieces) if not booleans.is_empty(name)]
    short = tuple(dict.fromkeys(name for name in cleaned if len(name) <= _TAG_CHARS))
    return short, "too_long" if any(len(name) > _TAG_CHARS for name in cleaned) else None
