"""Texts that explain to the user why a column was matched as it was; kinds add their own in their vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REASONS: Final[Mapping[str, str | Promise]] = {
    "remembered": _("Same as last time"),
    "header_equals_field": _("The header is the field name"),
    "header_contains_field": _("The header contains the field name"),
    "platform": _("Known from %(platform)s exports"),
    "values_unique": _("Every row has a different code"),
    "values_are_dates": _("The values are dates"),
    "values_do_not_fit": _("Only %(good)s of %(total)s values fit this field"),
    "values_partly_fit": _("%(good)s of %(total)s values fit; the others are left out"),
    "date_order": _("Dates are read as day, month, year"),
    "date_order_mdy": _("Dates are read as month, day, year"),
    "date_order_ymd": _("Dates are read as year, month, day"),
    "date_order_ambiguous": _("What does %(example)s mean?"),
    "years_only": _("Only years, no day and month"),
    "split_by": _("Split at “%(mark)s”, %(count)s different values"),
    "two_values": _("Only two values: %(first)s, %(second)s"),
    "not_used": _("Not used in Quen"),
    "kept_apart": _("Figures from before Quen. Keep them apart if you need them"),
    "empty_column": _("This column is empty"),
    "taken": _("Another column is already matched to this field"),
    "new_field_number": _("Numbers; a number field fits"),
    "new_field_date": _("Dates; a date field fits"),
    "new_field_yes_no": _("Yes or no; a yes/no field fits"),
    "new_field_single_choice": _("%(count)s values; a single choice fits"),
    "new_field_text": _("Free text; a text field fits"),
}


def reason_text(code: str, params: Mapping[str, Any], own: Mapping[str, str | Promise]) -> str:
    """Return the text of a reason in the active language. own: the texts of the kind's own codes."""
    text = str(own[code] if code in own else REASONS[code])
    return text % params if params else text
