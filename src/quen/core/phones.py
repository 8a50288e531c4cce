"""Phone numbers as Vietnamese files write them, converted to E.164.

Rules and examples: facts/phone_prefixes.json (mobile conversion of 2018, landline conversion of 2017). A
prefix never rejects a number and never identifies a carrier: numbers can be ported between carriers since 2018.
"""

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from quen.core.booleans import is_empty
from quen.core.facts import load


class BadPhone(ValueError):
    """No number that can be stored.

    code: empty, too_short, masked (stars or x of a marketplace), scientific (digits lost), service (1900,
    1800, short codes), placeholder (0000000000), not_a_number, foreign_unknown (a + with an invalid number).
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Phone:
    """A number in E.164 (+84901234567), how it was read, and the other valid numbers of the cell.

    note: "" (as written), converted_2018, converted_2017, restored_zero, dropped_zero, foreign, extracted
    (found between words), or second_number_kept_apart, which takes precedence when `others` is not empty.
    """

    e164: str
    note: str
    others: tuple[str, ...] = ()


_FACTS = load("phone_prefixes")
_MOBILE = frozenset(entry["prefix"] for entry in _FACTS["current_mobile_prefixes"])
_MOBILE_BARE = frozenset(prefix[1:] for prefix in _MOBILE)
_CONVERTED = {entry["old"][1:]: entry["new"][1:] for entry in _FACTS["conversion_2018"]["map"]}
_AREAS = frozenset(entry["area_code"][1:] for entry in _FACTS["landline"]["area_codes"])
_OLD_AREAS = {
    entry["area_code_before_2017"][1:]: entry["area_code"][1:]
    for entry in _FACTS["landline"]["area_codes"]
    if entry["changed_2017"]
}
_FAKE = re.compile("|".join(f"(?:{p})" for p in load("import_headers")["values"]["fake_phone_patterns"]))

_DROP = dict.fromkeys(
    map(ord, " .-()[]'’`\t\u00a0\u200b\u200c\u200d\u2060\ufeff\u202a\u202c\u2010\u2011\u2012\u2013")
)
_LOOKALIKES = str.maketrans("OoIl", "0011")
_NUMBER_WITH_LOOKALIKES = re.compile(r"\+?[\d\sOoIl.()'’-]+")
_SCIENTIFIC = re.compile(r"\d([.,]\d+)?[eE]\+?\d+")
_MASKED = re.compile(r"[*•]|[xX#]{2}|\d[xX]\d")
_SPLIT = re.compile(
    r"[/,;|&\n\r\\]|:::|\bhoặc\b|\bhay\b|\bor\b|\bvà\b|(?<=\d)\s*[-–—]\s*(?=\+|0)|\s+(?=(?:\+84|0)[\d .]{8})"
    # a second number of which the leading zero is left out
    r"|\s+[-–—]\s+(?=\d{1,3}\s*$)|(?<=\d{9})\s*[-–—]\s*(?=\d{9,10}(?!\d))|(?<=\d{9})\s+(?=[35789]\d{8}(?!\d))"
)
_RUN = re.compile(r"\+?\d[\d\s.()–-]{6,}\d")
_SERVICE = re.compile(r"(?:\+?84|0)?(?:1900|1800)\d{4,6}|[1-9]\d{2,4}")
_NON_PERSONAL_TYPES = frozenset(
    {
        PhoneNumberType.PREMIUM_RATE,
        PhoneNumberType.TOLL_FREE,
        PhoneNumberType.SHARED_COST,
        PhoneNumberType.VOICEMAIL,
        PhoneNumberType.UAN,
        PhoneNumberType.PAGER,
    }
)


def read_fast(raw: str) -> str | None:
    """Return the E.164 form of a Vietnamese mobile in a common spelling, or None when read() is needed.

    0901234567, 84…, +84…, +840…, nine digits that lost their zero, eleven-digit numbers from before 2018, each
    with spaces, dots, hyphens or brackets. Placeholders give None. Table lookups only, for millions of rows.
    """
    found = _mobile(raw)
    return found[0] if found else None


def _mobile(raw: str) -> tuple[str, str] | None:
    """Return (E.164, note) of a Vietnamese mobile number."""
    digits = raw if raw.isdigit() else raw.translate(_DROP)
    note = ""
    match len(digits):
        case 10:
            if digits[0] == "0":
                bare = digits[1:]
            else:
                bare, note = digits, "restored_zero"
        case 11:
            if digits[:2] == "84":
                bare = digits[2:]
            elif digits[0] == "0":
                bare = digits[1:]
            else:
                return None
        case 9:
            bare, note = digits, "restored_zero"
        case 12 | 13 | 14:
            bare = _after_country_code(digits)
        case _:
            return None
    if not (bare.isdigit() and bare.isascii()):
        return None
    if len(bare) == 9:
        if bare[:2] not in _MOBILE_BARE or bare.count(bare[0]) == 9:
            return None
        return "+84" + bare, note
    if len(bare) == 10:
        prefix = _CONVERTED.get(bare[:3])
        if prefix is None or bare == "1234567890":
            return None
        return "+84" + prefix + bare[3:], "converted_2018"
    return None


def _after_country_code(digits: str) -> str:
    """Return the national number without its zero, or "" when it begins with another country's code."""
    national = digits[1:] if digits[0] == "+" else digits
    if national[:2] != "84":
        return ""
    return national[3:] if national[2] == "0" else national[2:]


