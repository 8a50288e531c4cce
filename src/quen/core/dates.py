"""Days and instants as files and people write them: Vietnamese order by default, years optional."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Literal

from quen.core.booleans import is_empty
from quen.core.facts import load
from quen.core.text import clean, fold

Order = Literal["dmy", "mdy", "ymd"]


class BadDate(ValueError):
    """No day can be read.

    code: empty, syntax, impossible (31/02, before 1900), placeholder (01/01/1900 and other made-up days), future (of a
    day of birth), year_only ("1990"; the year is in `year`), no_year (an instant needs one).
    """

    def __init__(self, code: str, year: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.year = year


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A day whose year may be unknown, as birthdays often are. 29/02 without a year is a day."""

    year: int | None
    month: int
    day: int

    def as_date(self) -> date | None:
        """Return the calendar day, or None without a year."""
        return date(self.year, self.month, self.day) if self.year else None

    def iso(self) -> str:
        """Return 1990-07-17, or --07-17 without a year; read_date reads both."""
        return (
            f"{self.year:04}-{self.month:02}-{self.day:02}"
            if self.year
            else f"--{self.month:02}-{self.day:02}"
        )


_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_EXCEL_ZERO = date(1899, 12, 30)  # correct from serial 61 on; Excel has a 29 February 1900
_EXCEL_TEXT = range(20_000, 60_001)
_EXCEL_NUMBER = range(_LAST_YEAR + 1, 73_051)  # 1905-10-01 to 2099-12-31, so that a bare year stays a year
_FAKE = frozenset(load("import_headers")["values"]["fake_birthdays"]) | {"01/01/0001"}

_NUMERIC = re.compile(r"(\d{1,4})([/.\-\s])\s*(\d{1,2})(?:\2\s*(\d{1,4}))?")
_FOUR_DIGITS = re.compile(r"\d{4}")
_ISO_WITHOUT_YEAR = re.compile(r"--(\d\d)-?(\d\d)")
_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), start=1
    )
}
_ENGLISH = r"(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
_WORDED = (
    re.compile(r"(?:ngay )?(\d{1,2}) ?(?:thang|thg|th) ?(\d{1,2})(?: ?(?:nam )?(\d{2,4}))?"),
    re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)? ?{_ENGLISH}(?: ?(\d{{2,4}}))?"),
)
_MONTH_FIRST = re.compile(rf"{_ENGLISH} ?(\d{{1,2}})(?:st|nd|rd|th)?(?: (\d{{4}}))?")
_CALENDAR = re.compile(
    r"(?<=\d)[\s(]*(?:(?P<lunar>âm lịch|am lich|âm|al|âl|lunar)|dương lịch|duong lich|dương|dl|solar)[\s).]*$",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(?P<day>.*?\d)[\sT,]+(?P<hour>\d{1,2})(?::|h)(?P<minute>\d{2})?"
    r"(?::(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?|SA|CH|sa|ch)?\s*(?P<zone>Z|z|UTC|GMT|[+-]\d{2}:?\d{2})?",
)


def read_date(raw: object, order: Order = "dmy", *, excel: bool = False) -> PartialDate:
    """Return the day of a cell; raises BadDate.

    Reads 17/07/1990, 17-7-90, 1990-07-17, 17071990, "17 tháng 7 năm 1990", 17/07, Jul 17 1990, dates followed by a
    time, and date objects. Four leading digits are a year whatever the order. Two-digit years:
    69–99 are 19xx, 00–68 are 20xx. A day that is impossible in the given order is refused, never swapped.
    excel: numbers, and texts from 20000 to 60000, are day counts of a workbook.
    """
    if is_empty(raw):
        raise BadDate("empty")
    if isinstance(raw, date):
        return _checked(raw.year, raw.month, raw.day)
    if isinstance(raw, int | float):
        return _from_number(raw, excel=excel)
    text = str(raw).strip()
    numeric = _NUMERIC.fullmatch(text)
    if numeric:
        return _from_numeric(numeric, order)
    return _from_text(clean(text), order, excel=excel)


def calendar_of(text: str) -> tuple[str, bool | None]:
    """Return a text without the words that say its calendar, and whether that is the lunar one; None: it says none.

    "15/08 âm lịch" is ("15/08", True), "15/08 (dương lịch)" is ("15/08", False).
    """
    found = _CALENDAR.search(text)
    if found is None:
        return text, None
    return text[: found.start()], found["lunar"] is not None


