"""Rules for headers that mean several things, from `ambiguous_headers` in facts/import_headers.json."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from quen.apps.contacts.importing.value_checks import (
    is_person_name,
    is_province,
    starts_with_family_name,
)
from quen.apps.import_export.registry import (
    ColumnSet,
    HeaderMatch,
    HeaderRule,
    SampledColumn,
    header_forms,
)

_CODES: Final = frozenset({"ma", "code"})
_CARDS: Final = frozenset({"ma the", "ma the thanh vien", "so the", "ma vach the", "card no", "card code"})
_FORMS_OF_ADDRESS: Final = (
    *("anh", "chị", "ông", "bà", "cô", "chú", "em", "bạn"),
    *("mr", "ms", "mrs", "miss", "mr.", "ms."),
)


def _exact(meaning: str, rank: int = 2) -> HeaderMatch:
    return HeaderMatch(meaning, rank, "header_equals_field")


def _given_or_full(column: SampledColumn, file: ColumnSet) -> HeaderMatch:
    family = file.find("last_name")
    if family is None:
        return _exact("full_name")
    swapped = column.fit(starts_with_family_name).mostly and family.cells
    if swapped and not family.fit(starts_with_family_name).good:
        return HeaderMatch("last_name", 2, "names_swapped", needs_review=True)
    return HeaderMatch("first_name", 2, "given_name")


def _family(column: SampledColumn, file: ColumnSet) -> HeaderMatch:
    given = file.find("first_name")
    if given is None and file.find("middle_name") is None and column.fit(is_person_name).mostly:
        return HeaderMatch("full_name", 2, "values_are_names")
    swapped = given is not None and given.fit(starts_with_family_name).mostly and column.cells
    if swapped and not column.fit(starts_with_family_name).good:
        return HeaderMatch("first_name", 2, "names_swapped", needs_review=True)
    return _exact("last_name")


def _name_or_code(column: SampledColumn, _file: ColumnSet) -> HeaderMatch:
    return _exact("external_id" if column.codes.mostly else "full_name")


def _name(column: SampledColumn, file: ColumnSet) -> HeaderMatch:
    # The name of an order, such as "#1001", is no name of a customer.
    numbered = bool(column.texts) and all(text.startswith("#") for text in column.texts)
    return _exact("" if numbered or file.platform == "shopify_orders" else "full_name")


def _code(column: SampledColumn, file: ColumnSet) -> HeaderMatch:
    others = [other for other in file.columns if not _CODES & set(header_forms(other.header))]
    known = any(file.meaning_of(other) == "external_id" for other in others if other is not column)
    return _exact("" if known else "external_id", 3)


def _card(_column: SampledColumn, _file: ColumnSet) -> HeaderMatch:
    # A secondary key: a customer code takes precedence.
    return _exact("external_id", 3)


def _contact_person(column: SampledColumn, file: ColumnSet) -> HeaderMatch:
    named = any(
        file.meaning_of(other) == "full_name" and "nguoi lien he" not in header_forms(other.header)
        for other in file.columns
        if other is not column
    )
    return _exact("" if named else "full_name", 3)


def _tag_or_card(column: SampledColumn, _file: ColumnSet) -> HeaderMatch:
    return _exact("external_id" if column.codes.mostly else "tags", 3)


def _area(column: SampledColumn, _file: ColumnSet) -> HeaderMatch:
    if column.fit(is_province).mostly or not column.cells:
        return _exact("area_combined")
    return _exact("branch", 3)


def _city(column: SampledColumn, file: ColumnSet) -> HeaderMatch:
    has_province = file.find("province", exclude=column) is not None
    is_district = has_province and not column.fit(is_province).mostly and column.cells
    return _exact("district" if is_district else "province")


def _state(column: SampledColumn, _file: ColumnSet) -> HeaderMatch:
    return _exact("province" if column.fit(is_province).mostly else "status", 3)


def _ward_or_district(_column: SampledColumn, file: ColumnSet) -> HeaderMatch:
    return HeaderMatch("ward", 2, "platform") if file.platform == "shopee_orders" else _exact("district")


def _job_or_salutation(column: SampledColumn, _file: ColumnSet) -> HeaderMatch:
    return _exact("salutation" if column.among(_FORMS_OF_ADDRESS).mostly else "job_title", 3)


RULES: Final[Mapping[str, HeaderRule]] = {
    "ten": _given_or_full,
    "first name ten": _given_or_full,
    "ho": _family,
    "khach hang": _name_or_code,
    "name": _name,
    "nguoi lien he": _contact_person,
    "the": _tag_or_card,
    "khu vuc": _area,
    "location": _area,
    "thanh pho": _city,
    "city": _city,
    "state": _state,
    "quan": _ward_or_district,
    "title": _job_or_salutation,
    **dict.fromkeys(_CODES, _code),
    **dict.fromkeys(_CARDS, _card),
}
