"""Types of the duplicates app."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import IntFlag

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Sign(IntFlag):
    """What two contacts have in common; stored as one number."""

    PHONE = 1
    EMAIL = 2
    #: one digit apart
    PHONE_NEAR = 4
    #: the same mailbox, typed differently
    EMAIL_NEAR = 8
    NAME = 16
    #: swapped, shortened or mistyped
    NAME_NEAR = 32
    BIRTHDAY = 64
    ADDRESS = 128


class PairKind(TextChoices):
    """Whether a pair is offered, or only shown apart."""

    PERSON = "person", _("May be one person")
    FAMILY = "family", _("Share a number, probably a family")


class PairState(TextChoices):
    """What was decided about a pair; merged pairs are gone."""

    OPEN = "open"
    DIFFERENT = "different"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """What is compared of a contact."""

    id: int
    full_name: str = ""
    gender: str = ""
    salutation: str = ""
    birth_on: date | None = None
    birth_is_lunar: bool = False
    province: str = ""
    address: str = ""
    phones: frozenset[str] = field(default_factory=frozenset)
    emails: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class PairVerdict:
    """What two contacts are taken for; score: the more, the surer."""

    kind: PairKind
    signs: Sign
    score: int
