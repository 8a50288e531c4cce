"""Vietnamese text: cleaned on input, folded for comparison, with keys for sorting and searching.

Searching folds text twice, here (`search_fold`) and in the database (`folded_in_sql`); both give the same. What is
folded how, and what a search text finds, is in docs/algorithms/search.md.
"""

import re
import unicodedata
from functools import lru_cache

_TONES = {"\u0300": "2", "\u0309": "3", "\u0303": "4", "\u0301": "5", "\u0323": "6"}  # huyền hỏi ngã sắc nặng
_VARIANTS = {"\u0306": "1", "\u0302": "2", "\u031b": "2"}  # ă; â ê ô; ơ ư (ơ follows ô, see _letter_rank)
_RANKED = frozenset("adeou")


def _vietnamese_letters() -> dict[str, str]:
    """Return each marked letter of Vietnamese, both cases, with its plain lower-case letter: 134 of them."""
    letters = {"đ": "d"}
    for vowel in "aăâeêioôơuưy":
        plain = unicodedata.normalize("NFD", vowel)[0]
        for tone in ("", *_TONES):
            letters[unicodedata.normalize("NFC", vowel + tone)] = plain
    marked = {letter: plain for letter, plain in letters.items() if letter != plain}
    return marked | {letter.upper(): plain for letter, plain in marked.items()}


_MARKED = _vietnamese_letters()
_CAPITALS = {chr(code): chr(code + 32) for code in range(65, 91)}

SEARCH_FROM = "".join(_MARKED) + "".join(_CAPITALS)
SEARCH_TO = "".join(_MARKED.values()) + "".join(_CAPITALS.values())

_PLAIN = str.maketrans(SEARCH_FROM, SEARCH_TO)


def clean(s: str) -> str:
    """Return the text as stored: NFC, no control or zero-width characters, one space between words, none around.

    A soft hyphen goes too, so text in TCVN3 (where it is the letter ư) must be repaired before.
    """
    if s.isprintable() and "  " not in s and (s.isascii() or unicodedata.is_normalized("NFC", s)):
        return s.strip()
    folded = " ".join(s.split())
    if not folded.isprintable():
        kept = (c for c in folded if c == " " or unicodedata.category(c) not in {"Cc", "Cf", "Cs"})
        folded = "".join(kept)
    return " ".join(unicodedata.normalize("NFC", folded).split())


def clean_lines(s: str) -> str:
    """Return cleaned text that keeps its line breaks, for notes and addresses of several lines."""
    return "\n".join(clean(line) for line in s.splitlines()).strip("\n")


def fold(s: str) -> str:
    """Return lower case without marks, đ as d: hoà, hòa and HOA become equal. For comparing, never for display."""
    if s.isascii():
        return s.lower()
    folded = s.translate(_PLAIN)
    if not folded.isascii():
        decomposed = unicodedata.normalize("NFD", folded.lower())
        folded = "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_PLAIN)
    return folded.lower()


def sort_key(full_name: str) -> str:
    """Return an ASCII key that sorts names as Vietnamese registers do: given name, then middle, then family name.

    Letters come in the order a ă â b c d đ e ê g … o ô ơ … u ư …, and within equal letters the tones none,
    huyền, hỏi, ngã, sắc, nặng. Compare it byte by byte (collation C). A row without a name sorts last.
    """
    keys = [key for word in full_name.split() if (key := _word_key(word))]
    if not keys:
        return "~"
    # Words inside the middle name are joined by "!", which sorts after the space between the three parts.
    middle = "!".join(keys[1:-1])
    family = keys[0] if len(keys) > 1 else ""
    return f"{keys[-1]} {middle} {family}".rstrip()


