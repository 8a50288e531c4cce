"""Further addresses of a contact: their columns, and how a cell of a file writes them (CON-71)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from quen.apps.contacts.rules.addresses import complete_address
from quen.apps.contacts.rules.values import LIMITS
from quen.core import countries
from quen.core.text import clean

#: every column of an address
COLUMNS: Final = ("country", "province", "province_before", "city", "district", "ward", "address_line")
#: the parts of an address in a cell, in their order
PARTS: Final = ("address_line", "ward", "district", "city", "country")
#: between the parts of one address; nobody types it
PART_SEPARATOR: Final = " · "
#: between addresses; a stored address has none of them
_SEPARATORS: Final = re.compile(r"[;|\n]+")


def further_address(values: Mapping[str, str]) -> dict[str, str]:
    """Return the columns of an address as a further one, with nothing that separates addresses in a cell."""
    return {name: clean(_SEPARATORS.sub(",", str(values.get(name) or ""))) for name in COLUMNS}


def is_empty(address: Mapping[str, str]) -> bool:
    """Return whether an address says nowhere."""
    return not any(address[name] for name in ("address_line", "ward", "district", "city"))


def read_addresses(cell: str) -> list[dict[str, str]]:
    """Return the columns of the addresses in a cell, separated by lines, semicolons or bars.

    An address is a text, or its parts in the order of PARTS as an export writes them. Too long a part is cut.
    """
    found = []
    for text in _SEPARATORS.split(cell):
        parts = [clean(part) for part in text.split(PART_SEPARATOR.strip())]
        values = dict.fromkeys(PARTS, "") | dict(zip(PARTS, parts, strict=False))
        values["country"] = _country(values["country"])
        values = {name: value[: LIMITS.get(name, 2)] for name, value in values.items()}
        address = dict.fromkeys(COLUMNS, "") | values
        if values["city"]:
            address |= complete_address(
                {name: values[name] for name in ("country", "city") if values[name]}, {}
            )
        if not is_empty(address) and address not in found:
            found.append(address)
    return found


def _country(raw: str) -> str:
    try:
        return countries.read_country(raw) if raw else ""
    except countries.BadCountry:
        return ""
