"""The export of contacts: its columns, under headings that an import recognises (R-25), and those of other programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from psycopg.types.json import Jsonb

from quen.apps.contacts import queries, registry
from quen.apps.contacts.models import Field
from quen.apps.contacts.rules.further_addresses import PART_SEPARATOR
from quen.apps.contacts.rules.identifiers import LABELS as IDENTIFIERS
from quen.apps.contacts.rules.identifiers import SYSTEMS
from quen.apps.contacts.rules.labels import LABELS, field_key
from quen.apps.contacts.rules.special_days import LUNAR, LUNAR_WORDS, SOLAR_WORDS
from quen.apps.contacts.types import FieldFormat, Gender, Status
from quen.apps.import_export.registry import ExportColumn, ExportTemplate
from quen.apps.import_export.types import ExportCell, ImportExportRight
from quen.core import countries, provinces

Text = str | Promise


class ContactExportKind:
    """The contacts of a workspace as a file."""

    key = "contacts"
    label = _("Customers")
    table = "contacts_contact"
    right = ImportExportRight.EXPORT
    audit_kind = "contacts.exported"

    def columns(self) -> list[ExportColumn]:
        """Return the registered columns, then one per custom field."""
        return [*registry.export_columns(), *map(_custom_column, queries.active_fields())]

    def templates(self) -> list[ExportTemplate]:
        """Return the headings of Sapo, KiotViet, UPGO and Tanigo, and the files for purposes of their own."""
        programs = [ExportTemplate(key, name, list(columns())) for key, name, columns in _TEMPLATES]
        return [
            *programs,
            *(
                ExportTemplate(audience.key, audience.label, audience.columns())
                for audience in registry.export_audiences().values()
            ),
        ]

    def returning_file(self, export_id: int) -> None:
        """Return None: these files are not edited and brought back."""


def register() -> None:
    """Register the columns of this app, in the order of the file."""
    for column in _columns():
        registry.register_export_column(column)


# Expressions


def _phone(value: str) -> str:
    """Return the expression of a phone number as ``core.phones.display`` writes it; a foreign one stays E.164."""
    return (
        f"CASE WHEN left({value}, 3) <> '+84' THEN {value}"
        f" WHEN length({value}) = 12"
        f" THEN concat('0', substr({value}, 4, 3), ' ', substr({value}, 7, 3), ' ', substr({value}, 10))"
        f" WHEN length({value}) = 13 AND substr({value}, 4, 2) IN ('24', '28')"
        f" THEN concat('0', substr({value}, 4, 2), ' ', substr({value}, 6, 4), ' ', substr({value}, 10))"
        f" WHEN length({value}) = 13"
        f" THEN concat('0', substr({value}, 4, 3), ' ', substr({value}, 7, 4), ' ', substr({value}, 11))"
        f" ELSE '0' || substr({value}, 4) END"
    )


def _label(names: Mapping[Any, Text], value: str) -> dict[str, Any]:
    """Return expression and parameter of the label of a code, in the language that is active when rows are read."""

    def labels() -> dict[str, Any]:
        return {"names": json.dumps({str(code): str(label) for code, label in names.items()})}

    return {"value": f"%(names)s::jsonb ->> {value}", "params": labels}


def _whole(value: str) -> dict[str, Any]:
    return {"value": value, "kind": ExportCell.NUMBER}


_IDENTITIES: Final = (
    "LEFT JOIN (SELECT i.contact_id,"
    " string_agg(i.external_id, ', ' ORDER BY i.id) FILTER (WHERE i.system = 'code') AS code,"
    f" string_agg({_phone('i.external_id')}, ', ' ORDER BY i.id) FILTER (WHERE i.system = 'phone') AS phone,"
    " string_agg(i.external_id, ', ' ORDER BY i.id) FILTER (WHERE i.system = 'email') AS email"
    " FROM contacts_contactidentity i WHERE i.deleted_at IS NULL AND i.contact_id = ANY(%(ids)s::bigint[])"
    " GROUP BY i.contact_id) AS identities ON identities.contact_id = c.id"
)
#: one address a line, its parts as rules.further_addresses reads them
_ADDRESSES: Final = (
    "LEFT JOIN (SELECT a.contact_id, string_agg(regexp_replace("
    f"concat_ws('{PART_SEPARATOR}', a.address_line, a.ward, a.district, a.city,"
    " CASE WHEN a.country = 'VN' AND a.province <> '' THEN '' ELSE a.country END),"
    f" '({PART_SEPARATOR})+$', ''), E'\n' ORDER BY a.created_at, a.id) AS texts FROM contacts_contactaddress a"
    " WHERE a.contact_id = ANY(%(ids)s::bigint[]) GROUP BY a.contact_id) AS addresses ON addresses.contact_id = c.id"
)
_TAGS: Final = (
    "LEFT JOIN (SELECT ct.contact_id, string_agg(t.name, ', ' ORDER BY t.name) AS names"
    " FROM contacts_contacttag ct JOIN contacts_tag t ON t.id = ct.tag_id"
    " WHERE ct.contact_id = ANY(%(ids)s::bigint[]) GROUP BY ct.contact_id) AS tags ON tags.contact_id = c.id"
)
_SOURCE: Final = "LEFT JOIN contacts_source AS first_source ON first_source.id = c.first_source_id"
# A lunar year begins a month or two later: its last two months may fall into the next year of the usual calendar.
_BIRTH_YEAR: Final = (
    "CASE WHEN c.birth_is_lunar AND c.birth_day >= 1100 AND extract(month FROM c.birth_on) <= 2"
    " THEN extract(year FROM c.birth_on) - 1 ELSE extract(year FROM c.birth_on) END"
)
#: a day that is no date of the usual calendar: 17/07, or 17/07/1990 âm lịch
_BIRTH_TEXT: Final = (
    "CASE WHEN c.birth_day IS NULL THEN '' ELSE concat("
    "lpad((c.birth_day %% 100)::text, 2, '0'), '/', lpad((c.birth_day / 100)::text, 2, '0'),"
    f" CASE WHEN c.birth_on IS NOT NULL THEN '/' || lpad(({_BIRTH_YEAR})::text, 4, '0') END,"
    " CASE WHEN c.birth_is_lunar THEN ' âm lịch' END) END"
)
_BIRTH: Final[dict[str, Any]] = {
    "value": "CASE WHEN NOT c.birth_is_lunar THEN c.birth_on END",
    "kind": ExportCell.DATE,
    "otherwise": _BIRTH_TEXT,
}
_PLACE: Final[dict[str, Any]] = {
    "value": "coalesce(nullif(c.city, ''), %(names)s::jsonb ->> c.province)",
    "params": _label({code: each.name for code, each in provinces.NEW.items()}, "")["params"],
}
_GENDER: Final = {value: label for value, label in Gender.choices if value}
_LAST_NAME: Final = "concat_ws(' ', nullif(c.family_name, ''), nullif(c.middle_name, ''))"
_FIRST_NAME: Final = "coalesce(nullif(c.given_name, ''), c.full_name)"
_NATIONAL: Final = "CASE WHEN left(c.phone, 3) = '+84' THEN '0' || substr(c.phone, 4) ELSE c.phone END"
_COUNTRY_NAMES: Final = {code: countries.name(code, "en") for code in countries.CODES}
_MORE: Final[dict[str, Any]] = {"default": False}


def _columns() -> list[ExportColumn]:
    """Return the columns of this app."""
    column = ExportColumn
    return [
        column(key="full_name", label=LABELS["full_name"], value="c.full_name"),
        column(key="phone", label=LABELS["phone"], value=_phone("c.phone")),
        column(key="email", label=LABELS["email"], value="c.email"),
        *(
            column(key=key, label=label, value=f"identities.{SYSTEMS[key]}", join=_IDENTITIES)
            for key, label in IDENTIFIERS.items()
        ),
        column(key="birth", label=LABELS["birth_on"], **_BIRTH),
        column(key="gender", label=LABELS["gender"], **_label(_GENDER, "c.gender")),
        column(key="address_line", label=LABELS["address_line"], value="c.address_line"),
        column(key="ward", label=LABELS["ward"], value="c.ward"),
        column(key="district", label=LABELS["district"], value="c.district"),
        column(key="province", label=LABELS["province"], **_PLACE),
        column(key="country", label=LABELS["country"], value="c.country"),
        column(key="further_addresses", label=_("Other addresses"), value="addresses.texts", join=_ADDRESSES),
        column(key="company", label=LABELS["company"], value="c.company"),
        column(key="status", label=_("Status"), **_label(dict(Status.choices), "c.status::text")),
        column(key="tags", label=_("Tags"), value="tags.names", join=_TAGS),
        column(key="spent", label=_("Total spent"), **_whole("c.spent")),
        column(key="orders_count", label=_("Total orders"), **_whole("c.orders_count")),
        column(key="opening_spent", label=LABELS["opening_spent"], **_whole("c.opening_spent")),
        column(key="opening_orders", label=LABELS["opening_orders"], **_whole("c.opening_orders")),
        column(key="opening_points", label=LABELS["opening_points"], **_whole("c.opening_points")),
        column(
            key="member_since", label=LABELS["member_since"], value="c.member_since", kind=ExportCell.MOMENT
        ),
        column(key="note", label=LABELS["note"], value="c.note"),
        column(key="family_name", label=LABELS["family_name"], value="c.family_name", **_MORE),
        column(key="middle_name", label=LABELS["middle_name"], value="c.middle_name", **_MORE),
        column(key="given_name", label=LABELS["given_name"], value="c.given_name", **_MORE),
        column(key="salutation", label=LABELS["salutation"], value="c.salutation", **_MORE),
        column(key="call_name", label=LABELS["call_name"], value="c.call_name", **_MORE),
        column(key="language", label=LABELS["language"], value="c.language", **_MORE),
        column(key="source", label=_("Source"), value="first_source.name", join=_SOURCE, **_MORE),
        column(
            key="last_order", label=_("Last order"), value="c.last_order_at", kind=ExportCell.MOMENT, **_MORE
        ),
        column(key="created", label=_("Created"), value="c.created_at", kind=ExportCell.MOMENT, **_MORE),
        column(
            key="activity", label=_("Activity"), value="c.last_activity_at", kind=ExportCell.MOMENT, **_MORE
        ),
    ]


# Custom fields


def _custom_column(field: Field) -> ExportColumn:
    value = "c.attrs ->> %(key)s"
    kind = ExportCell.TEXT
    params: dict[str, Any] = {"key": str(field.pk)}
    words = field.options.words_by_id() if field.has_options else {}
    if words:
        params["words"] = Jsonb(words)
        value = f"coalesce(%(words)s::jsonb ->> ({value}), {value})"
    match field.format:
        case FieldFormat.NUMBER:
            value, kind = f"({value})::numeric", ExportCell.NUMBER
        case FieldFormat.DATE:
            value, kind = f"({value})::date", ExportCell.DATE
        case FieldFormat.DATE_TIME:
            value, kind = f"({value})::timestamptz", ExportCell.MOMENT
        case FieldFormat.YES_NO:
            value = f"CASE {value} WHEN 'true' THEN %(yes)s WHEN 'false' THEN %(no)s END"
            params |= {"yes": str(_("Yes")), "no": str(_("No"))}
        case FieldFormat.SPECIAL_DAY:
            return ExportColumn(key=field_key(field.pk), label=field.label, **_special_day(field))
        case FieldFormat.PHONE:
            value = _phone(f"({value})")
        case FieldFormat.MULTIPLE:
            choice = (
                "coalesce(%(words)s::jsonb ->> chosen.choice, chosen.choice)" if words else "chosen.choice"
            )
            value = (
                f"(SELECT string_agg({choice}, ', ' ORDER BY chosen.place) FROM jsonb_array_elements_text("
                "CASE WHEN jsonb_typeof(c.attrs -> %(key)s) = 'array' THEN c.attrs -> %(key)s ELSE '[]' END)"
                " WITH ORDINALITY AS chosen (choice, place))"
            )
    return ExportColumn(
        key=field_key(field.pk), label=field.label, value=value, kind=kind, params=lambda: params
    )


def _special_day(field: Field) -> dict[str, Any]:
    """Return a date of the usual calendar, or the text that a day without a year or of the lunar calendar is.

    Where days are lunar unless they say otherwise, each says its calendar.
    """
    value = "(c.attrs ->> %(key)s)"
    lunar = f"left({value}, {len(LUNAR)}) = '{LUNAR}'"
    typed = (
        f"CASE WHEN {value} IS NULL THEN '' ELSE concat(right({value}, 2), '/', left(right({value}, 5), 2),"
        rf" '/' || substring({value} FROM '\d{{4}}'),"
        f" CASE WHEN {lunar} THEN '{LUNAR_WORDS}' ELSE %(solar)s END) END"
    )
    params = {"key": str(field.pk), "solar": SOLAR_WORDS if field.is_lunar else ""}
    if field.is_lunar:
        return {"value": typed, "params": lambda: params}
    whole = rf"CASE WHEN {value} ~ '^\d{{4}}-' THEN {value}::date END"
    return {"value": whole, "kind": ExportCell.DATE, "otherwise": typed, "params": lambda: params}


# Headings of other programs; facts/import_headers.json


def _sapo() -> Iterator[ExportColumn]:
    """Yield the columns of Sapo Web: family and middle name are one (R-02), amounts have four decimals (R-06)."""
    accepts = f"CASE WHEN c.status = {Status.SUBSCRIBED.value} THEN 'Yes' ELSE 'No' END"
    yield from _texts(
        ("First Name(Tên)", _FIRST_NAME),
        ("Email", "c.email"),
        ("Last Name(Họ)", _LAST_NAME),
        ("Company(Đơn vị)", "c.company"),
        ("Address 1(Địa chỉ mặc định 1)", "c.address_line"),
    )
    yield ExportColumn(key="city", label="City(Thành phố)", **_PLACE)
    yield ExportColumn(key="country", label="Country(Quốc gia)", **_label(_COUNTRY_NAMES, "c.country"))
    yield from _texts(
        ("Country Code(Mã quốc gia)", "c.country"),
        ("Phone(Điện thoại)", _NATIONAL),
        ("Accepts Marketing", accepts),
        ("Total Spent", "c.spent::numeric(19, 4)::text"),
        ("Total Orders", "c.orders_count::text"),
    )
    yield ExportColumn(key="tags", label="Tags", value="tags.names", join=_TAGS)
    yield from _texts(("Note", "c.note"))


def _kiotviet() -> Iterator[ExportColumn]:
    """Yield the columns of KiotViet that a shop's customers have here."""
    yield from _texts(("Loại khách", "CASE WHEN c.company <> '' THEN 'Công ty' ELSE 'Cá nhân' END"))
    yield ExportColumn(key="code", label="Mã khách hàng", value="identities.code", join=_IDENTITIES)
    yield from _texts(
        ("Tên khách hàng", "c.full_name"),
        ("Điện thoại", _NATIONAL),
        ("Địa chỉ", "c.address_line"),
    )
    area = f"concat_ws(' - ', {_PLACE['value']}, nullif(c.district, ''))"
    yield ExportColumn(key="area", label="Khu vực giao hàng", value=area, params=_PLACE["params"])
    yield from _texts(("Phường/Xã", "c.ward"), ("Công ty", "c.company"))
    yield ExportColumn(key="birth", label="Ngày sinh", **_BIRTH)
    yield ExportColumn(key="gender", label="Giới tính", **_label({"male": "Nam", "female": "Nữ"}, "c.gender"))
    yield from _texts(("Email", "c.email"), ("Ghi chú", "c.note"))
    yield ExportColumn(key="points", label="Điểm hiện tại", **_whole("c.opening_points"))
    yield ExportColumn(
        key="created",
        label="Ngày tạo",
        value="(c.member_since AT TIME ZONE %(zone)s)::date",
        kind=ExportCell.DATE,
    )
    yield ExportColumn(key="spent", label="Tổng bán", **_whole("c.spent"))


