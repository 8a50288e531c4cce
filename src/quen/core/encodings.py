"""Text of merchants' files, converted to Unicode.

There are two layers, because old Vietnamese text occurs in both. A *file encoding* turns bytes into text
(`file_encoding`, `CODECS`). A *column encoding* repairs text whose letters are wrong although the bytes
decoded (`detect_column`, `repair`): TCVN3, VNI and VPS were fonts, so their text is stored as western
letters in csv files and workbooks alike, and one file may mix such a column with a clean one.

Source: facts/legacy_encodings.json (tables, syllable lists and the measured method). Its rule of
thumb applies: which encoding occurs is decided per column of 20 cells or more, and the user can change it. Whether
a cell of such a column is written in it is decided by the cell: one with letters outside the encoding is Unicode.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache
from typing import Final

from quen.core import facts
from quen.core.names import is_ordinary, starts_with_family
from quen.core.syllables import syllables, toneless

UNICODE: Final = "unicode"
LEGACY: Final = ("tcvn3", "vni", "vps", "cp1258", "mojibake")
COLUMN_ENCODINGS: Final = (UNICODE, *LEGACY)

# What a user may choose for a file, and the codec that reads it. Every 8-bit encoding is read as latin-1, which loses
# nothing; its letters are repaired per column.
CODECS: Final[dict[str, str]] = {
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8-sig",
    "utf-16": "utf-16",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
    "cp1252": "latin-1",
    "cp1258": "latin-1",
    "tcvn3": "latin-1",
    "vni": "latin-1",
    "vps": "latin-1",
}

_BOMS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_ENOUGH_WORDS: Final = 600
_ENOUGH_DOUBTFUL: Final = 3
_BREAKS: Final = re.compile("[ \t\r\n!-@\\[-`{-~]+")  # not \s: VPS uses U+001C and U+001D as letters
_HIGH_1252: Final = {
    ord(bytes([code]).decode("cp1252")): code
    for code in range(0x80, 0xA0)
    if code not in {129, 141, 143, 144, 157}
}
_HIGH_LATIN1: Final = {code: letter for letter, code in _HIGH_1252.items()}
#: letters that no 8-bit encoding has: a cell with one is Unicode already
_UNICODE_LETTER: Final = re.compile(
    "[\u0100-\u0151\u0154-\u015f\u0162-\u0177\u0179-\u017c\u017f-\u0191\u0193-\u02c5\u0300-\u036f\u0370-\u1fff\u2e80-\ud7ff]"
)
_INVALID_BYTES: Final = re.compile("[\udc80-\udcff]+")
_WORD: Final = re.compile(r"[^\W\d_]+")
_TWO_CAPITALS: Final = re.compile(r"[A-Z]\S*[A-Z]")


def file_encoding(head: bytes) -> str | None:
    """Return the encoding that the first bytes reveal: a byte order mark, or UTF-16 by its zeros. None: unmarked."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return name
    size = len(head) // 2
    if size < 4:
        return None
    even, odd = head[0 : size * 2 : 2].count(0), head[1 : size * 2 : 2].count(0)
    if odd > size * 0.3 and even < size * 0.02:
        return "utf-16-le"
    if even > size * 0.3 and odd < size * 0.02:
        return "utf-16-be"
    return None


def detect_column(values: Iterable[str]) -> str:
    """Return the encoding (one of COLUMN_ENCODINGS) in which most words are possible Vietnamese syllables.

    On a tie the text stays as it is ("unicode"). Reliable from twenty cells on. A few cells in a legacy encoding among
    Unicode ones are enough.
    """
    text = _interesting(values)
    if not text:
        return UNICODE
    best, plain_share, best_share = _best(text)
    # A few foreign words may become syllables by chance; the right encoding makes nearly all words syllables.
    if best_share >= 0.5 and best_share - plain_share >= 0.15:
        # One word that VNI makes a syllable is a western name: Loïc.
        return best if best == "tcvn3" or _mended(text, best) > 1 else UNICODE
    known = syllables()
    doubtful = [word for word in text if _UNICODE_LETTER.search(word) is None and toneless(word) not in known]
    best, _plain_share, best_share = _best(doubtful)
    return best if len(doubtful) >= _ENOUGH_DOUBTFUL and best_share >= 0.9 else UNICODE