def born(day: PartialDate, raw: object, today: date) -> PartialDate:
    """Return a day of birth as it was read from a cell. Raises BadDate for one in the future.

    A year of two digits that has not come yet is one of the century before: in 2026, 30 is 1930.
    """
    full = day.as_date()
    if full is None or full <= today:
        return day
    if not isinstance(raw, str) or _FOUR_DIGITS.search(raw) or full.year < 2000:
        raise BadDate("future")
    return _checked(full.year - 100, day.month, day.day)


def _from_number(raw: float, *, excel: bool) -> PartialDate:
    if raw != raw or raw in {float("inf"), float("-inf")}:
        raise BadDate("syntax")
    whole = int(raw)
    if _FIRST_YEAR <= whole <= _LAST_YEAR:
        raise BadDate("year_only", whole)
    if excel and whole in _EXCEL_NUMBER:
        return _serial(whole)
    if excel and 0 <= whole <= 1:
        raise BadDate("placeholder")
    return _from_digits(str(whole), "dmy")


def _serial(days: int) -> PartialDate:
    day = _EXCEL_ZERO + timedelta(days=days)
    return _checked(day.year, day.month, day.day)


def _from_numeric(found: re.Match[str], order: Order) -> PartialDate:
    first, _mark, second, third = found.groups()
    if third is None:
        return _without_year(first, second, order)
    if len(first) > 2:
        return _parts(first, second, third)
    if len(third) > 2:
        day, month = (second, first) if order == "mdy" else (first, second)
        return _parts(third, month, day)
    if order == "ymd":
        return _parts(first, second, third)
    day, month = (second, first) if order == "mdy" else (first, second)
    return _parts(third, month, day)


def _without_year(first: str, second: str, order: Order) -> PartialDate:
    if len(first) > 2:
        raise BadDate("syntax")  # a year and a month
    day, month = (first, second) if order == "dmy" else (second, first)
    return _checked(None, int(month), int(day))


def _parts(year: str, month: str, day: str) -> PartialDate:
    if len(day) > 2 or len(year) == 3:
        raise BadDate("syntax")
    if not (int(year) or int(month) or int(day)):
        raise BadDate("placeholder")
    if len(year) == 4:
        full = int(year)
    else:
        full = int(year) + (1900 if int(year) >= 69 else 2000)
    if not int(month) and not int(day) and _FIRST_YEAR <= full <= _LAST_YEAR:
        raise BadDate("year_only", full)
    return _checked(full or None, int(month), int(day))


def _checked(year: int | None, month: int, day: int) -> PartialDate:
    """Return the day; raises BadDate when it does not exist or is a known placeholder."""
    if f"{day:02}/{month:02}/{year or 0:04}" in _FAKE:
        raise BadDate("placeholder")
    if year is not None and not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise BadDate("impossible")
    try:
        date(year or 2000, month, day)  # a leap year, so that 29/02 is valid
    except ValueError:
        raise BadDate("impossible") from None
    return PartialDate(year, month, day)


def _from_text(text: str, order: Order, *, excel: bool) -> PartialDate:
    if text.isdigit() and text.isascii():
        if excel and len(text) == 5 and int(text) in _EXCEL_TEXT:
            return _serial(int(text))
        return _from_digits(text, order)
    no_year = _ISO_WITHOUT_YEAR.fullmatch(text)
    if no_year:
        return _checked(None, int(no_year[1]), int(no_year[2]))
    timed = _TIME.fullmatch(text)
    if timed and (timed["minute"] or "h" in text):
        return read_date(timed["day"].strip(" ,T"), order)
    return _from_words(text)


def _from_digits(text: str, order: Order) -> PartialDate:
    """Read 1990 alone, or eight digits; the year comes first when the order or the digits require it."""
    if len(text) == 4 and _FIRST_YEAR <= int(text) <= _LAST_YEAR:
        raise BadDate("year_only", int(text))
    if len(text) != 8:
        raise BadDate("syntax")
    year_behind = _FIRST_YEAR <= int(text[4:]) <= _LAST_YEAR and order != "ymd"
    if not year_behind:
        return _parts(text[:4], text[4:6], text[6:])
    day, month = (text[2:4], text[:2]) if order == "mdy" else (text[:2], text[2:4])
    try:
        return _parts(text[4:], month, day)
    except BadDate as refusal:
        if refusal.code == "impossible" and _FIRST_YEAR <= int(text[:4]) <= _LAST_YEAR:
            return _parts(text[:4], text[4:6], text[6:])  # 19901220: the last four only look like a year
        raise


