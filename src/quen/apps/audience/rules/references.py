"""What stored condition trees refer to by id, and how such a reference is replaced."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


def referred_to(tree: Any, field: str) -> Iterator[Any]:
    """Yield the values that conditions on a field have in a stored tree, one by one."""
    if isinstance(tree, Mapping):
        if tree.get("field") == field:
            value = tree.get("value")
            yield from value if isinstance(value, list) else () if value is None else (value,)
        for child in tree.values():
            yield from referred_to(child, field)
    elif isinstance(tree, list):
        for child in tree:
            yield from referred_to(child, field)


def with_reference_replaced(tree: Any, field: str, old: Any, new: Any) -> Any:
    """Return a stored tree whose conditions on a field name ``new`` instead of ``old``, each value once."""
    if isinstance(tree, list):
        return [with_reference_replaced(child, field, old, new) for child in tree]
    if not isinstance(tree, Mapping):
        return tree
    changed = {key: with_reference_replaced(child, field, old, new) for key, child in tree.items()}
    value = changed.get("value")
    if changed.get("field") == field and isinstance(value, list):
        changed["value"] = list(dict.fromkeys(new if each == old else each for each in value))
    elif changed.get("field") == field and value == old:
        changed["value"] = new
    return changed