def read(raw: str | int | float) -> Phone:
    """Return the phone number of a cell; raises BadPhone with a code that says why there is none.

    From a cell with several numbers the first becomes e164, the rest others. Workbook numbers (901234567.0) get their
    lost zero back. Old landlines are converted where the facts call them unambiguous; ten digits that are a mobile
    number today are read as one.
    """
    text = _cell_text(raw)
    simple = _mobile(text)
    if simple:
        return Phone(*simple)
    text = unicodedata.normalize("NFKC", text).strip().lstrip("'’`").strip()
    starred = _with_star(text)
    if starred:
        return Phone(*starred)
    _refuse_damaged(text)
    try:
        return Phone(*_single(text))
    except BadPhone as refusal:
        several = _several(text)
        if not several:
            raise refusal
        first, *rest = several
        more = tuple(dict.fromkeys(e164 for e164, _note in rest if e164 != first[0]))
        return Phone(first[0], "second_number_kept_apart" if more else first[1], more)


def _cell_text(raw: str | int | float) -> str:
    if is_empty(raw):
        raise BadPhone("empty")
    if isinstance(raw, str):
        return raw
    if isinstance(raw, float):
        if not raw.is_integer():
            raise BadPhone("not_a_number")
        raw = int(raw)
    return str(raw)


def _refuse_damaged(text: str) -> None:
    """Raise BadPhone for numbers that lost digits; they are never guessed."""
    if not text:
        raise BadPhone("empty")
    if _SCIENTIFIC.fullmatch(text.replace(" ", "")):
        raise BadPhone("scientific")
    if _MASKED.search(text):
        raise BadPhone("masked")


def _with_star(text: str) -> tuple[str, str] | None:
    """Return the whole number beside a star that marks a footnote: "0901234536*". Masked numbers lack digits."""
    number = text.strip("*• ")
    if number == text or _MASKED.search(number):
        return None
    found = _mobile(number) if number[:1] in ("0", "+") or number[:2] == "84" else None
    if found is None and number.translate(_DROP).removeprefix("+").isdecimal():
        found = _vietnamese(number.translate(_DROP))
    return (found[0], "extracted") if found and found[1] == "" else None


def _several(text: str) -> list[tuple[str, str]]:
    """Return every valid number of a cell that holds several, or one inside other text."""
    pieces = [piece for piece in _SPLIT.split(text) if piece]
    found = _valid(pieces) if len(pieces) > 1 else []
    if not found:
        found = [(e164, note or "extracted") for e164, note in _valid(_RUN.findall(text))]
    if not found:
        found = _valid([re.sub(r"[/,;|]", "", text)])
    return found


