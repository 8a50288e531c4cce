"""A value of a custom field as a value of another format."""

from __future__ import annotations

from datetime import UTC
from typing import Any, Protocol

from quen.apps.contacts.rules.options import FieldOptions
from quen.apps.contacts.rules.values import InvalidValue, parse_custom_value
from quen.apps.contacts.types import FieldFormat


class ConvertedField(Protocol):
    """What conversion needs to know about the field that has the value."""

    def in_words(self, value: Any) -> Any: ...


def convert_value(field: ConvertedField, value: Any, format_: str, options: FieldOptions) -> Any:
    """Return a stored value in another format. Raises ValueError with a ``code``; “several”: more than one choice."""
    if value is None:
        return None
    words = field.in_words(value)
    if isinstance(words, list):
        if format_ == FieldFormat.MULTIPLE:
            return parse_custom_value(format_, words, choices=options, zone=UTC)
        if format_ == FieldFormat.SINGLE and len(words) > 1:
            raise InvalidValue("several")
        words = ", ".join(words)
    elif isinstance(words, bool):
        words = "Có" if words else "Không"
    elif isinstance(words, float):
        words = str(words)
    elif format_ == FieldFormat.MULTIPLE and options.find(str(words)) is not None:
        words = [str(words)]  # one option, also if its words contain a comma
    return parse_custom_value(format_, words, choices=options, zone=UTC)
