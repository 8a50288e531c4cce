"""Why a column was matched as it was, in a sentence for the person who looks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

REASONS: Final[Mapping[str, str | Promise]] = {
    "remembered": _("As you matched it last time"),
    "header_equals_field": _("The heading is the field's name"),
    "header_contains_field": _("The heading contains the field's name"),
    "platform": _("Known from exports of %(platform)s"),
    "given_name": _("Given name, because a column with the family name stands beside it"),
    "names_swapped": _("Family and given name seem to be swapped in this file"),
    "values_unique": _("A different code in every row"),
    "values_are_phones": _("%(good)s right, %(bad)s wrong"),
    "values_are_emails": _("%(good)s right, %(bad)s wrong"),
    "values_are_dates": _("The values are dates"),
    "values_are_genders": _("The values are Nam and Nữ"),
    "values_are_provinces": _("The values are provinces"),
    "values_are_names": _("The values are names of people"),
    "values_do_not_fit": _("Only %(good)s of %(total)s values fit this field"),
    "phones_masked": _("The numbers are hidden with stars, so nobody can be reached on them"),
    "date_order": _("Dates are read as day, month, year"),
    "date_order_mdy": _("Dates are read as month, day, year"),
    "date_order_ymd": _("Dates are read as year, month, day"),
    "date_order_ambiguous": _("What does %(example)s mean?"),
    "years_only": _("Only years, no day and month"),
    "old_provinces": _("Has old provinces, which get their new names"),
    "split_by": _("Split by %(mark)s, %(count)s different values"),
    "two_values": _("Only two values: %(first)s, %(second)s"),
    "gender_digits": _("Which digit is male, and which is female?"),
    "system_total_recalculated": _("Reckoned anew from orders"),
    "not_used": _("Not used in Quen"),
    "empty_column": _("This column is empty"),
    "taken": _("Another column already goes into this field"),
    "new_field_number": _("Numbers, fit for a number field"),
    "new_field_date": _("Dates, fit for a date field"),
    "new_field_yes_no": _("Yes or no, fit for a yes/no field"),
    "new_field_single_choice": _("%(count)s values, fit for a single choice"),
    "new_field_text": _("Different texts, fit for a text field"),
}


def reason_text(code: str, params: Mapping[str, Any]) -> str:
    """The sentence of a reason in the reader's language."""
    text = str(REASONS[code])
    return text % params if params else text
