"""Names: the full name and its parts complete each other (R-02); all can be edited."""

from __future__ import annotations

from collections.abc import Mapping

from quen.core import names, text
from quen.core.call_names import call_name, is_organisation, spoken
from quen.core.names import NameParts

PARTS = ("family_name", "middle_name", "given_name")


def complete_names(values: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """Return every name column after ``values`` were entered over ``before``.

    A full name sets the parts, parts set the full name; entered together, both are kept as entered. The call name
    follows the full name until it is corrected by hand.
    """
    has_parts = any(values.get(part) for part in PARTS)
    after = {key: before.get(key, "") for key in ("full_name", *PARTS, "call_name", "salutation")}
    after |= {key: value for key, value in values.items() if key in after}
    if values.get("full_name") and not has_parts and values["full_name"] != before.get("full_name", ""):
        parts = parts_of(after["full_name"])
        after |= {"family_name": parts.family, "middle_name": parts.middle, "given_name": parts.given}
    elif "full_name" in values and not values["full_name"] and not has_parts:
        after |= dict.fromkeys(PARTS, "")
    elif has_parts and not values.get("full_name"):
        after["full_name"] = names.join(NameParts(*(after[part] for part in PARTS)))
    if not values.get("call_name") and _call_name_is_derived(before):
        after["call_name"] = call_name(after["full_name"])
    return after | {"sort_key": text.sort_key(after["full_name"])[:400]}


def parts_of(full_name: str) -> NameParts:
    """Return the parts of a full name; none for an organisation. What a shop has noted around a name is no part."""
    if is_organisation(full_name):
        return NameParts("", "", "")
    return names.split(spoken(full_name) or full_name)


def _call_name_is_derived(before: Mapping[str, str]) -> bool:
    current = before.get("call_name", "")
    return not current or current == call_name(before.get("full_name", ""))