def _mended(words: list[str], encoding: str) -> int:
    """Return how many words are syllables only in an encoding."""
    return sum(_share([word]) < 1 and _share([repair(word, encoding)]) == 1 for word in words)


def _best(words: list[str]) -> tuple[str, float, float]:
    """Return the encoding that makes most words syllables, their share as they are, and with it."""
    best, best_share = UNICODE, _share(words)
    plain_share = best_share
    for encoding in LEGACY:
        share = _share([repair(word, encoding) for word in words])
        if share > best_share:
            best, best_share = encoding, share
    return best, plain_share, best_share


def is_mixed(values: Iterable[str], encoding: str) -> bool:
    """Return whether a column in a legacy encoding also has cells that are Unicode already."""
    read = repairer(encoding)
    for value in values:
        if value.isascii():
            continue
        reading = read(value)
        if _UNICODE_LETTER.search(value) or (reading != value and _fit(value) > _fit(reading)):
            return True
    return False


def best_reading(text: str, encodings: Iterable[str]) -> str:
    """Return a short text (a heading) repaired by the likeliest of some encodings; unchanged on a tie."""
    best, best_share = text, _share(_words(text))
    for encoding in encodings:
        reading = repair(text, encoding)
        share = _share(_words(reading))
        if share > best_share:
            best, best_share = reading, share
    return best


def repair(text: str, encoding: str) -> str:
    """Return text of a legacy encoding as Unicode (NFC). Text that does not fit the encoding stays unchanged.

    TCVN3 has no marked capitals: its fonts drew them. A word whose other letters are capitals becomes all capitals; a
    cell whose capitals all came from a font ending in H becomes lower case, since the text does not record the font.
    """
    return _repairs()[encoding](text)


def repairer(encoding: str, *, mixed: bool = False, eight_bit: bool = False) -> Callable[[str], str]:
    """Return the repair function of one encoding, for a caller with many cells.

    mixed: the column has Unicode cells too, so each cell is read as what makes more of its words Vietnamese.
    eight_bit: the cells are bytes read as latin-1, among which some are UTF-8.
    """
    read = _repairs()[encoding]
    if mixed:
        read = _where_it_fits_better(read)
    return _unless_utf8(read) if eight_bit else read


def undamaged(text: str) -> str:
    """Return text that was decoded from UTF-8 with "surrogateescape" without its invalid bytes.

    Each becomes U+FFFD, so that the rest of the cell stays readable. A cell all of whose letters beyond ASCII are
    invalid was written in an older encoding, and is repaired where that makes its words Vietnamese.
    """
    if _INVALID_BYTES.search(text) is None:
        return text
    rest = _INVALID_BYTES.sub("", text)
    if rest.isascii():
        raw = text.encode("utf-8", "surrogateescape").decode("latin-1")
        if len(raw) - len(rest) > 1:
            reading = best_reading(raw, LEGACY)
            words = [word for word in _words(reading) if not word.isascii()]
            if reading != raw and words and _share(words) == 1:
                return reading
    return _INVALID_BYTES.sub("\ufffd", text)


def letters_beyond_ascii(text: str) -> tuple[int, int]:
    """Return the number of letters beyond ASCII of a text decoded with "surrogateescape", and how many are no text."""
    return len(text) - len(text.encode("ascii", "ignore")), sum(map(len, _INVALID_BYTES.findall(text)))


def _where_it_fits_better(read: Callable[[str], str]) -> Callable[[str], str]:
    def read_cell(text: str) -> str:
        reading = read(text)
        return reading if reading != text and _fit(reading) > _fit(text) else text

    return read_cell


def _unless_utf8(read: Callable[[str], str]) -> Callable[[str], str]:
    def read_cell(text: str) -> str:
        if text.isascii():
            return read(text)
        try:
            return unicodedata.normalize("NFC", text.encode("latin-1").decode("utf-8"))
        except UnicodeError:
            return read(text)

    return read_cell


def _fit(text: str) -> tuple[float, bool]:
    """Return how well a cell reads: the share of syllables, and whether it begins with a family name."""
    return _share(_words(text)), is_ordinary(text) or starts_with_family(text)


