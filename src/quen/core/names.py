"""Vietnamese personal names: family, middle and given name, leading titles, and names of anonymous sales."""

import re
from dataclasses import dataclass

from quen.core.facts import load
from quen.core.text import clean, fold


@dataclass(frozen=True, slots=True)
class NameParts:
    """A name in Vietnamese order. A single word is the given name."""

    family: str
    middle: str
    given: str


# Longest first, so that Tôn Nữ does not cut Công Tằng Tôn Nữ short. Folded.
_COMPOUND_FAMILIES = (("cong", "tang", "ton", "nu"), ("ton", "that"), ("ton", "nu"), ("au", "duong"))
_COMPOUND_STARTS = frozenset({"cong", "công", "ton", "tôn", "au", "âu"})

_TITLES = {title: title for title in ("anh", "chị", "ông", "bà", "cô", "chú", "em", "bạn")} | {
    "a": "anh",
    "c": "chị",
    "e": "em",
    "mr": "anh",
    "ms": "chị",
    "mrs": "chị",
    "miss": "chị",
    "a/c": "",
    "anh/chị": "",
    "anh/chi": "",
    "anh chị": "",
    "ông/bà": "",
}
_TITLE = re.compile(
    r"(anh\s*/\s*ch[ịi]|anh\s+chị|ông\s*/\s*bà|a\s*/\s*c|anh|chị|ông|bà|cô|chú|em|bạn|mrs|mr|ms|miss|a|c|e)"
    r"(?:\s*[.:]\s*|\s+)(?=\S)",
    re.IGNORECASE,
)
# Girls' names of two words in which Anh is no title.
_ANH_NAMES = frozenset({"anh thư", "anh đào", "anh thơ", "anh thy", "anh thi"})

_WALK_IN_VALUES: list[str] = load("import_headers")["values"]["walk_in_names"]["values"]
# "Anh" and "Chị" alone name nobody, but their folded forms are names (Ánh, Chi), so only longer words are folded.
_WALK_INS = frozenset(v.casefold() for v in _WALK_IN_VALUES) | frozenset(
    fold(v) for v in _WALK_IN_VALUES if len(v) > 4
)
_COUNTER = re.compile(r"[\s\d()#._-]+$")


def split(full_name: str) -> NameParts:
    """Split into family name (first word), given name (last word) and middle name (R-02).

    Four compound family names are known.
    """
    words = full_name.split()
    if len(words) < 2:
        return NameParts("", "", words[0] if words else "")
    taken = 1
    if len(words) > 2 and words[0].lower() in _COMPOUND_STARTS:
        taken = _family_words(words)
    return NameParts(" ".join(words[:taken]), " ".join(words[taken:-1]), words[-1])


def _family_words(words: list[str]) -> int:
    folded = tuple(fold(word) for word in words[:-1])
    return next((len(family) for family in _COMPOUND_FAMILIES if folded[: len(family)] == family), 1)


def join(parts: NameParts) -> str:
    """Return the full name of its parts."""
    return " ".join(part for part in (parts.family, parts.middle, parts.given) if part)


def strip_title(raw: str) -> tuple[str, str]:
    """Return (salutation, name) of "Chị Lan", "A. Tuấn", "C Hoa Q7". The salutation is empty when there is none.

    "Anh/chị Lan" loses its title without a salutation. A title alone stays the name (see is_walk_in).
    "Chi" without a mark is a name unless it comes before a single unmarked word, as in "Chi Hoa".
    """
    name = clean(raw)
    found = _TITLE.match(name)
    if found is None:
        return _strip_unmarked_chi(name)
    if name.lower() in _ANH_NAMES:
        return "", name
    word = re.sub(r"\s*/\s*", "/", found[1].lower())
    rest = name[found.end() :]
    return _TITLES[" ".join(word.split())], rest


def _strip_unmarked_chi(name: str) -> tuple[str, str]:
    words = name.split()
    if len(words) == 2 and words[0].lower() == "chi" and name.isascii() and words[1].isalpha():
        return "chị", words[1]
    return "", name


def is_walk_in(name: str) -> bool:
    """Return whether the name means anonymous sales (Khách lẻ, Khách vãng lai 02), which never become a contact."""
    word = name.strip().casefold()
    if word in _WALK_INS:
        return True
    if not word.startswith(("kh", "v", "w", "g", "no")):
        return False
    word = _COUNTER.sub("", clean(word))
    return word in _WALK_INS or (word.isascii() and fold(word) in _WALK_INS)


def call_name(full_name: str) -> str:
    """Return the word a person is addressed by: the given name, without title or a shop's remark ("Hoa Q7": Hoa)."""
    words = strip_title(full_name)[1].split()
    spoken = [word for word in words if word.isalpha()]
    capital = [word for word in spoken if word[0].isupper()]
    return (capital or spoken or words or [""])[-1]
