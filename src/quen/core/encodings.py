"""Text of merchants' files, converted to Unicode.

There are two layers, because old Vietnamese text occurs in both. A *file encoding* turns bytes into text
(`file_encoding`, `CODECS`). A *column encoding* repairs text whose letters are wrong although the bytes
decoded (`detect_column`, `repair`): TCVN3, VNI and VPS were fonts, so their text is stored as western
letters in csv files and workbooks alike, and one file may mix such a column with a clean one.

Source: facts/legacy_encodings.json (tables, syllable lists and the measured method). Its rule of
thumb applies: decide per column of 20 cells or more, never per cell, and let the user change it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from functools import cache
from typing import Final

from quen.core import facts

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
_BREAKS: Final = re.compile("[ \t\r\n!-@\\[-`{-~]+")  # not \s: VPS uses U+001C and U+001D as letters
_TONES: Final = dict.fromkeys((0x300, 0x301, 0x303, 0x309, 0x323))
_HIGH_1252: Final = {
    ord(bytes([code]).decode("cp1252")): code
    for code in range(0x80, 0xA0)
    if code not in {129, 141, 143, 144, 157}
}
_HIGH_LATIN1: Final = {code: letter for letter, code in _HIGH_1252.items()}
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

    On a tie the text stays as it is ("unicode"). Reliable from twenty cells on.
    """
    text = _interesting(values)
    if not text:
        return UNICODE
    best, best_share = UNICODE, _share(text)
    plain_share = best_share
    for encoding in LEGACY:
        share = _share([repair(word, encoding) for word in text])
        if share > best_share:
            best, best_share = encoding, share
    # A few foreign words may become syllables by chance; the right encoding makes nearly all words syllables.
    return best if best_share >= 0.5 and best_share - plain_share >= 0.15 else UNICODE


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


def repairer(encoding: str) -> Callable[[str], str]:
    """Return the repair function of one encoding, for a caller with many cells."""
    return _repairs()[encoding]


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
        return text if text.isascii() else unicodedata.normalize("NFC", pattern.sub(one, text))

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
    try:
        return unicodedata.normalize("NFC", raw.decode("utf-8"))
    except UnicodeDecodeError:
        return text


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
    syllables = _syllables()
    parts = [part for word in words for part in _words(word)]
    return sum(_toneless(part) in syllables for part in parts) / len(parts) if parts else 0.0


def _toneless(word: str) -> str:
    spelled = unicodedata.normalize("NFD", word.lower()).translate(_TONES)
    return unicodedata.normalize("NFC", spelled)


@cache
def _syllables() -> frozenset[str]:
    lists = facts.load("legacy_encodings")["detection"]
    return frozenset(onset + rime for onset in ("", *lists["onsets"]) for rime in lists["rimes"])
