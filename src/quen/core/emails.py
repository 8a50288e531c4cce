"""Email addresses as files and people write them."""

import re
import unicodedata
from contextlib import suppress

from quen.core.booleans import is_empty
from quen.core.facts import load

_ADDRESS = re.compile(
    r"[a-z0-9!#$%&'+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'+/=?^_`{|}~-]+)*"
    r"@(?:[^\W_](?:[^\W_]|-(?=[^\W_]|-+[^\W_])){0,62}\.)+"
    r"(?:[^\W\d_]{2,63}|xn--[a-z0-9-]{2,59})"
)
_FAKE = re.compile("|".join(f"(?:{p})" for p in load("import_headers")["values"]["fake_email_patterns"]))
#: between the addresses of a cell
_SEVERAL = re.compile(r"[;,|\n\r\t]|:::|\s/\s|/(?=[^/@]+@)|\s(?:và|hoặc|or|and|&)\s|&(?=[^&@]+@)")
#: "Lan <lan@x.vn>, Hoa <hoa@x.vn>"
_NAMED = re.compile(r"<\s*([^<>\s]+@[^<>\s]+)\s*>")
_LOCAL_PART = re.compile(r"[a-z0-9!#$%&'+/=?^_`{|}~.-]+")
#: words before an address that are no part of it
_LABELS = frozenset(
    {
        "email",
        "mail",
        "e-mail",
        "gmail",
        "work",
        "home",
        "other",
        "cty",
        "kt",
        "cc",
        "nv",
        "gd",
        "main",
        "office",
        "to",
    }
)
_ENDINGS = frozenset({"com", "vn", "net", "org", "com.vn", "edu.vn"})
_HIDDEN = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))


class BadEmail(ValueError):
    """Not an address that can be stored. code: empty, syntax or placeholder (made up by a shop, masked, example)."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read(raw: object) -> str:
    """Return the address in lower case and NFC, a domain name in its own letters; raises BadEmail.

    xn--tnmin-hsa0954c.vn is tênmiền.vn, so that a mailbox has one spelling. Accepts surrounding blanks, `mailto:`,
    "Lan <lan@x.vn>" and a trailing full stop. Nothing is guessed: a comma for a point or a marked letter before the @
    is a syntax error. Addresses made up by shops (0901234567@84.phone), examples and masked addresses are placeholders.
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
    if "xn--" in address:
        address = _in_own_letters(address)
    if len(address) > 254 or address.index("@") > 64:
        raise BadEmail("syntax")
    if _FAKE.search(address):
        raise BadEmail("placeholder")
    return address


def read_all(raw: object) -> tuple[str, ...]:
    """Return the addresses of a cell that holds several, or one beside other words; raises BadEmail for none.

    "a@x.vn; b@x.vn", "lan@x.vn (kế toán)", "Email: lan@x.vn". Words that may be part of an address with a blank typed
    into it ("lan huong@x.vn") are not guessed at.
    """
    try:
        first = (read(raw),)
    except BadEmail as refusal:
        if refusal.code == "empty" or not isinstance(raw, str) or "@" not in raw:
            raise
        found = _among_words(raw)
        if not found:
            raise
        return found
    # Of "Lan <lan@x.vn>, Hoa <hoa@x.vn>" read() returns the last.
    return first if str(raw).count("@") == 1 else _among_words(str(raw)) or first


def _among_words(raw: str) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for piece in _SEVERAL.split(_NAMED.sub(r" ; \1 ; ", raw)):
        tokens = [token for token in piece.split() if token.strip("()[]<>\"'-–—:")]
        for at, token in enumerate(tokens):
            if "@" not in token or _is_broken(tokens, at):
                continue
            with suppress(BadEmail):
                found[read(token.strip("()[]<>:").rpartition(":")[2])] = None
    return tuple(found)


def _is_broken(tokens: list[str], at: int) -> bool:
    """Return whether an address may go on in the words beside it."""
    before, after = tokens[at - 1] if at else "", tokens[at + 1] if at + 1 < len(tokens) else ""
    if after.startswith((".", "@", ",")) or after.rstrip(".,").lower() in _ENDINGS or "@" in after[:1]:
        return True
    plain = before.rstrip("-–—")
    return bool(_LOCAL_PART.fullmatch(plain)) and plain.lower() not in _LABELS


def _in_own_letters(address: str) -> str:
    """Return an address with the internationalised parts of its domain name as letters, where they are valid."""
    mailbox, _at, domain = address.rpartition("@")
    labels = []
    for label in domain.split("."):
        try:
            own = (
                label.removeprefix("xn--").encode().decode("punycode") if label.startswith("xn--") else label
            )
        except UnicodeError:
            return address
        own = unicodedata.normalize("NFC", own.lower())
        if own != label and own.encode("punycode").decode() != label.removeprefix("xn--"):
            return address
        labels.append(own)
    readable = f"{mailbox}@{'.'.join(labels)}"
    return readable if _ADDRESS.fullmatch(readable) else address


def _unwrapped(address: str) -> str:
    address = unicodedata.normalize("NFC", address.translate(_HIDDEN)).strip()
    if address.endswith(">") and "<" in address:
        address = address[address.rindex("<") + 1 : -1]
    return address.removeprefix("mailto:").strip().rstrip(".,;").strip(" '\"")
