"""Gender as files write it. Digits are never guessed: 0/1 and 1/2 differ between shop systems."""

import re
from typing import Literal

from quen.core.booleans import is_empty
from quen.core.facts import load
from quen.core.text import clean

Gender = Literal["male", "female", "other"]

_MORE: dict[Gender, tuple[str, ...]] = {
    "male": ("Đàn ông", "Con trai", "Chú", "Mr.", "Man", "Boy"),
    "female": ("Đàn bà", "Phụ nữ", "Con gái", "Ms.", "Mrs.", "Miss", "Woman", "Girl"),
    "other": ("LGBT", "Giới tính khác", "Giới tính thứ ba", "Non-binary"),
}
_WORDS: dict[str, Gender] = {
    word.casefold(): gender
    for gender, more in _MORE.items()
    for word in (*load("import_headers")["values"]["gender"][gender], *more)
}


_APART = re.compile(r"[/|,;()\[\]]|\s[-–]\s")
_AROUND = re.compile(r"^(?:giới tính|giới|phái|gender|sex|là|khách|kh)[ :]+|[ .]+(?:giới|tính|gender|sex)$")


class BadGender(ValueError):
    """No gender can be read. code: empty, digits (only the file's owner knows what they mean) or unknown."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read_gender(raw: object) -> Gender:
    """Return the gender of Nam, Nữ, Khác, M, F, Anh, Chị…; raises BadGender."""
    if is_empty(raw):
        raise BadGender("empty")
    word = clean(str(raw)).casefold()
    gender = _WORDS.get(word) or _said_twice(word)
    if gender is None:
        raise BadGender("digits" if word.replace(".", "").isdigit() else "unknown")
    return gender


def _said_twice(words: str) -> Gender | None:
    """Return the gender of words around one: "giới tính nam", "nữ giới", "Nam (Male)"; None when they disagree."""
    parts = [part.strip(" .:-") for part in _APART.split(words)]
    found = {_WORDS.get(_AROUND.sub("", part)) for part in parts if part}
    return found.pop() if len(found) == 1 else None
