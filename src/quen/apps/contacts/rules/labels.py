"""The system fields of a contact and their labels."""

from __future__ import annotations

from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FIELD_PREFIX = "field_"

#: every key that services accept in ``values``, next to ``field_<id>``
LABELS: MappingProxyType[str, str | Promise] = MappingProxyType(
    {
        "full_name": _("Full name"),
        "phone": _("Phone"),
        "email": _("Email"),
        "family_name": _("Family name"),
        "middle_name": _("Middle name"),
        "given_name": _("Given name"),
        "call_name": _("Preferred name"),
        "salutation": _("Salutation"),
        "birth_on": _("Date of birth"),
        "birth_is_lunar": _("Lunar date"),
        "gender": _("Gender"),
        "company": _("Company"),
        "language": _("Preferred language"),
        "country": _("Country"),
        "province": _("Province/city"),
        "city": _("City as typed"),
        "district": _("District (before 2025)"),
        "ward": _("Ward/commune"),
        "address_line": _("Address"),
        "note": _("Note"),
        "opening_spent": _("Previously spent"),
        "opening_orders": _("Previous orders"),
        "opening_points": _("Previous points"),
        "member_since": _("Member since"),
    }
)

#: the fields that a workspace may require (R-01)
PROFILE = (
    "full_name",
    "given_name",
    "phone",
    "email",
    "birth_on",
    "gender",
    "province",
    "address_line",
    "company",
)

SALUTATIONS = ("anh", "chị", "ông", "bà", "cô", "chú", "em", "bạn")


def field_key(field_id: int) -> str:
    """Return the key of a custom field in ``values``."""
    return f"{FIELD_PREFIX}{field_id}"


def field_id_of(key: str) -> int | None:
    """Return the id of the custom field a key refers to, or None for a system field."""
    number = key.removeprefix(FIELD_PREFIX)
    return int(number) if key.startswith(FIELD_PREFIX) and number.isdecimal() else None
