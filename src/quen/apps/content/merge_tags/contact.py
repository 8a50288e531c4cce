"""Merge tags about the recipient, from their contact."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from quen.apps.accounts import queries as accounts
from quen.apps.contacts import queries as contacts
from quen.apps.contacts.types import FieldFormat, Gender
from quen.apps.content.types import MergeTag
from quen.core import phones, provinces
from quen.core.money import Money

if TYPE_CHECKING:
    from quen.apps.contacts.models import Field

_SALUTATION_FALLBACK = {"vi": "Quý khách", "en": "valued customer"}
_CONTACT_GROUP, _CUSTOM_GROUP = _("The customer"), _("Your own fields")
_PLAIN = ("full_name", "family_name", "middle_name", "given_name", "call_name", "email", "company")
_COLUMNS: dict[str, tuple[str, ...]] = {
    **{key: (key,) for key in _PLAIN},
    "salutation": ("salutation",),
    "xung_ho": ("salutation",),
    "addressee": ("salutation", "call_name"),
    "phone": ("phone",),
    "gender": ("gender",),
    "birthday": ("birth_on", "birth_day", "birth_is_lunar"),
    "province": ("province", "city"),
    "address": ("address_line", "ward", "district", "province", "city"),
    "member_since": ("member_since",),
    "spent": ("spent",),
    "orders_count": ("orders_count",),
    "last_order_date": ("last_order_at",),
    "tags": (),
}
CUSTOM_PREFIX = "custom."
#: all tags except those of custom fields
BUILT_IN_TAGS = [
    MergeTag("full_name", _("Full name"), _CONTACT_GROUP, "Nguyễn Thị Lan"),
    MergeTag("call_name", _("Call name"), _CONTACT_GROUP, "Lan", {"vi": "bạn", "en": "there"}),
    MergeTag("salutation", _("Salutation"), _CONTACT_GROUP, "chị", _SALUTATION_FALLBACK),
    MergeTag("xung_ho", _("Salutation, by its Vietnamese name"), _CONTACT_GROUP, "chị", _SALUTATION_FALLBACK),
    MergeTag("addressee", _("Salutation and name"), _CONTACT_GROUP, "chị Lan", _SALUTATION_FALLBACK),
    MergeTag("given_name", _("Given name"), _CONTACT_GROUP, "Lan"),
    MergeTag("family_name", _("Family name"), _CONTACT_GROUP, "Nguyễn"),
    MergeTag("middle_name", _("Middle name"), _CONTACT_GROUP, "Thị"),
    MergeTag("email", _("Email"), _CONTACT_GROUP, "lan@example.com"),
    MergeTag("phone", _("Phone"), _CONTACT_GROUP, "0905 318 274"),
    MergeTag("gender", _("Gender"), _CONTACT_GROUP, _("Female")),
    MergeTag("birthday", _("Birthday"), _CONTACT_GROUP, "20/10/1994"),
    MergeTag("company", _("Company"), _CONTACT_GROUP, "Công ty Hoa Sen"),
    MergeTag("province", _("Province/city"), _CONTACT_GROUP, "Đà Nẵng"),
    MergeTag("address", _("Address"), _CONTACT_GROUP, "12 Lê Lợi, Đà Nẵng"),
    MergeTag("member_since", _("Customer since"), _CONTACT_GROUP, "02/03/2024"),
    MergeTag("spent", _("Total spent"), _CONTACT_GROUP, "1.250.000 ₫"),
    MergeTag("orders_count", _("Number of orders"), _CONTACT_GROUP, "7"),
    MergeTag("last_order_date", _("Last order date"), _CONTACT_GROUP, "18/09/2026"),
    MergeTag("tags", _("Tags"), _CONTACT_GROUP, _("tea, wholesale")),
]


class ContactTags:
    """Names, address, totals, tags and custom fields."""

    def tags(self) -> list[MergeTag]:
        """Return the merge tags, custom fields last."""
        custom = [
            MergeTag(f"{CUSTOM_PREFIX}{field.key}", field.label, _CUSTOM_GROUP, _example(field.format))
            for field in contacts.active_fields()
        ]
        return [*BUILT_IN_TAGS, *custom]

    def values(
        self, keys: Collection[str], contact_ids: Collection[int], *, now: datetime
    ) -> dict[int, dict[str, object]]:
        """Read the contacts with one statement; tags and names of custom fields with one more each, if used."""
        built_in = [key for key in keys if key in _COLUMNS]
        custom = {key.removeprefix(CUSTOM_PREFIX) for key in keys if key.startswith(CUSTOM_PREFIX)}
        if not built_in and not custom:
            return {}
        columns = {column for key in built_in for column in _COLUMNS[key]} | ({"attrs"} if custom else set())
        fields = [field for field in contacts.active_fields() if field.key in custom] if custom else []
        tags = contacts.tags_of_many(contact_ids) if "tags" in built_in else {}
        currency = accounts.current_workspace().currency if "spent" in built_in else ""
        plain = [key for key in built_in if key in _PLAIN]
        others = [key for key in built_in if key not in _PLAIN and key != "tags"]
        rows = contacts.contacts().filter(pk__in=contact_ids).values("pk", *sorted(columns))
        found: dict[int, dict[str, object]] = {}
        for row in rows:
            values: dict[str, object] = {key: row[key] for key in plain}
            for key in others:
                values[key] = _value(key, row, currency)
            if "tags" in built_in:
                values["tags"] = tags.get(row["pk"], [])
            for field in fields:
                values[f"{CUSTOM_PREFIX}{field.key}"] = _custom_value(field, row["attrs"].get(str(field.pk)))
            found[row["pk"]] = values
        return found


def _value(key: str, row: dict[str, Any], currency: str) -> object:
    if key == "addressee":
        return _addressee(row["salutation"], row["call_name"])
    if key == "xung_ho":
        return row["salutation"]
    if key == "phone":
        return phones.display(row["phone"]) if row["phone"] else ""
    if key == "gender":
        return (
            _translations(Gender(row["gender"]).label)
            if row["gender"] in (Gender.MALE, Gender.FEMALE)
            else ""
        )
    if key == "birthday":
        return _annual_day(row["birth_day"], row["birth_on"], is_lunar=row["birth_is_lunar"])
    if key == "province":
        return _province(row)
    if key == "address":
        return ", ".join(filter(None, (row["address_line"], row["ward"], row["district"], _province(row))))
    if key == "spent":
        return Money(row["spent"], currency)
    if key == "last_order_date":
        return row["last_order_at"]
    return row[key]


def _addressee(salutation: str, call_name: str) -> object:
    """Return how to address a contact; without a salutation, Vietnamese uses "bạn" before the name."""
    if call_name and not salutation:
        return {"vi": f"bạn {call_name}", "en": call_name}
    return " ".join(filter(None, (salutation, call_name)))


def _annual_day(key: int | None, on: date | None, *, is_lunar: bool) -> object:
    """Return a day that comes round every year; of a lunar one only the day is said. key: month * 100 + day."""
    day = f"{key % 100:02}/{key // 100:02}" if key else ""
    if is_lunar and day:
        return {"vi": f"{day} âm lịch", "en": f"{day} (lunar)"}
    return on or day


def _province(row: dict[str, Any]) -> str:
    known = provinces.NEW.get(row["province"])
    return known.name if known else row["city"]


def _translations(label: object) -> dict[str, str]:
    texts = {}
    for language in ("vi", "en"):
        with translation.override(language):
            texts[language] = str(label)
    return texts


def _custom_value(field: Field, value: Any) -> object:
    format = field.format
    if value is None:
        return ""
    if format == FieldFormat.NUMBER:
        return Decimal(str(value))
    if format == FieldFormat.DATE and isinstance(value, str):
        return date.fromisoformat(value)
    if format == FieldFormat.DATE_TIME and isinstance(value, str):
        return datetime.fromisoformat(value)
    if format == FieldFormat.PHONE and isinstance(value, str):
        return phones.display(value)
    if format == FieldFormat.SPECIAL_DAY:
        day = contacts.stored_special_day(value)
        return (
            ""
            if day is None
            else _annual_day(day.key, None if day.lunar else day.day.as_date(), is_lunar=day.lunar)
        )
    return field.in_words(value)


def _example(format: str) -> str:
    return {
        FieldFormat.NUMBER: "41,5",
        FieldFormat.DATE: "31/01/2026",
        FieldFormat.SPECIAL_DAY: "20/10",
        FieldFormat.YES_NO: "Có",
        FieldFormat.PHONE: "0905 318 274",
    }.get(FieldFormat(format), "…")
