"""What a heading means: our own words first, then rules for the words that mean several things, then the values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from quen.apps.import_export.columns import Column
from quen.apps.import_export.headers import (
    Vocabulary,
    customer_words,
    fold_header,
    header_forms,
    order_words,
    platforms,
)

_CODES: Final = frozenset({"ma", "code"})
_CARDS: Final = frozenset({"ma the", "ma the thanh vien", "so the", "ma vach the", "card no", "card code"})


@dataclass(frozen=True, slots=True)
class Found:
    """What a heading means before targets are given out. trust: less is surer."""

    meaning: str
    trust: int
    code: str
    asks: bool = False


def recognise(
    column: Column,
    columns: list[Column],
    own: Vocabulary,
    meanings: Mapping[str, str],
    platform: str | None,
) -> Found | None:
    header = column.header
    if not header:
        return _by_values(column)
    key = own.exact(header)
    exact = customer_words().exact(header)
    folded = header_forms(header)
    # The caller's label decides, unless the word itself leaves it open ("Tên" alone is mostly the full name).
    for form in folded:
        rule = _AMBIGUOUS.get(form)
        if rule:
            return rule(column, columns, platform)
    if key is not None:
        return Found(meanings[key], 1, "header_equals_field")
    if exact is not None:
        return Found(exact, 2, "header_equals_field")
    if order_words().exact(header):
        return Found("", 2, "not_used")
    inside = customer_words().contained(header)
    if inside is not None:
        return Found(inside, 3, "header_contains_field")
    by_values = _by_values(column) or _consent(column)
    if by_values is not None:
        return by_values
    return (
        Found("", 4, "not_used") if order_words().exact(header) or _known_heading(header, platform) else None
    )


def _known_heading(header: str, platform: str | None) -> bool:
    return platform is not None and fold_header(header) in set(
        map(fold_header, platforms()[platform][1]["headers"])
    )


def _consent(column: Column) -> Found | None:
    """A yes/no column whose heading is part of a known consent heading: "Nhận tin" of "Đồng ý nhận tin"."""
    words = f" {fold_header(column.header)} "
    if " " not in words.strip() or not column.booleans.mostly:
        return None
    consents = ((form, key) for form, key in customer_words().folded.items() if key.startswith("accepts_"))
    meaning = next((key for form, key in consents if words in f" {form} "), None)
    return Found(meaning, 3, "header_contains_field") if meaning else None


def _by_values(column: Column) -> Found | None:
    if column.emails.mostly:
        return Found("email", 5, "values_are_emails")
    if column.phones.mostly and not column.real_dates:
        return Found("phone", 5, "values_are_phones")
    if column.header:
        return None  # a heading we do not know keeps its own meaning: "Giới tính con", "Ngày cưới"
    if column.genders.mostly:
        return Found("gender", 6, "values_are_genders")
    if column.people.mostly:
        return Found("full_name", 6, "values_are_names")
    if column.provinces.mostly:
        return Found("province", 6, "values_are_provinces")
    if column.dates.mostly:
        return Found("birthday", 7, "values_are_dates", asks=True)
    return None


def _meaning_of(column: Column) -> str | None:
    return customer_words().exact(column.header)


def _has(columns: list[Column], meaning: str, but: Column) -> bool:
    return any(_meaning_of(other) == meaning for other in columns if other is not but)


_TITLES: Final = (
    "anh",
    "chị",
    "ông",
    "bà",
    "cô",
    "chú",
    "em",
    "bạn",
    "mr",
    "ms",
    "mrs",
    "miss",
    "mr.",
    "ms.",
)
# One rule a heading, after `ambiguous_headers` of the facts.
_Rule = Callable[[Column, list[Column], str | None], Found]


def _given_or_full(column: Column, columns: list[Column], _platform: str | None) -> Found:
    family = next((other for other in columns if _meaning_of(other) == "last_name"), None)
    if family is None:
        return Found("full_name", 2, "header_equals_field")
    if column.starts_with_family.mostly and family.cells and not family.starts_with_family.good:
        return Found("last_name", 2, "names_swapped", asks=True)
    return Found("first_name", 2, "given_name")


def _family(column: Column, columns: list[Column], _platform: str | None) -> Found:
    given = next((other for other in columns if _meaning_of(other) == "first_name"), None)
    if given is None and not _has(columns, "middle_name", column) and column.people.mostly:
        return Found("full_name", 2, "values_are_names")
    if given and given.starts_with_family.mostly and column.cells and not column.starts_with_family.good:
        return Found("first_name", 2, "names_swapped", asks=True)
    return Found("last_name", 2, "header_equals_field")


def _customer(column: Column, _columns: list[Column], _platform: str | None) -> Found:
    return Found("external_id" if column.codes.mostly else "full_name", 2, "header_equals_field")


def _name(column: Column, _columns: list[Column], platform: str | None) -> Found:
    numbered = bool(column.texts) and all(text.startswith("#") for text in column.texts)
    return Found("" if numbered or platform == "shopify_orders" else "full_name", 2, "header_equals_field")


def _bare_code(column: Column, columns: list[Column], _platform: str | None) -> Found:
    others = [
        other for other in columns if other is not column and not _CODES & set(header_forms(other.header))
    ]
    known = any(_meaning_of(other) == "external_id" for other in others)
    return Found("" if known else "external_id", 3, "header_equals_field")


def _card(_column: Column, _columns: list[Column], _platform: str | None) -> Found:
    return Found("external_id", 3, "header_equals_field")  # a second key: a customer code goes first


def _contact_person(column: Column, columns: list[Column], _platform: str | None) -> Found:
    named = any(
        _meaning_of(other) == "full_name" and "nguoi lien he" not in header_forms(other.header)
        for other in columns
        if other is not column
    )
    return Found("" if named else "full_name", 3, "header_equals_field")


def _tag_or_card(column: Column, _columns: list[Column], _platform: str | None) -> Found:
    digits = bool(column.texts) and column.codes.mostly
    return Found("external_id" if digits else "tags", 3, "header_equals_field")


def _area(column: Column, _columns: list[Column], _platform: str | None) -> Found:
    if column.provinces.mostly or not column.cells:
        return Found("area_combined", 2, "header_equals_field")
    return Found("branch", 3, "header_equals_field")


def _city(column: Column, columns: list[Column], _platform: str | None) -> Found:
    stated = _has(columns, "province", column) and not column.provinces.mostly
    return Found("district" if stated and column.cells else "province", 2, "header_equals_field")


def _state(column: Column, _columns: list[Column], _platform: str | None) -> Found:
    return Found("province" if column.provinces.mostly else "status", 3, "header_equals_field")


def _shopee_ward(_column: Column, _columns: list[Column], platform: str | None) -> Found:
    return (
        Found("ward", 2, "platform")
        if platform == "shopee_orders"
        else Found("district", 2, "header_equals_field")
    )


def _job_or_title(column: Column, _columns: list[Column], _platform: str | None) -> Found:
    titles = column.among(
        ("anh", "chị", "ông", "bà", "cô", "chú", "em", "bạn", "mr", "ms", "mrs", "miss", "mr.", "ms.")
    )
    return Found("salutation" if titles.mostly else "job_title", 3, "header_equals_field")


_AMBIGUOUS: Final[Mapping[str, _Rule]] = {
    "ten": _given_or_full,
    "first name ten": _given_or_full,
    "ho": _family,
    "khach hang": _customer,
    "name": _name,
    "nguoi lien he": _contact_person,
    "the": _tag_or_card,
    "khu vuc": _area,
    "location": _area,
    "thanh pho": _city,
    "city": _city,
    "state": _state,
    "quan": _shopee_ward,
    "title": _job_or_title,
    **dict.fromkeys(_CODES, _bare_code),
    **dict.fromkeys(_CARDS, _card),
}
