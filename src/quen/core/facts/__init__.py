"""Facts as data: phone prefixes, provinces, header words, legacy encodings, the calendar, countries."""

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def load(name: str) -> dict[str, Any]:
    """Return the facts file `name` (without .json). It is read once and shared: never change the result."""
    text = files(__name__).joinpath(f"{name}.json").read_text(encoding="utf-8")
    facts: dict[str, Any] = json.loads(text)
    return facts
