"""Error messages for values that cannot be parsed, and domain errors shown next to their fields."""

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

from quen.apps.contacts.types import FieldFormat
from quen.core.errors import DomainError

ERROR_MESSAGES: Mapping[tuple[str, str], str | Promise] = MappingProxyType(
    {
        ("phone", "too_short"): _(
            "This number is too short. A mobile number has 10 digits, such as 0901 234 567."
        ),
        ("phone", "masked"): _("Some digits of this number are hidden. Enter the full number."),
        ("phone", "scientific"): _("A spreadsheet cut this number short. Enter all its digits."),
        ("phone", "service"): _("This is a service number, not a personal one."),
        ("phone", "placeholder"): _(
            "This looks like a placeholder number. Leave the field empty if you don't know it."
        ),
        ("phone", "not_a_number"): _("Enter a phone number such as 0901 234 567."),
        ("phone", "foreign_unknown"): _("This number doesn't exist in the country of its code."),
        ("email", "syntax"): _("Enter an email address such as lan@gmail.com."),
        ("email", "placeholder"): _(
            "This looks like a placeholder address. Leave the field empty if you don't know it."
        ),
        ("birth_on", "impossible"): _("This date doesn't exist."),
        ("birth_on", "future"): _("This date is in the future."),
        ("birth_on", "year_only"): _("Add day and month, such as 17/07/1990."),
        ("birth_on", "placeholder"): _(
            "This looks like a default date from another program. Leave the field empty instead."
        ),
        ("", "syntax"): _("This value isn't valid for the field."),
        ("", "too_long"): _("This is too long."),
        ("", "not_a_choice"): _("Choose from the list."),
        ("", "link"): _("Enter a link such as https://moc-sen.vn."),
        ("", "no_year"): _("Enter day, month and year, such as 17/07/1990."),
        ("", "negative"): _("Enter zero or a positive number."),
        ("", "unknown"): _("Unknown value. Choose from the list or correct it."),
    }
)
_DATES = _("Enter a date such as 17/07/1990, or 17/07 without the year.")


def error_message(kind: str, code: str) -> str:
    """Return the message for a refused value. kind: phone, email, birth_on, a format of fields, or any other key."""
    kind = "birth_on" if kind == FieldFormat.SPECIAL_DAY else kind
    found = ERROR_MESSAGES.get((kind, code))
    if found is None and kind in {"birth_on", "date", "date_time"}:
        found = _DATES if code == "syntax" or kind == "birth_on" else ERROR_MESSAGES.get(("birth_on", code))
    if found is None and kind == "number":
        found = _("Enter a number, such as 41.5.")
    return str(found or ERROR_MESSAGES.get(("", code)) or ERROR_MESSAGES["", "syntax"])


@contextmanager
def domain_errors_on(form: forms.BaseForm) -> Iterator[None]:
    """Show a DomainError next to the field it names; with a link to the other contact where there is one."""
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
