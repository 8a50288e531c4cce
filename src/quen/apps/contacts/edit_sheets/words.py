"""What the pages of a returned workbook say of the file, and of cells that are not accepted."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from quen.apps.contacts.importing.issues import MESSAGES
from quen.apps.contacts.models import EditSheet
from quen.ui.tags.filters import num


def notes_of(sheet: EditSheet) -> tuple[int, list[tuple[str, str]]]:
    """Return how many people have no change, and what else is to be said of the file: icon and text."""
    found = sheet.found
    notes = [
        (
            "key-round",
            found.get("unknown", 0),
            _("Rows that are not recognized, because their key was altered: %(n)s"),
        ),
        ("user-plus", found.get("added", 0), _("Rows without a key, which add nobody: %(n)s")),
        ("copy", found.get("repeated", 0), _("Rows that repeat a customer of the file: %(n)s")),
        ("user-x", found.get("gone", 0), _("Customers who were deleted since the download: %(n)s")),
        ("equal", found.get("alike", 0), _("Cells that say what the records say by now: %(n)s")),
    ]
    texts = [(icon, text_ % {"n": num(count)}) for icon, count, text_ in notes if count]
    headings = found.get("headings", [])
    if headings:
        texts.append(
            (
                "columns-3",
                _("Columns that are not of the workbook: %(names)s") % {"names": ", ".join(headings)},
            )
        )
    return found.get("people", 0) - found.get("changed", 0), texts


def refusal_text(reason: str, params: Mapping[str, Any]) -> str:
    """Return why a cell is not accepted."""
    own = {
        "only_to_read": _("Only the customer can turn this on again"),
        "required": _("This value is required"),
        "in_use": _("Belongs to another customer"),
        "own_further": _("A further one of the same customer; a file doesn't change which is the main one"),
        "twice_in_file": _("Another row of the file has it too"),
        "last_identifier": _("Nothing would be left to recognize the customer by"),
        "several_values": _("Several values in one cell"),
        "says_nothing": _("No value; write (xóa) to clear it"),
        "gone": _("The customer was deleted meanwhile"),
        "alike": _("The record says the same by now"),
        "too_long": _("Too long"),
        "value_not_unique": _("Another customer already has this value"),
        "walk_in_name": _("A name used for walk-in customers"),
    }
    if reason == "in_use" and params.get("existing"):
        return _("Belongs to %(name)s") % {"name": params["existing"]}
    return own.get(reason) or str(MESSAGES.get(reason, MESSAGES["syntax"]))