@cache
def _repairs() -> dict[str, Callable[[str], str]]:
    table = facts.load("legacy_encodings")
    return {
        UNICODE: _unchanged,
        "cp1252": _from_cp1252,
        "tcvn3": _letter_by_letter(table["tcvn3"]["map"], restore_capitals=True),
        "vps": _letter_by_letter(table["vps"]["map"], restore_capitals=False),
        "vni": _longest_first(table["vni"]["map"]),
        "cp1258": _from_cp1258,
        "mojibake": _from_mojibake,
    }


def _unchanged(text: str) -> str:
    return text


def _letter_by_letter(letters: dict[str, str], *, restore_capitals: bool) -> Callable[[str], str]:
    changes: dict[int, str] = {ord(old): new for old, new in letters.items()}
    # The same byte, when it was decoded as windows-1252 earlier.
    changes |= {_HIGH_LATIN1[code]: new for code, new in changes.items() if code in _HIGH_LATIN1}
    controls = any(code < 0x20 for code in changes)

    def read(text: str) -> str:
        if text.isascii() and not (controls and not text.isprintable()):
            return text
        if _UNICODE_LETTER.search(text):
            return text
        text = unicodedata.normalize("NFC", text.translate(changes))
        return _WORD.sub(_restore_capitals, text) if restore_capitals and _TWO_CAPITALS.search(text) else text

    return read


def _restore_capitals(match: re.Match[str]) -> str:
    word = match[0]
    plain = [letter for letter in word if letter.isascii()]
    return word.upper() if len(plain) > 1 and all(map(str.isupper, plain)) else word


def _longest_first(pairs: dict[str, str]) -> Callable[[str], str]:
    changes = dict(pairs)
    for old, new in pairs.items():  # a capital with a small mark occurs too
        if len(old) == 2 and old[0].islower():
            changes.setdefault(old[0].upper() + old[1], new.upper())
            changes.setdefault(old.upper(), new.upper())
    pattern = re.compile("|".join(map(re.escape, sorted(changes, key=len, reverse=True))))

    def one(match: re.Match[str]) -> str:
        return changes[match[0]]

    def read(text: str) -> str:
        if text.isascii() or _UNICODE_LETTER.search(text):
            return text
        return unicodedata.normalize("NFC", pattern.sub(one, text))

    return read


def _as_bytes(text: str) -> bytes | None:
    try:
        return text.translate(_HIGH_1252).encode("latin-1")
    except UnicodeEncodeError:
        return None


def _from_cp1252(text: str) -> str:
    return text if text.isascii() else text.translate(_HIGH_LATIN1)


def _from_cp1258(text: str) -> str:
    raw = None if text.isascii() else _as_bytes(text)
    if raw is None:
        return text
    return unicodedata.normalize("NFC", raw.decode("cp1258", "replace"))


def _from_mojibake(text: str) -> str:
    raw = None if text.isascii() else _as_bytes(text)
    if raw is None:
        return text
    decoded = raw.decode("utf-8", "surrogateescape")
    beyond, invalid = letters_beyond_ascii(decoded)
    if invalid * 2 >= beyond:
        return text
    return unicodedata.normalize("NFC", _INVALID_BYTES.sub("\ufffd", decoded))


def _interesting(values: Iterable[str]) -> list[str]:
    """Return the distinct words that an encoding could have changed."""
    found: dict[str, None] = {}
    for value in values:
        if value.isascii() and value.isprintable():
            continue
        for word in _words(value):
            # A single sign such as € or © would be a syllable in an old font.
            if len(word) > 1 and not (word.isascii() and word.isprintable()):
                found[word] = None
        if len(found) > _ENOUGH_WORDS:
            break
    return list(found)


def _words(text: str) -> list[str]:
    return [word for word in _BREAKS.split(text) if word]


def _share(words: list[str]) -> float:
    """Return the share of words that are possible syllables; a word that splits on repair counts by its parts."""
    known = syllables()
    parts = [part for word in words for part in _words(word)]
    return sum(toneless(part) in known for part in parts) / len(parts) if parts else 0.0