def _upgo() -> Iterator[ExportColumn]:
    """Yield the columns of UPGO CRM."""
    yield from _texts(
        ("Tên khách hàng", "c.full_name"),
        ("Số điện thoại", _NATIONAL),
        ("Email", "c.email"),
    )
    yield ExportColumn(key="birth", label="Ngày sinh", **_BIRTH)
    yield ExportColumn(key="gender", label="Giới tính", **_label({"male": "Nam", "female": "Nữ"}, "c.gender"))


def _tanigo() -> Iterator[ExportColumn]:
    """Yield the columns of Tanigo."""
    yield from _texts(
        ("Email", "c.email"),
        ("Họ", _LAST_NAME),
        ("Tên", _FIRST_NAME),
        ("Điện thoại", _NATIONAL),
    )


def _texts(*columns: tuple[str, str]) -> Iterator[ExportColumn]:
    """Yield columns of text: heading, expression."""
    for heading, value in columns:
        yield ExportColumn(key=heading, label=heading, value=value)


_TEMPLATES: Final[tuple[tuple[str, str, Callable[[], Iterator[ExportColumn]]], ...]] = (
    ("sapo", "Sapo", _sapo),
    ("kiotviet", "KiotViet", _kiotviet),
    ("upgo", "UPGO", _upgo),
    ("tanigo", "Tanigo", _tanigo),
)
