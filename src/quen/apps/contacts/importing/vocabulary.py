"""The headers of customer lists: facts/import_headers.json as the import kind's vocabulary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts.importing import header_rules, refusals
from quen.apps.contacts.importing.targets import FIELD_PREFIX, is_status
from quen.apps.contacts.importing.value_checks import CHECKS, check_left_out, detect_values, refuses
from quen.apps.contacts.types import FieldFormat
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
#: figures of the program that the file comes from are kept beside ours, never added to them (R-07)
_KEPT_APART: Final = {
    "total_spent": "opening_spent",
    "orders_count": "opening_orders",
    "points": "opening_points",
}
#: headings of days that come round every year
_ANNUAL: Final = re.compile(
    r"\b(ky niem|cuoi|ket hon|gio|thanh lap|khai truong|sinh nhat|ngay sinh|thoi noi|day thang|dac biet"
    r"|anniversary|wedding|birthday|founded|memorial)\b"
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
    "new_field_special_day": _("Dates that come round every year; a special day fits"),
    "recalculated": _("Calculated from orders"),
    "heading_refuses": _("The heading says no: a Yes is a refusal"),
    "heading_may_refuse": _("Does a Yes here mean that the customer refuses marketing?"),
    "heading_unclear": _("This heading contains a negation. Choose what a Yes means."),
    "heading_asks": _("The heading asks a question. Does a Yes mean that the customer agreed?"),
    "refuses_when": _("The heading says no: “%(value)s” means that the customer refuses"),
    "refuses_since": _("The heading says no: a date means that the customer has refused since then"),
    "values_refuse": _(
        "Contains “%(value)s”. Match it to the status or to a refusal, or skip it on purpose."
    ),
    "values_are_statuses": _("The values are statuses"),
    "statuses_mixed": _("Some values are refusals, others are no status. Is this who receives marketing?"),
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
        review=_review,
        checks=CHECKS,
        left_out=check_left_out,
        new_field=_new_field,
        secondary={"phone": "phone2", "email": "email2", "address": "address2"},
        fallbacks={"area_combined": "province", "postal_code": "zip"},
        ignored=_IGNORED,
        recalculated=_RECALCULATED,
        kept_apart=_KEPT_APART,
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


def _review(column: SampledColumn, found: HeaderMatch | None) -> HeaderMatch | None:
    """Return the meaning of a column after a look for words of refusal; nothing with one counts as consent unseen."""
    heading = refusals.read_heading(column.header)
    own_field = found is not None and found.meaning.startswith(FIELD_PREFIX)
    if heading is not None and heading.sure:
        return HeaderMatch(f"refuses_{heading.channel}", 1, "heading_refuses", needs_review=own_field)
    if found is not None and _is_consent(found.meaning) and refusals.is_doubtful(column.header):
        if refusals.asked_for(column.header):
            return replace(found, code="heading_asks", needs_review=True)
        return HeaderMatch("", 1, "heading_unclear", needs_review=True)
    unknown = found is None or found.rank > 2
    if heading is not None and unknown and (column.booleans.mostly or column.dates.mostly):
        return HeaderMatch(f"refuses_{heading.channel}", 3, "heading_may_refuse", needs_review=True)
    if found is not None and found.meaning == "status":
        return _review_status(column, found)
    if found is None and any(map(refuses, column.cells)) and column.fit(is_status).mostly:
        return HeaderMatch("status", 3, "values_are_statuses")
    return found


def _review_status(column: SampledColumn, found: HeaderMatch) -> HeaderMatch:
    """Return the match of a column of statuses: of subscriptions, or of something else that is not used."""
    fit = column.fit(is_status)
    if fit.mostly or (fit.good and not fit.bad):
        return found
    if any(map(refuses, column.cells)):
        return replace(found, code="statuses_mixed", needs_review=True)
    return HeaderMatch("", 4, "not_used")


def _new_field(column: SampledColumn) -> str:
    """Return that a column of days that come round every year, by its header, is a special day."""
    is_annual = column.new_field_format() == "date" and _ANNUAL.search(fold_header(column.header))
    return FieldFormat.SPECIAL_DAY.value if is_annual else ""


def _is_consent(meaning: str) -> bool:
    return meaning.startswith(("accepts_", "consent_")) and meaning != "consent_date"


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