def _valid(pieces: list[str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for piece in pieces:
        try:
            found.append(_single(piece))
        except BadPhone:
            runs = [run for run in _RUN.findall(piece) if run != piece]
            found.extend(_valid(runs))
    return found


def _single(text: str) -> tuple[str, str]:
    """Return (E.164, note) of a text that should be one number; raises BadPhone."""
    if _NUMBER_WITH_LOOKALIKES.fullmatch(text) and sum(c.isdigit() for c in text) >= 6:
        text = text.translate(_LOOKALIKES)
    digits = text.translate(_DROP)
    plain = digits.removeprefix("+")
    if not (plain.isascii() and plain.isdigit()):
        raise BadPhone("not_a_number")
    if _SERVICE.fullmatch(digits):
        raise BadPhone("service")
    if _is_placeholder(plain):
        raise BadPhone("placeholder")
    if len(plain) < 8:
        raise BadPhone("too_short")
    return _mobile(digits) or _doubled_zero(digits) or _vietnamese(digits) or _by_metadata(digits)


def _is_placeholder(digits: str) -> bool:
    national = digits.removeprefix("84") if len(digits) > 10 else digits
    forms = (digits, national, "0" + national)
    return any(_FAKE.search(form) for form in forms) or national.lstrip("0") in {"1234567890", "123456789"}


def _doubled_zero(digits: str) -> tuple[str, str] | None:
    """Read 00901234567: some shop software adds a 0 to numbers that already have one."""
    if digits.startswith("00") and digits[1:4] in _MOBILE and len(digits) == 11:
        found = _mobile(digits[1:])
        return found and (found[0], "dropped_zero")
    return None


def _vietnamese(digits: str) -> tuple[str, str] | None:
    """Read mobiles after 0084 and landlines, old and new; None when the tables do not decide."""
    if digits.startswith("0084"):
        digits = "+" + digits[2:]
        mobile = _mobile(digits)
        if mobile:
            return mobile
    national, note = _national(digits)
    if national is None:
        return None
    if len(national) == 10 and (national[:2] in {"24", "28"} or national[:3] in _AREAS):
        return "+84" + national, note
    if len(national) == 9 and national[0] == "4":
        return "+8424" + national[1:], "converted_2017"
    if len(national) == 10 and national[0] in "3567" and national[:3] in _OLD_AREAS:
        return "+84" + _OLD_AREAS[national[:3]] + national[3:], "converted_2017"
    return None


def _national(digits: str) -> tuple[str | None, str]:
    """Return the number without trunk zero or country code, and the note of how it was found."""
    if digits.startswith("+84"):
        return digits[3:].removeprefix("0"), ""
    if digits[0] == "+":
        return None, ""
    if digits[0] == "0":
        return digits[1:], ""
    if digits.startswith("84") and len(digits) in {12, 13}:
        return digits[2:].removeprefix("0"), ""
    if len(digits) == 10 and digits[0] == "2":
        return digits, "restored_zero"
    return None, ""


def _by_metadata(digits: str) -> tuple[str, str]:
    """Read by the numbering plans of all countries; raises BadPhone."""
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    abroad = digits[0] == "+" and not digits.startswith("+84")
    try:
        number = phonenumbers.parse(digits, "VN")
    except phonenumbers.NumberParseException:
        raise BadPhone("foreign_unknown" if abroad else "not_a_number") from None
    if phonenumbers.is_valid_number(number):
        if phonenumbers.number_type(number) in _NON_PERSONAL_TYPES:
            raise BadPhone("service")
        return phonenumbers.format_number(number, PhoneNumberFormat.E164), "foreign" if abroad else ""
    if abroad:
        raise BadPhone("foreign_unknown")
    old = _old_landline_of_ten_digits(digits)
    if old is None:
        raise BadPhone("too_short" if len(digits) < 9 else "not_a_number")
    return old, "converted_2017"


def _old_landline_of_ten_digits(digits: str) -> str | None:
    """Read 061 3xxx xxx and similar: an area code from before 2017 that no mobile uses today."""
    if len(digits) == 10 and digits[0] == "0" and digits[:3] not in _MOBILE and digits[1:3] in _OLD_AREAS:
        return f"+84{_OLD_AREAS[digits[1:3]]}{digits[3:]}"
    return None


def converted_beginning(digits: str) -> str:
    """Return the first digits of a number, 0 or 84 before them or not, with the mobile prefix of since 2018.

    "01627152" becomes "0327152"; "" when the digits do not begin with a prefix of before.
    """
    bare = _after_country_code(digits) if digits.startswith("84") else digits.removeprefix("0")
    prefix = _CONVERTED.get(bare[:3])
    return f"0{prefix}{bare[3:]}" if prefix else ""


def display(e164: str) -> str:
    """Return the number for display: 0901 234 567, 028 3823 4567, 0236 3823 456; foreign ones with country code."""
    if not e164.startswith("+84"):
        try:
            return phonenumbers.format_number(phonenumbers.parse(e164), PhoneNumberFormat.INTERNATIONAL)
        except phonenumbers.NumberParseException:
            return e164
    national = "0" + e164[3:]
    if len(national) == 10:
        return f"{national[:4]} {national[4:7]} {national[7:]}"
    if len(national) != 11:
        return national
    if national[:3] in {"024", "028"}:
        return f"{national[:3]} {national[3:7]} {national[7:]}"
    return f"{national[:4]} {national[4:8]} {national[8:]}"