@lru_cache(maxsize=16_384)
def _word_key(word: str) -> str:
    """Return the letters in Vietnamese order, a dot, then one tone digit for each letter that bears a tone."""
    letters: list[str] = []
    tones: list[str] = []
    for char in unicodedata.normalize("NFC", word).lower():
        base, rank, tone = _letter(char)
        if base:
            letters.append(base + rank)
            tones.append(tone)
    if not letters:
        return ""
    return "".join(letters) + "." + ("".join(tones) or "1")


def _letter(char: str) -> tuple[str, str, str]:
    """Return (base, rank among its letters, tone) of a lower-case character; the base is empty for punctuation."""
    if char == "đ":
        return "d", "1", ""
    decomposed = unicodedata.normalize("NFD", char)
    base, marks = decomposed[0], decomposed[1:]
    if not base.isalnum():
        return "", "", ""
    if not base.isascii():
        return f"{{{ord(base):05x}", "", ""
    rank = "0" if base in _RANKED else ""
    tone = ""
    for mark in marks:
        if mark in _TONES:
            tone = _TONES[mark]
        elif mark in _VARIANTS and rank:
            rank = _letter_rank(base, mark)
    return base, rank, tone


def _letter_rank(base: str, mark: str) -> str:
    """Return the rank of a marked letter in the order a ă â; e ê; o ô ơ; u ư."""
    if mark == "\u031b":
        return "2" if base == "o" else "1"
    if mark == "\u0302":
        return "2" if base == "a" else "1"
    return "1"


_PHONE_RUN = re.compile(r"(?<![^\s,;(])\(?(?:\+|0)[\d\s.\-()/]*\d|(?<![^\s,;(])84[\d.\-()]*\d")


def search_terms(query: str) -> list[str]:
    """Return the words to search for, folded like the stored search text; a phone number becomes one word of digits.

    "0905 318" becomes ["0905318"]; "+84 905", "84905" and "0084905" become ["84905"]; nine digits that lost their
    leading zero get it back. Empty for a query without letters or digits.
    """
    terms: list[str] = []
    rest = clean(query)
    for run in _PHONE_RUN.findall(rest):
        digits = re.sub(r"\D", "", run)
        if len(digits) >= 3:
            terms.append(digits[2:] if digits.startswith("0084") else digits)
            rest = rest.replace(run, " ", 1)
    words = [search_fold(word).strip("()[],;:\"'") for word in rest.split()]
    for word in words:
        digits = re.sub(r"[.\-]", "", word)
        lost_zero = len(digits) == 9 and digits.isdecimal() and digits[0] in "35789"
        terms.append("0" + digits if lost_zero and not digits.startswith("84") else word)
    return list(dict.fromkeys(term for term in terms if any(c.isalnum() for c in term)))


def escape_like(s: str) -> str:
    """Return a text for LIKE in which no character is a wildcard."""
    return s.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


#: what NFD leaves beside a letter: the marks of Vietnamese and of other Latin, Greek and Cyrillic letters
_COMBINING = re.compile("[\u0300-\u036f]+")
_FOLDED = str.maketrans({"đ": "d", "Đ": "d", "\n": " ", **_CAPITALS})


def search_fold(s: str) -> str:
    """Return text as it is searched: without marks, đ as d, a to z in lower case, in one line.

    The same on every server, whatever its locale: capitals of other alphabets stay, and so does ß.
    """
    if s.isascii():
        return s.lower().replace("\n", " ")
    return _COMBINING.sub("", unicodedata.normalize("NFD", s)).translate(_FOLDED)


def folded_in_sql(expression: str) -> str:
    """Return the SQL of ``search_fold`` on a text expression; immutable, so that columns and indexes may use it.

    Marks are stripped before lower(): that of the C locale knows a to z only. A seventh of the time of translate()
    with all letters of Vietnamese, which walks the whole string for every letter it does not find.
    """
    return (
        f"lower(translate(regexp_replace(normalize({expression}, NFD), '[\u0300-\u036f]+', '', 'g'),"
        " 'đĐ' || chr(10), 'dd ') COLLATE \"C\")"
    )
