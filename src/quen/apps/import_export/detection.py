"""What a header means: the kind's own labels first, then rules for ambiguous headers, then the values."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from quen.apps.import_export.columns import SampledColumn
from quen.apps.import_export.headers import (
    HeaderDictionary,
    customer_headers,
    fold_header,
    header_forms,
    order_headers,
    platforms,
)

_CODES: Final = frozenset({"ma", "code"})
_CARDS: Final = frozenset({"ma the", "ma the thanh vien", "so the", "ma vach the", "card no", "card code"})


@dataclass(frozen=True, slots=True)
class HeaderMatch:
    """The meaning of a header, before columns are assigned to targets. rank: lower is more certain."""

    meaning: str
    rank: int
    code: str
    needs_review: bool = False


def detect(
    column: SampledColumn,
    columns: list[SampledColumn],
    own_dictionary: HeaderDictionary,
    meanings: Mapping[str, str],
    platform: str | None,
) -> HeaderMatch | None:
    header = column.header
    if not header:
        return _by_values(column)
    key = own_dictionary.exact(header)
    exact = customer_headers().exact(header)
    folded = header_forms(header)
    # The caller's label decides, unless the header itself is ambiguous ("Tên" alone is mostly the full name).
    for form in folded:
        rule = _AMBIGUOUS.get(form)
        if rule:
            return rule(column, columns, platform)
    if key is not None:
        return HeaderMatch(meanings[key], 1, "header_equals_field")
    if exact is not None:
        return HeaderMatch(exact, 2, "header_equals_field")
    if order_headers().exact(header):
        return HeaderMatch("", 2, "not_used")
    contained = customer_headers().contained(header)
    if contained is not None:
        return HeaderMatch(contained, 3, "header_contains_field")
    by_values = _by_values(column) or _consent(column)
    if by_values is not None:
        return by_values
    return (
        HeaderMatch("", 4, "not_used")
        if order_headers().exact(header) or _is_platform_header(header, platform)
        else None
    )


def _is_platform_header(header: str, platform: str | None) -> bool:
    return platform is not None and fold_header(header) in set(
        map(fold_header, platforms()[platform][1]["headers"])
    )


def _consent(column: SampledColumn) -> HeaderMatch | None:
    """Match a yes/no column whose header is part of a known consent header: "Nhận tin" of "Đồng ý nhận tin"."""
    words = f" {fold_header(column.header)} "
    if " " not in words.strip() or not column.booleans.mostly:
        return None
    consents = ((form, key) for form, key in customer_headers().folded.items() if key.startswith("accepts_"))
    meaning = next((key for form, key in consents if words in f" {form} "), None)
    return HeaderMatch(meaning, 3, "header_contains_field") if meaning else None


def _by_values(column: SampledColumn) -> HeaderMatch | None:
    if column.emails.mostly:
        return HeaderMatch("email", 5, "values_are_emails")
    if column.phones.mostly and not column.real_dates:
        return HeaderMatch("phone", 5, "values_are_phones")
    if column.header:
        return None  # an unknown header keeps its own meaning: "Giới tính con", "Ngày cưới"
    if column.genders.mostly:
        return HeaderMatch("gender", 6, "values_are_genders")
    if column.person_names.mostly:
        return HeaderMatch("full_name", 6, "values_are_names")
    if column.provinces.mostly:
        return HeaderMatch("province", 6, "values_are_provinces")
    if column.dates.mostly:
        return HeaderMatch("birthday", 7, "values_are_dates", needs_review=True)
    return None


def _meaning_of(column: SampledColumn) -> str | None:
    return customer_headers().exact(column.header)


def _any_column_means(columns: list[SampledColumn], meaning: str, exclude: SampledColumn) -> bool:
    return any(_meaning_of(other) == meaning for other in columns if other is not exclude)


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
# One rule per header, from `ambiguous_headers` in facts/import_headers.json.
_Rule = Callable[[SampledColumn, list[SampledColumn], str | None], HeaderMatch]


def _given_or_full(column: SampledColumn, columns: list[SampledColumn], _platform: str | None) -> HeaderMatch:
    family = next((other for other in columns if _meaning_of(other) == "last_name"), None)
    if family is None:
        return HeaderMatch("full_name", 2, "header_equals_field")
    if column.starts_with_family.mostly and family.cells and not family.starts_with_family.good:
        return HeaderMatch("last_name", 2, "names_swapped", needs_review=True)
    return HeaderMatch("first_name", 2, "given_name")


def _family(column: SampledColumn, columns: list[SampledColumn], _platform: str | None) -> HeaderMatch:
    given = next((other for other in columns if _meaning_of(other) == "first_name"), None)
    if given is None and not _any_column_means(columns, "middle_name", column) and column.person_names.mostly:
        return HeaderMatch("full_name", 2, "values_are_names")
    if given and given.starts_with_family.mostly and column.cells and not column.starts_with_family.good:
        return HeaderMatch("first_name", 2, "names_swapped", needs_review=True)
    return HeaderMatch("last_name", 2, "header_equals_field")


def _customer_name_or_code(
    column: SampledColumn, _columns: list[SampledColumn], _platform: str | None
) -> HeaderMatch:
    return HeaderMatch("external_id" if column.codes.mostly else "full_name", 2, "header_equals_field")


def _name(column: SampledColumn, _columns: list[SampledColumn], platform: str | None) -> HeaderMatch:
    numbered = bool(column.texts) and all(text.startswith("#") for text in column.texts)
    return HeaderMatch(
        "" if numbered or platform == "shopify_orders" else "full_name", 2, "header_equals_field"
    )


def _code(column: SampledColumn, columns: list[SampledColumn], _platform: str | None) -> HeaderMatch:
    others = [
        other for other in columns if other is not column and not _CODES & set(header_forms(other.header))
    ]
    known = any(_meaning_of(other) == "external_id" for other in others)
    return HeaderMatch("" if known else "external_id", 3, "header_equals_field")


def _card(_column: SampledColumn, _columns: list[SampledColumn], _platform: str | None) -> HeaderMatch:
    return HeaderMatch(
        "external_id", 3, "header_equals_field"
    )  # a secondary key: a customer code takes precedence


def _contact_person(
    column: SampledColumn, columns: list[SampledColumn], _platform: str | None
) -> HeaderMatch:
    named = any(
        _meaning_of(other) == "full_name" and "nguoi lien he" not in header_forms(other.header)
        for other in columns
        if other is not column
    )
    return HeaderMatch("" if named else "full_name", 3, "header_equals_field")


def _tag_or_card(column: SampledColumn, _columns: list[SampledColumn], _platform: str | None) -> HeaderMatch:
    digits = bool(column.texts) and column.codes.mostly
    return HeaderMatch("external_id" if digits else "tags", 3, "header_equals_field")


def _area(column: SampledColumn, _columns: list[SampledColumn], _platform: str | None) -> HeaderMatch:
    if column.provinces.mostly or not column.cells:
        return HeaderMatch("area_combined", 2, "header_equals_field")
    return HeaderMatch("branch", 3, "header_equals_field")


def _city(column: SampledColumn, columns: list[SampledColumn], _platform: str | None) -> HeaderMatch:
    stated = _any_column_means(columns, "province", column) and not column.provinces.mostly
    return HeaderMatch("district" if stated and column.cells else "province", 2, "header_equals_field")


def _state(column: SampledColumn, _columns: list[SampledColumn], _platform: str | None) -> HeaderMatch:
    return HeaderMatch("province" if column.provinces.mostly else "status", 3, "header_equals_field")


def _shopee_ward(_column: SampledColumn, _columns: list[SampledColumn], platform: str | None) -> HeaderMatch:
    return (
        HeaderMatch("ward", 2, "platform")
        if platform == "shopee_orders"
        else HeaderMatch("district", 2, "header_equals_field")
    )


def _job_or_title(column: SampledColumn, _columns: list[SampledColumn], _platform: str | None) -> HeaderMatch:
    titles = column.among(
        ("anh", "chị", "ông", "bà", "cô", "chú", "em", "bạn", "mr", "ms", "mrs", "miss", "mr.", "ms.")
    )
    return HeaderMatch("salutation" if titles.mostly else "job_title", 3, "header_equals_field")


_AMBIGUOUS: Final[Mapping[str, _Rule]] = {
    "ten": _given_or_full,
    "first name ten": _given_or_full,
    "ho": _family,
    "khach hang": _customer_name_or_code,
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
    **dict.fromkeys(_CODES, _code),
    **dict.fromkeys(_CARDS, _card),
}
