"""Why a value could not be read, as a sentence that says how to be right; and refusals beside their fields."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType

from django import forms
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from quen.core.errors import DomainError

ERROR_MESSAGES: Mapping[tuple[str, str], str | Promise] = MappingProxyType(
    {
        ("phone", "too_short"): _(
            "This number is too short. A mobile number has 10 digits, such as 0901 234 567."
        ),
        ("phone", "masked"): _("Digits of this number are hidden. Enter the whole number."),
        ("phone", "scientific"): _("A spreadsheet cut this number short. Enter all its digits."),
        ("phone", "service"): _("This is a service number, not a person's."),
        ("phone", "placeholder"): _("This is a made-up number. Leave the box empty if you do not know it."),
        ("phone", "not_a_number"): _("Enter a phone number such as 0901 234 567."),
        ("phone", "foreign_unknown"): _("This number does not exist in the country of its code."),
        ("email", "syntax"): _("Enter an address such as lan@gmail.com."),
        ("email", "placeholder"): _("This is a made-up address. Leave the box empty if you do not know it."),
        ("birth_on", "impossible"): _("This day does not exist."),
        ("birth_on", "year_only"): _("Add day and month, such as 17/07/1990."),
        ("birth_on", "placeholder"): _(
            "This looks like a date a program filled in. Leave the box empty instead."
        ),
        ("", "syntax"): _("This does not fit the field."),
        ("", "too_long"): _("This is too long."),
        ("", "not_a_choice"): _("Choose from the list."),
        ("", "link"): _("Enter an address such as https://moc-sen.vn."),
        ("", "no_year"): _("Enter day, month and year, such as 17/07/1990."),
        ("", "negative"): _("Enter a number that is not below zero."),
        ("", "unknown"): _("We do not know this one. Choose from the list or correct it."),
    }
)
_DATES = _("Enter a day such as 17/07/1990, or 17/07 without the year.")


def error_message(kind: str, code: str) -> str:
    """Give the sentence for a refused value. kind: phone, email, birth_on, date, number… or anything else."""
    found = ERROR_MESSAGES.get((kind, code))
    if found is None and kind in {"birth_on", "date", "date_time"}:
        found = _DATES if code == "syntax" or kind == "birth_on" else ERROR_MESSAGES.get(("birth_on", code))
    if found is None and kind == "number":
        found = _("Enter a number such as 41,5.")
    return str(found or ERROR_MESSAGES.get(("", code)) or ERROR_MESSAGES["", "syntax"])


@contextmanager
def domain_errors_on(form: forms.BaseForm) -> Iterator[None]:
    """Turn a DomainError into an error beside the field it names; another person is named with a link."""
    try:
        yield
    except DomainError as refusal:
        key = refusal.params.get("key") or refusal.field
        text: str = str(refusal)
        if other := refusal.params.get("contact_id"):
            text = format_html(
                '{} <a class="link-q" href="{}">{}</a>',
                text,
                reverse("contacts:contact", args=[other]),
                _now("Open"),
            )
        form.add_error(key if key in form.fields else None, forms.ValidationError(text, code=refusal.code))
