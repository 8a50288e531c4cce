"""Answers of a submission as values of a contact."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from quen.apps.signup.types import FormContent
from quen.core import emails, phones


@dataclass(slots=True)
class ContactValues:
    """Values by target; phone and email in their stored form, "" without. unusable: targets that were left out."""

    values: dict[str, Any] = field(default_factory=dict)
    phone: str = ""
    email: str = ""
    unusable: list[str] = field(default_factory=list)


def values_of(content: FormContent, answers: Mapping[str, Any]) -> ContactValues:
    """Return the answers to a form of ours as values of a contact."""
    return read_values({item.target: answers[item.key] for item in content.fields if answers.get(item.key)})


def read_values(given: Mapping[str, Any]) -> ContactValues:
    """Return raw values by target, phone and email normalised or left out."""
    found = ContactValues()
    for target, raw in given.items():
        try:
            if target == "phone":
                found.phone = phones.read(raw).e164
            elif target == "email":
                found.email = emails.read(raw)
            found.values[target] = raw
        except ValueError:
            found.unusable.append(target)
    return found