def _from_words(text: str) -> PartialDate:
    words = " ".join(re.sub(r"[.,/\-]", " ", fold(text)).split())
    year_alone = re.fullmatch(r"(?:nam )?(\d{4})", words)
    if year_alone and _FIRST_YEAR <= int(year_alone[1]) <= _LAST_YEAR:
        raise BadDate("year_only", int(year_alone[1]))
    for pattern in _WORDED:
        found = pattern.fullmatch(words)
        if found:
            day, month, year = found.groups()
            return _worded(day, str(_MONTHS.get(month, month)), year)
    found = _MONTH_FIRST.fullmatch(words)
    if found:
        return _worded(found[2], str(_MONTHS[found[1]]), found[3])
    raise BadDate("syntax")


def _worded(day: str, month: str, year: str | None) -> PartialDate:
    return _parts(year, month, day) if year else _checked(None, int(month), int(day))


def guess_order(values: Iterable[object]) -> Order | Literal["ambiguous"]:
    """Return the order that a column's dates were written in, judged by the values that allow only one.

    A few contradicting cells (at most one in ten) count as typing errors. Without any value that decides, and when
    both orders really occur, the result is "ambiguous": ask the user.
    """
    votes: dict[Order, int] = {"dmy": 0, "mdy": 0, "ymd": 0}
    for value in values:
        found = _NUMERIC.match(value.strip()) if isinstance(value, str) else None
        if found is None:
            continue
        first, second = int(found[1]), int(found[3])
        # Without a year, as in 25/12; 12.5 is a number, and 12/90 and 1990/12 are no days.
        if found[4] is None and len(found[1]) < 3 and (found[2] == "." or max(first, second) > 31):
            continue
        if len(found[1]) == 4 or first > 31:
            votes["ymd"] += 1
        elif first > 12 >= second:
            votes["dmy"] += 1
        elif second > 12 >= first:
            votes["mdy"] += 1
    best = max(votes, key=lambda order: votes[order])
    others = sum(votes.values()) - votes[best]
    return best if votes[best] and others * 10 <= votes[best] + others else "ambiguous"


def read_instant(raw: object, tz: tzinfo, order: Order = "dmy", *, excel: bool = False) -> datetime:
    """Return an aware instant; raises BadDate. Local time in tz unless a zone is given; midnight without a time.

    Reads times as 14:05, 14:05:30.5, 14h05, 2:05 PM, 2:05 CH (afternoon) or SA (morning), followed by Z or +07:00.
    """
    if isinstance(raw, datetime):
        _checked(raw.year, raw.month, raw.day)
        return raw if raw.tzinfo else raw.replace(tzinfo=tz)
    if excel and isinstance(raw, float) and raw == raw and int(raw) in _EXCEL_NUMBER:
        seconds = round((raw - int(raw)) * 86_400)
        local = datetime.combine(_full(_serial(int(raw))), time()) + timedelta(seconds=seconds)
        return local.replace(tzinfo=tz)
    if isinstance(raw, str):
        timed = _TIME.fullmatch(clean(raw))
        if timed and (timed["minute"] or "h" in raw):
            day = _full(read_date(timed["day"].strip(" ,T"), order))
            return datetime.combine(day, _time(timed), tzinfo=_zone(timed["zone"], tz))
    return datetime.combine(_full(read_date(raw, order, excel=excel)), time(), tzinfo=tz)


def _full(day: PartialDate) -> date:
    full = day.as_date()
    if full is None:
        raise BadDate("no_year")
    return full


def _time(found: re.Match[str]) -> time:
    hour = int(found["hour"])
    half = (found["half"] or "").lower().replace(".", "")
    if half in {"pm", "ch"} and hour < 12:
        hour += 12
    elif half in {"am", "sa"} and hour == 12:
        hour = 0
    part = (found["part"] or "")[:6].ljust(6, "0")
    try:
        return time(hour, int(found["minute"] or 0), int(found["second"] or 0), int(part))
    except ValueError:
        raise BadDate("impossible") from None


def _zone(written: str | None, tz: tzinfo) -> tzinfo:
    if not written:
        return tz
    if written[0] not in "+-":
        return UTC
    minutes = int(written[1:3]) * 60 + int(written[-2:])
    if minutes >= 1440:
        raise BadDate("impossible")
    return timezone(timedelta(minutes=minutes if written[0] == "+" else -minutes))
