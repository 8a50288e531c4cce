"""What was typed into a form: read field by field, with a reason for what a field cannot hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from quen.apps.signup.types import FormContent, Item
from quen.core import booleans, dates, emails, money, phones
from quen.core.text import clean, clean_lines, fold

MAX_CHARS = 2_000
#: formats of custom fields by how they are read
_NUMBERS, _DATES, _LINKS = "number", ("date", "date_time"), "link"


def read_answers(
    content: FormContent, given: Mapping[str, list[str]], *, formats: Mapping[str, tuple[str, list[str]]]
) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the answers by item key, and a reason code by key for those that are missing or invalid.

    formats: format and choices of each custom field, by target.
    """
    answers: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for item in content.fields:
        values = [clean_lines(each)[:MAX_CHARS] for each in given.get(item.key, ()) if each.strip()]
        format_, choices = formats.get(item.target, ("", []))
        if not values:
            if item.required:
                errors[item.key] = "required"
            continue
        reason = _reason(item, values, format_, choices)
        if reason:
            errors[item.key] = reason
        answers[item.key] = values if format_ == "multiple" else clean(values[0])
    if not errors and not any(
        answers.get(item.key) for item in content.fields if item.target in ("phone", "email")
    ):
        first = next((item for item in content.fields if item.target in ("phone", "email")), None)
        if first is not None:
            errors[first.key] = "phone_or_email"
    return answers, errors


def _reason(item: Item, values: list[str], format_: str, choices: list[str]) -> str:
    """Return why a field cannot hold what was typed, "" if it can."""
    try:
        if item.target == "phone" or format_ == "phone":
            phones.read(values[0])
        elif item.target == "email" or format_ == "email":
            emails.read(values[0])
        elif item.target == "birth_on" or format_ in _DATES:
            dates.read_date(values[0])
        elif format_ == _NUMBERS:
            money.read_number(values[0])
        elif format_ == "yes_no":
            booleans.read_bool(values[0])
        elif choices and not {fold(each) for each in values} <= {fold(each) for each in choices}:
            return "choice"
    except ValueError as refusal:
        return _phone_reason(values[0], getattr(refusal, "code", "")) if item.target == "phone" else "invalid"
    return ""


def _phone_reason(raw: str, code: str) -> str:
    digits = sum(each.isdigit() for each in raw)
    if code != "several" and raw.strip().startswith("0") and digits < 10:
        return "phone_short"
    return "phone_long" if raw.strip().startswith("0") and digits > 11 else "phone"
