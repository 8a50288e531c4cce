"""Countries: from a name in Vietnamese or English, or a code, to ISO 3166-1 alpha-2 and back."""

from functools import lru_cache
from types import MappingProxyType

from quen.core.booleans import is_empty
from quen.core.facts import load
from quen.core.text import clean, fold

_COUNTRIES = load("countries")["countries"]

CODES: tuple[str, ...] = tuple(country["alpha2"] for country in _COUNTRIES)
_NAMES = MappingProxyType({country["alpha2"]: country for country in _COUNTRIES})


class BadCountry(ValueError):
    """No country can be read. code: empty or unknown."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _key(words: str) -> str:
    return "".join(c for c in fold(words) if c.isalnum())


_BY_EXACT: dict[str, str] = {
    name.casefold(): country["alpha2"]
    for country in _COUNTRIES
    for name in (country["vi"], country["en"], *country["aliases"])
}
_BY_KEY: dict[str, str] = {
    _key(country[code]): country["alpha2"] for code in ("alpha3", "alpha2") for country in _COUNTRIES
}
# Names override codes, so that "my" is Mỹ; the code MY in capitals is found earlier (see _find).
_BY_KEY |= {_key(name): code for name, code in _BY_EXACT.items()}


def read_country(raw: object) -> str:
    """Return the ISO 3166-1 alpha-2 code of "Việt Nam", "viet nam", "VN", "VNM", "84"…; raises BadCountry."""
    if is_empty(raw):
        raise BadCountry("empty")
    found = _find(f"{raw:g}" if isinstance(raw, float) else str(raw))
    if found is None:
        raise BadCountry("unknown")
    return found


@lru_cache(maxsize=1024)
def _find(raw: str) -> str | None:
    """Find a code. Capital codes win over names without marks: LA is Laos. Marks in a name must match."""
    words = clean(raw)
    if words in _NAMES:
        return words
    exact = _BY_EXACT.get(words.casefold())
    if exact:
        return exact
    key = _key(words)
    return _BY_KEY.get(key) or _BY_KEY.get(key.removeprefix("nuoc")) or None


def name(iso2: str, language: str = "vi") -> str:
    """Return the country's name in Vietnamese ("vi", "vi-vn") or else English; an unknown code unchanged."""
    country = _NAMES.get(iso2.upper())
    if country is None:
        return iso2
    spelled: str = country["vi" if language.lower().startswith("vi") else "en"]
    return spelled
