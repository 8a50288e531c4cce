"""Yes and no as files write them, and the many ways of leaving a cell empty."""

from quen.core.facts import load
from quen.core.text import clean, fold

_VALUES = load("import_headers")["values"]
# Words with a remark in brackets mean empty only in some columns; those columns decide, not this list.
_EMPTY_WORDS: list[str] = [word for word in _VALUES["empty"] if " (" not in word]
# Two-letter words are case-sensitive: NA means empty, but Na is a name.
_EMPTY = frozenset(_EMPTY_WORDS) | {word.casefold() for word in _EMPTY_WORDS if len(word) > 2}
_TRUE = frozenset(fold(word) for word in _VALUES["boolean_true"]) | {"dung", "roi", "on", "t", "✓", "✔"}
_FALSE = frozenset(fold(word) for word in _VALUES["boolean_false"]) | {"sai", "off", "f", "✗", "✘", "ko"}


class BadBool(ValueError):
    """Neither yes nor no. code: empty or unknown."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def is_empty(raw: object) -> bool:
    """Return whether a cell is empty: None, blanks, "-", "N/A", "Chưa có"… A zero is not empty."""
    if raw is None:
        return True
    if isinstance(raw, str):
        stripped = raw.strip()
        if not stripped:
            return True
        return len(stripped) <= 16 and (stripped in _EMPTY or clean(stripped).casefold() in _EMPTY)
    return isinstance(raw, float) and raw != raw  # a workbook's missing number


def read_bool(raw: object) -> bool:
    """Return True for Có, x, Yes, 1, Đồng ý… and False for Không, 0, Từ chối…; raises BadBool for any other cell."""
    if isinstance(raw, bool):
        return raw
    if is_empty(raw):
        raise BadBool("empty")
    word = f"{raw:g}" if isinstance(raw, float) else fold(clean(str(raw)))
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    raise BadBool("unknown")
