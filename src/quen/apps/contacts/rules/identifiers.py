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


def _read(key: str, text: str) -> str:
    if key == "other_phones":
        return phones.read(text).e164
    if key == "other_emails":
        return emails.read(text)
    if len(text) > MAX_CHARS:
        raise ValueError("too_long")
    return text
