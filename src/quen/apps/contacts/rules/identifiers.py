"""What identifies a contact besides the main phone and email: customer codes, further phones and emails."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quen.core import emails, phones
from quen.core.text import clean

#: the system of the identities behind each key of ``values``
SYSTEMS: MappingProxyType[str, str] = MappingProxyType(
    {"customer_code": "code", "other_phones": "phone", "other_emails": "email"}
)
LABELS: MappingProxyType[str, str | Promise] = MappingProxyType(
    {
        "customer_code": _("Customer code"),
        "other_phones": _("Other phones"),
        "other_emails": _("Other emails"),
    }
)
MAX_CHARS: Final = 200
_SEPARATORS: Final = re.compile(r"[,;\n]+")


def read_identifiers(key: str, raw: Any) -> list[str]:
    """Return the values typed for a key, separated by commas or lines, as they are stored. Raises ValueError."""
    pieces = raw if isinstance(raw, list | tuple) else _SEPARATORS.split(str(raw or ""))
    found = [_read(key, text) for piece in pieces if (text := clean(str(piece)))]
    return list(dict.fromkeys(found))


def typed_identifiers(key: str, values: list[str]) -> str:
    """Return stored values as they would be typed."""
    return ", ".join(phones.display(value) if key == "other_phones" else value for value in values)


def search_beginnings(query: str) -> list[str]:
    """Return the beginnings of identifiers that a search text may mean; none for a text too short to tell.

    Codes are found in capitals or small letters, however they are typed.
    """
    typed = clean(query)
    digits = re.sub(r"[\s.\-()]", "", typed)
    beginnings = [typed, typed.upper(), typed.lower()] if len(typed) >= _MIN_CHARS else []
    if len(digits) >= _MIN_CHARS and digits.removeprefix("+").isdecimal():
        beginnings.append(f"+84{digits[1:]}" if digits.startswith("0") else f"+{digits.removeprefix('+')}")
    return list(dict.fromkeys(beginnings))


_MIN_CHARS: Final = 3


def _read(key: str, text: str) -> str:
    if key == "other_phones":
        return phones.read(text).e164
    if key == "other_emails":
        return emails.read(text)
    if len(text) > MAX_CHARS:
        raise ValueError("too_long")
    return text
