"""Which column is matched to which field. Pure; the caller passes the fields as data.

Canonical keys are those of `customer_fields` in facts/import_headers.json (full_name, phone, birthday…). Precedence:
the saved matching, the caller's own labels and aliases, what a known platform means by its headers, known headers
verbatim, known headers inside longer ones, and finally the values.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from quen.apps.import_export.columns import SampledColumn
from quen.apps.import_export.detection import HeaderMatch, detect
from quen.apps.import_export.headers import (
    build_dictionary,
    detect_platform,
    header_signature,
)
from quen.apps.import_export.match_reasons import reason_text
from quen.apps.import_export.tables import Cell

SYSTEM_TOTALS: Final = frozenset(
    {"total_spent", "orders_count", "net_spent", "average_order_value", "first_order_at", "last_order_at"}
)
# Internal columns of other software are never worth a custom field. Identity documents are never collected.
_IGNORED_KEYS: Final = (
    "debt debt_days wallet_balance points points_total created_by updated_at branch owner customer_type status "
    "national_id fax country_code price_policy discount payment_method_default prepaid_sessions_left consent_date"
)
_IGNORED: Final = frozenset(_IGNORED_KEYS.split())
_SECONDARY: Final = {"phone": "phone2", "email": "email2", "address": "address2"}
_FALLBACKS: Final = {"area_combined": "province", "postal_code": "zip"}
_DATES: Final = frozenset({"birthday", "created_at", "updated_at"})
PLATFORM_NAMES: Final = {
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


@dataclass(frozen=True, slots=True)
class FieldTarget:
    """A field that columns can be matched to.

    format: text, number, date, phone, email, yes_no, single_choice, tags…; "date" and "phone" make the values be
    checked.  canonical: the canonical key, when it differs from `key`.  choices: the allowed values, when there are
    few.
    """

    key: str
    label: str
    format: str = "text"
    aliases: tuple[str, ...] = ()
    canonical: str = ""
    choices: tuple[str, ...] = ()

    @property
    def meaning(self) -> str:
        return self.canonical or self.key


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """What a column is matched to, and why.

    target: a key of the caller, None to skip the column or to create a field.  new_field_format: number, date,
    yes_no, single_choice or text, when a new field is proposed.  needs_review: the user must decide.
    date_order: dmy, mdy or ymd for dates in text; dmy is only a proposal while `needs_review`.
    """

    index: int
    header: str
    samples: tuple[str, ...]
    target: str | None
    new_field_format: str | None
    reason_code: str
    reason_params: Mapping[str, Any] = field(default_factory=dict)
    needs_review: bool = False
    date_order: str | None = None

    @property
    def state(self) -> str:
        """Return "review", "matched", "new" or "skipped"."""
        if self.needs_review:
            return "review"
        if self.target is not None:
            return "matched"
        return "new" if self.new_field_format else "skipped"

    @property
    def reason(self) -> str:
        return reason_text(self.reason_code, self.reason_params)


@dataclass(frozen=True, slots=True)
class Matching:
    """The proposed matching of all columns of a file.

    platform: a key of PLATFORM_NAMES, or None.  fully_matched: every header is known and no column is new or needs a
    review, so the step can be shown collapsed.  signature: the key under which the user's choices are saved for files
    with these headers.
    """

    platform: str | None
    columns: tuple[ColumnGuess, ...]
    signature: str
    fully_matched: bool

    @property
    def platform_name(self) -> str:
        return PLATFORM_NAMES.get(self.platform or "", "")


def match_columns(
    headers: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    targets: Sequence[FieldTarget],
    *,
    remembered: Sequence[str | None] | None = None,
) -> Matching:
    """Return the matching of columns to fields, from headers and sample rows (a few hundred are enough).

    remembered: target keys by column, from an earlier file with the same signature.
    """
    columns = [
        SampledColumn(index, header, (row[index] for row in rows if index < len(row)))
        for index, header in enumerate(headers)
    ]
    platform = detect_platform(headers)
    by_key = {target.key: target for target in targets}
    if remembered is not None and len(remembered) == len(columns):
        guesses = [
            _as_remembered(column, key, by_key) for column, key in zip(columns, remembered, strict=True)
        ]
    else:
        guesses = _guess_all(columns, targets, platform)
    settled = all(guess.state in {"matched", "skipped"} for guess in guesses) and any(
        guess.target for guess in guesses
    )
    return Matching(
        platform, tuple(guesses), header_signature(headers), settled and any(map(str.strip, headers))
    )


def _as_remembered(column: SampledColumn, key: str | None, by_key: Mapping[str, FieldTarget]) -> ColumnGuess:
    if key is None or key not in by_key:
        return _skip(column, "remembered" if key is None else "not_used")
    guess = _explain(column, by_key[key], HeaderMatch(by_key[key].meaning, 0, "remembered"))
    return guess if guess.needs_review else replace(guess, reason_code="remembered", reason_params={})


def _guess_all(
    columns: list[SampledColumn], targets: Sequence[FieldTarget], platform: str | None
) -> list[ColumnGuess]:
    own_dictionary = build_dictionary(
        (spelling, target.key)
        for target in targets
        for spelling in (target.label, target.key, *target.aliases)
    )
    meanings = {target.key: target.meaning for target in targets}
    by_meaning = {target.meaning: target for target in reversed(targets)}
    found = [detect(column, columns, own_dictionary, meanings, platform) for column in columns]
    guesses: dict[int, ColumnGuess] = {}
    used: set[str] = set()
    for column in sorted(columns, key=lambda column: (_rank(found[column.index]), column.index)):
        guess = _assign(column, found[column.index], by_meaning, used, platform)
        if guess.target is not None:
            used.add(guess.target)
        guesses[column.index] = guess
    return [guesses[column.index] for column in columns]


def _rank(found: HeaderMatch | None) -> int:
    return found.rank if found else 9


def _assign(
    column: SampledColumn,
    found: HeaderMatch | None,
    by_meaning: Mapping[str, FieldTarget],
    used: set[str],
    platform: str | None,
) -> ColumnGuess:
    if found is None:
        return _new_field(column) if column.cells else _skip(column, "empty_column")
    meaning = found.meaning
    if meaning in SYSTEM_TOTALS:
        return _skip(column, "system_total_recalculated")
    if not meaning:
        return _skip(column, "not_used")
    if meaning == "status" and not _fits_choices(column, by_meaning.get("status")):
        return _skip(column, "not_used")
    target = by_meaning.get(meaning) or by_meaning.get(_FALLBACKS.get(meaning, ""))
    if target is not None and target.key in used:
        second = by_meaning.get(_SECONDARY.get(meaning, ""))
        if second is None or second.key in used:
            # A known export has a second address or name for good reasons; in any other list the user should decide.
            needs_review = bool(column.cells) and found.rank < 3 and platform is None
            return replace(_skip(column, "taken"), needs_review=needs_review)
        target = second
    if target is None:
        if platform or meaning in _IGNORED or meaning in _SECONDARY.values() or not column.cells:
            return _skip(column, "not_used")
        return _new_field(column)
    return _explain(column, target, found, PLATFORM_NAMES.get(platform or "", ""))


def _fits_choices(column: SampledColumn, target: FieldTarget | None) -> bool:
    return target is not None and bool(target.choices) and column.among(target.choices).mostly


def _skip(column: SampledColumn, code: str) -> ColumnGuess:
    return ColumnGuess(column.index, column.header, column.samples, None, None, code)


def _new_field(column: SampledColumn) -> ColumnGuess:
    format_ = column.new_field_format()
    ambiguous = format_ == "date" and column.date_order == "ambiguous"
    return ColumnGuess(
        column.index,
        column.header,
        column.samples,
        None,
        format_,
        "date_order_ambiguous" if ambiguous else f"new_field_{format_}",
        {"example": column.ambiguous_date} if ambiguous else {"count": column.distinct},
        needs_review=ambiguous,
        date_order=_date_order(column) if format_ == "date" else None,
    )


def _date_order(column: SampledColumn) -> str | None:
    if column.real_dates:
        return None
    return "dmy" if column.date_order == "ambiguous" else column.date_order


def _explain(
    column: SampledColumn, target: FieldTarget, found: HeaderMatch, platform_name: str = ""
) -> ColumnGuess:
    """Return the guess with the most informative reason that the column's values give."""
    code, needs_review = found.code, found.needs_review
    params: dict[str, Any] = {"platform": platform_name} if code == "platform" else {}
    meaning = target.meaning
    date_order = None
    if not column.cells:
        pass
    elif meaning in {"phone", "phone2"} or target.format == "phone":
        fit = column.phones
        code, params = "values_are_phones", {"good": fit.good, "bad": fit.bad}
        if column.masked:
            code, params, needs_review = "phones_masked", {}, True
        elif fit.good * 2 < len(column.cells):
            code, params, needs_review = _mismatch(fit.good, column)
    elif meaning in {"email", "email2"} or target.format == "email":
        fit = column.emails
        if fit.bad:
            code, params = "values_are_emails", {"good": fit.good, "bad": fit.bad}
        if fit.good * 2 < len(column.cells):
            code, params, needs_review = _mismatch(fit.good, column)
    elif meaning in _DATES or target.format == "date":
        code, params, needs_review, date_order = _explain_dates(column, found)
    elif meaning in {"province", "area_combined"}:
        if column.old_provinces:
            code = "old_provinces"
        elif not column.provinces.good and column.distinct > 2:
            code, params, needs_review = _mismatch(0, column)
    elif meaning == "gender":
        if any(text in {"0", "1", "2"} for text in column.texts):
            code, needs_review = "gender_digits", True
        elif not column.genders.mostly and column.genders.bad:
            code, params, needs_review = _mismatch(column.genders.good, column)
    elif meaning in {"group", "tags"} or target.format == "tags":
        separator = next((separator for separator in "|;," if column.parts(separator)), None)
        if separator:
            code, params = "split_by", {"mark": separator, "count": column.parts(separator)}
    elif meaning.startswith("accepts_") or target.format == "yes_no":
        if column.booleans.bad * 2 > len(column.cells):
            code, params, needs_review = _mismatch(column.booleans.good, column)
        elif column.distinct == 2:
            code, params = "two_values", {"first": column.common_values[0], "second": column.common_values[1]}
    elif meaning == "external_id" and column.unique:
        code = "values_unique"
    return ColumnGuess(
        column.index, column.header, column.samples, target.key, None, code, params, needs_review, date_order
    )


def _explain_dates(column: SampledColumn, found: HeaderMatch) -> tuple[str, dict[str, Any], bool, str | None]:
    order = _date_order(column)
    if column.years:
        return "years_only", {}, True, None
    if column.dates.good * 2 < len(column.cells):
        return (*_mismatch(column.dates.good, column), order)
    if order is None:
        return found.code, {}, found.needs_review, None
    if column.date_order == "ambiguous":
        if column.ambiguous_date:
            return "date_order_ambiguous", {"example": column.ambiguous_date}, True, order
        return found.code, {}, found.needs_review, order
    return ("date_order" if order == "dmy" else f"date_order_{order}"), {}, found.needs_review, order


def _mismatch(good: int, column: SampledColumn) -> tuple[str, dict[str, Any], bool]:
    return "values_do_not_fit", {"good": good, "total": len(column.cells)}, True
