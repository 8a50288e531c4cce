"""The headers of customer lists: facts/import_headers.json as the import kind's vocabulary."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts.importing import header_rules
from quen.apps.contacts.importing.value_checks import CHECKS, detect_values
from quen.apps.import_export.registry import (
    HeaderDictionary,
    HeaderMatch,
    KindVocabulary,
    Platform,
    SampledColumn,
    build_dictionary,
    fold_header,
)
from quen.core import facts

_PLATFORM_NAMES: Final = {
    "kiotviet_customers": "KiotViet",
    "sapo_omni_customers": "Sapo",
    "sapo_web_customers": "Sapo Web",
    "haravan_customers": "Haravan",
    "shopee_orders": "Shopee",
    "tiktokshop_orders": "TikTok Shop",
    "lazada_orders": "Lazada",
    "misa_customers": "MISA",
    "pushsale_contacts": "Pushsale",
    "shopify_orders": "Shopify",
    "google_contacts": "Google Contacts",
}
#: the row below the headers describes each column in a sentence
_WITH_DESCRIPTIONS: Final = frozenset({"tiktokshop_orders"})
# Internal columns of other software are never worth a custom field. Identity documents are never collected.
_IGNORED_KEYS: Final = (
    "debt debt_days wallet_balance points points_total created_by updated_at branch owner customer_type status "
    "national_id fax country_code price_policy discount payment_method_default prepaid_sessions_left consent_date"
)
_IGNORED: Final = frozenset(_IGNORED_KEYS.split())
_RECALCULATED: Final = frozenset(
    {"total_spent", "orders_count", "net_spent", "average_order_value", "first_order_at", "last_order_at"}
)
_REASONS: Final[Mapping[str, str | Promise]] = {
    "given_name": _("Given name, because family names have a column of their own"),
    "names_swapped": _("Family name and given name look swapped in this file"),
    "values_are_phones": _("%(good)s valid, %(bad)s invalid"),
    "values_are_emails": _("%(good)s valid, %(bad)s invalid"),
    "values_are_genders": _("The values are Nam and Nữ"),
    "values_are_provinces": _("The values are provinces"),
    "values_are_names": _("The values are names of people"),
    "phones_masked": _("The numbers are masked and can't be used"),
    "old_provinces": _("Contains former provinces; they are converted to the new ones"),
    "gender_digits": _("Which digit means male and which female?"),
    "recalculated": _("Calculated from orders"),
}


@cache
def contact_vocabulary() -> KindVocabulary:
    """Return what the import knows about customer lists."""
    return KindVocabulary(
        fields=_dictionary("customer_fields"),
        other_tables=_dictionary("order_fields"),
        platforms={key: _platform(key, data) for key, data in _facts()["platforms"].items()},
        rules=header_rules.RULES,
        detect_values=_detect_values,
        checks=CHECKS,
        secondary={"phone": "phone2", "email": "email2", "address": "address2"},
        fallbacks={"area_combined": "province", "postal_code": "zip"},
        ignored=_IGNORED,
        recalculated=_RECALCULATED,
        reasons=_REASONS,
    )


def _facts() -> Any:
    return facts.load("import_headers")


def _dictionary(section: str) -> HeaderDictionary:
    return build_dictionary(
        (spelling, key)
        for key, spellings in _facts()[section].items()
        if isinstance(spellings, list)
        for spelling in spellings
    )


def _platform(key: str, data: Mapping[str, Any]) -> Platform:
    return Platform(
        name=_PLATFORM_NAMES.get(key, ""),
        fingerprint=_folded(data["fingerprint"]),
        headers=_folded(data["headers"]),
        variants=_folded((*data.get("unverified_headers", ()), *data.get("headers_english", ()))),
        has_descriptions=key in _WITH_DESCRIPTIONS,
    )


def _folded(headers: Iterable[str]) -> frozenset[str]:
    return frozenset(map(fold_header, headers))


def _detect_values(column: SampledColumn) -> HeaderMatch | None:
    return detect_values(column) or _detect_consent(column)


def _detect_consent(column: SampledColumn) -> HeaderMatch | None:
    """Match a yes/no column whose header is part of a known consent header: "Nhận tin" of "Đồng ý nhận tin"."""
    words = f" {fold_header(column.header)} "
    if " " not in words.strip() or not column.booleans.mostly:
        return None
    fields = contact_vocabulary().fields.folded.items()
    meaning = next((key for form, key in fields if key.startswith("accepts_") and words in f" {form} "), None)
    return HeaderMatch(meaning, 3, "header_contains_field") if meaning else None
