"""Email addresses as files and people write them."""

import re
import unicodedata

from quen.core.booleans import is_empty
from quen.core.facts import load

_ADDRESS = re.compile(
    r"[a-z0-9!#$%&'+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'+/=?^_`{|}~-]+)*"
    r"@(?:[^\W_](?:[^\W_]|-(?=[^\W_]|-+[^\W_])){0,62}\.)+"
    r"(?:[^\W\d_]{2,63}|xn--[a-z0-9-]{2,59})"
)
_FAKE = re.compile("|".join(f"(?:{p})" for p in load("import_headers")["values"]["fake_email_patterns"]))
_HIDDEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


class BadEmail(ValueError):
    """Not an address that can be stored. code: empty, syntax or placeholder (made up by a shop, masked, example)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read(raw: object) -> str:
    """Return the address in lower case and NFC; raises BadEmail.

    Accepts surrounding blanks, `mailto:`, "Lan <lan@x.vn>" and a trailing full stop. Nothing is guessed: a comma
    for a point or a marked letter before the @ is a syntax error. Addresses made up by shops
    (0901234567@84.phone), examples and masked addresses are placeholders.
    """
    if is_empty(raw):
        raise BadEmail("empty")
    address = str(raw).strip().lower()
    if _ADDRESS.fullmatch(address) is None or not address.isascii():
        address = _unwrapped(address)
        if "*" in address and "@" in address:
            raise BadEmail("placeholder")
        if _ADDRESS.fullmatch(address) is None:
            raise BadEmail("syntax")
    if len(address) > 254 or address.index("@") > 64:
        raise BadEmail("syntax")
    if _FAKE.search(address):
        raise BadEmail("placeholder")
    return address


def _unwrapped(address: str) -> str:
    address = unicodedata.normalize("NFC", address.translate(_HIDDEN)).strip()
    if address.endswith(">") and "<" in address:
        address = address[address.rindex("<") + 1 : -1]
    return address.removeprefix("mailto:").strip().rstrip(".,;").strip(" '\"")
