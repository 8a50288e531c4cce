"""Files for a purpose of their own: advertising platforms, mailing labels (R-17). Only who agreed to it is in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from quen.apps.compliance.types import DataUse
from quen.apps.contacts import registry as contacts
from quen.apps.contacts.types import Consent, Status
from quen.apps.import_export.registry import ExportColumn
from quen.core import countries, provinces, sql
from quen.core.sql import Relation

#: why somebody is left out, the first that applies
REASONS: Final[Mapping[str, str | Promise]] = {
    "not_agreed": _("have not agreed to it"),
    "refused": _("refused it"),
    "refused_everything": _("refused everything"),
    "no_address": _("have nothing to hand over"),
    "archived": _("are archived"),
    "restricted": _("have restricted their data"),
}
_EMAIL: Final = "lower(btrim(coalesce(c.email, '')))"
_REACHABLE: Final = "coalesce(c.email, '') <> '' OR coalesce(c.phone, '') <> ''"
_WITH_ADDRESS: Final = "c.address_line <> '' AND (c.city <> '' OR c.province <> '')"


def register() -> None:
    """Register the files with the export of contacts."""
    for key, purpose, label, help_, has_address, columns in _FILES:
        contacts.register_export_audience(
            contacts.ExportAudience(
                key=key,
                label=label,
                help=help_,
                reasons=REASONS,
                columns=_bound(columns, purpose),
                left_out=_counter(purpose, has_address),
                included=_chooser(purpose, has_address),
            )
        )


def _counter(purpose: DataUse, has_address: str) -> Callable[[Relation], dict[str, int]]:
    def left_out(people: Relation) -> dict[str, int]:
        return dict(sql.rows(_judged("compliance/left_out", purpose, has_address, people)))

    return left_out


def _chooser(purpose: DataUse, has_address: str) -> Callable[[Relation], Relation]:
    def included(people: Relation) -> Relation:
        return _judged("compliance/included", purpose, has_address, people)

    return included


def _judged(statement: str, purpose: DataUse, has_address: str, people: Relation) -> Relation:
    text = sql.text(statement, has_address=has_address, contacts="{contacts}")
    return sql.compose(text, contacts=people, purpose=purpose.value)


def _bound(
    columns: Callable[[], Iterator[ExportColumn]], purpose: DataUse
) -> Callable[[], list[ExportColumn]]:
    """Return the columns; who took back their agreement before the file is written is not in it."""
    join = (
        "JOIN compliance_purposeanswer AS agreed ON agreed.contact_id = c.id"
        f" AND agreed.purpose = '{purpose.value}' AND agreed.consent = {Consent.GRANTED.value}"
        f" AND c.restricted_at IS NULL AND c.deleted_at IS NULL AND c.status <> {Status.SAVED.value}"
    )

    def bound() -> list[ExportColumn]:
        return [
            ExportColumn(
                key=each.key,
                label=each.label,
                value=each.value,
                params=each.params,
                join=join,
            )
            for each in columns()
        ]

    return bound


def _hashed(value: str) -> str:
    return f"CASE WHEN {value} <> '' THEN encode(sha256(convert_to({value}, 'UTF8')), 'hex') END"


def _ads_hashed() -> Iterator[ExportColumn]:
    """Yield what advertising platforms match: the SHA-256 of the lower-case email and of the number in E.164."""
    phone = "coalesce(c.phone, '')"
    yield ExportColumn(key="email", label="email", value=_hashed(_EMAIL))
    yield ExportColumn(key="phone", label="phone", value=_hashed(phone))
    yield ExportColumn(key="country", label="country", value="coalesce(nullif(c.country, ''), 'VN')")


def _ads_plain() -> Iterator[ExportColumn]:
    """Yield the same for platforms that hash by themselves. A text with a plus would be taken for a formula."""
    yield ExportColumn(key="email", label="email", value=_EMAIL)
    yield ExportColumn(key="phone", label="phone", value="replace(coalesce(c.phone, ''), '+', '')")
    yield ExportColumn(key="country", label="country", value="coalesce(nullif(c.country, ''), 'VN')")


def _labels() -> Iterator[ExportColumn]:
    """Yield the lines of a label from the name to the province, as Vietnamese addresses are written."""

    def places() -> dict[str, Any]:
        return {"names": json.dumps({code: each.name for code, each in provinces.NEW.items()})}

    def nations() -> dict[str, Any]:
        language = get_language() or "vi"
        return {"names": json.dumps({code: countries.name(code, language) for code in countries.CODES})}

    yield ExportColumn(key="salutation", label=_("Form of address"), value="c.salutation")
    yield ExportColumn(key="name", label=_("Full name"), value="c.full_name")
    yield ExportColumn(key="company", label=_("Company"), value="c.company")
    yield ExportColumn(key="line_1", label=_("House number, street"), value="c.address_line")
    yield ExportColumn(
        key="line_2",
        label=_("Ward, district"),
        value="concat_ws(', ', nullif(c.ward, ''), nullif(c.district, ''))",
    )
    yield ExportColumn(
        key="line_3",
        label=_("Province/city"),
        value="coalesce(nullif(c.city, ''), %(names)s::jsonb ->> c.province)",
        params=places,
    )
    yield ExportColumn(
        key="line_4",
        label=_("Country"),
        value="CASE WHEN c.country NOT IN ('', 'VN') THEN %(names)s::jsonb ->> c.country END",
        params=nations,
    )


_FILES: Final[
    tuple[tuple[str, DataUse, Promise, Promise, str, Callable[[], Iterator[ExportColumn]]], ...]
] = (
    (
        "ads",
        DataUse.ADS,
        _("Ad audience (hashed)"),
        _(
            "For advertising platforms: email and phone as SHA-256, which only those who have them already can match."
        ),
        _REACHABLE,
        _ads_hashed,
    ),
    (
        "ads-plain",
        DataUse.ADS,
        _("Ad audience (readable)"),
        _("For platforms that hash by themselves. Hand it over only where the hashed file is not accepted."),
        _REACHABLE,
        _ads_plain,
    ),
    (
        "labels",
        DataUse.POST,
        _("Mailing labels"),
        _("Form of address, name and address line by line, for letters and postcards."),
        _WITH_ADDRESS,
        _labels,
    ),
)
