"""The fields of a contact that columns can be matched to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from quen.apps.contacts import registry
from quen.apps.contacts.importing.refusal_cells import read_answer
from quen.apps.contacts.importing.refusals import EVERY_CHANNEL
from quen.apps.contacts.services.staging.schema import NAMES
from quen.apps.contacts.types import Channel, FieldFormat, Status
from quen.apps.import_export.registry import Cell, FieldTarget
from quen.core import text

if TYPE_CHECKING:
    from quen.apps.contacts.models import Field

FIELD_PREFIX = "field_"
#: targets that identify a contact
IDENTIFYING_TARGETS = frozenset({"phone", "phone2", "email", "email2", "external_id", "zalo", "facebook"})
#: targets of columns whose Yes is a refusal, by the channel that they refuse
REFUSAL_TARGETS = {
    **{f"refused_{channel}": channel for channel in ("email", "sms", "zalo", "call")},
    "refused_all": EVERY_CHANNEL,
}
#: targets whose column decides the status of every row
STATUS_TARGETS = frozenset({"status", "consent_email"})
#: targets of columns that become tags, or groups
TAG_TARGETS = frozenset({"tags", "groups"})
#: targets that say who may be sent what
ANSWER_TARGETS = frozenset(
    {"status", *(f"consent_{channel}" for channel in Channel.values), *REFUSAL_TARGETS}
)
STATUS_NAMES = {
    "subscribed": Status.SUBSCRIBED,
    "dang ky": Status.SUBSCRIBED,
    "da dang ky": Status.SUBSCRIBED,
    "dang nhan tin": Status.SUBSCRIBED,
    "opted in": Status.SUBSCRIBED,
    "opt in": Status.SUBSCRIBED,
    "non-subscribed": Status.NON_SUBSCRIBED,
    "non subscribed": Status.NON_SUBSCRIBED,
    "nonsubscribed": Status.NON_SUBSCRIBED,
    "not subscribed": Status.NON_SUBSCRIBED,
    "chua dang ky": Status.NON_SUBSCRIBED,
    "khong dang ky": Status.NON_SUBSCRIBED,
    "saved": Status.SAVED,
    "archived": Status.SAVED,
    "luu tru": Status.SAVED,
    "da luu": Status.SAVED,
    "luu": Status.SAVED,
}
#: the columns that a target fills, where they are not just the column of its name
_COLUMNS_OF_TARGET: dict[str, tuple[str, ...]] = {
    # The name of an organisation is its company.
    "full_name": (*NAMES, "salutation", "company"),
    "family_name": NAMES,
    "middle_name": NAMES,
    "given_name": (*NAMES, "company"),
    "phone2": ("phone",),
    "email2": ("email",),
    "birth_on": ("birth_day", "birth_on", "birth_is_lunar"),
    "address2": ("address_line",),
    "city": ("city", "province", "province_before", "country"),
    "area": ("city", "province", "province_before", "country", "district"),
    "country_code": ("country",),
}
_FORMATS = {
    FieldFormat.NUMBER: "number",
    FieldFormat.DATE: "date",
    FieldFormat.SPECIAL_DAY: "date",
    FieldFormat.EMAIL: "email",
    FieldFormat.PHONE: "phone",
    FieldFormat.YES_NO: "yes_no",
    FieldFormat.SINGLE: "single_choice",
}


def system_targets() -> list[FieldTarget]:
    """Return the fields that every workspace has, in the order of the select box."""
    statuses = tuple(str(label) for _value, label in Status.choices)
    return [
        FieldTarget("full_name", _("Full name")),
        FieldTarget("phone", _("Phone"), "phone"),
        FieldTarget("email", _("Email"), "email"),
        FieldTarget("family_name", _("Family name"), canonical="last_name"),
        FieldTarget("middle_name", _("Middle name")),
        FieldTarget("given_name", _("Given name"), canonical="first_name"),
        FieldTarget("salutation", _("Form of address")),
        FieldTarget("phone2", _("Second phone"), "phone"),
        FieldTarget("email2", _("Second email"), "email"),
        FieldTarget("birth_on", _("Date of birth"), "date", canonical="birthday"),
        FieldTarget("gender", _("Gender"), "gender"),
        FieldTarget("company", _("Company")),
        FieldTarget("address_line", _("Address"), canonical="address"),
        FieldTarget("address2", _("Other addresses"), repeatable=True),
        FieldTarget("ward", _("Ward/commune")),
        FieldTarget("district", _("District (before 2025)")),
        FieldTarget("city", _("Province/city"), "province", canonical="province"),
        FieldTarget("area", _("Province and district combined"), "province", canonical="area_combined"),
        FieldTarget("country", _("Country")),
        FieldTarget("country_code", _("Country code")),
        FieldTarget("note", _("Note")),
        FieldTarget("tags", _("Tags"), "tags", repeatable=True),
        *(
            FieldTarget(
                labels.key,
                str(labels.label),
                "yes_no" if labels.answers else "tags",
                labels.headings,
                canonical=labels.canonical,
                repeatable=not labels.answers,
            )
            for labels in registry.import_labels().values()
        ),
        FieldTarget(
            "consent_email",
            _("Consent to email marketing"),
            "yes_no",
            ("Nhận tin", "Nhận quảng cáo", "Nhận bản tin"),
            "accepts_email_marketing",
        ),
        FieldTarget(
            "consent_sms", _("Consent to SMS marketing"), "yes_no", canonical="accepts_sms_marketing"
        ),
        FieldTarget("consent_zalo", _("Consent to Zalo marketing"), "yes_no"),
        FieldTarget("consent_call", _("Consent to marketing calls"), "yes_no"),
        *(
            FieldTarget(key, label, "refusal", canonical=f"refuses_{REFUSAL_TARGETS[key]}", repeatable=True)
            for key, label in (
                ("refused_email", _("Refuses email marketing")),
                ("refused_sms", _("Refuses SMS marketing")),
                ("refused_zalo", _("Refuses Zalo marketing")),
                ("refused_call", _("Refuses marketing calls")),
                ("refused_all", _("Refuses all marketing")),
            )
        ),
        FieldTarget("status", _("Status"), choices=(*statuses, *STATUS_NAMES)),
        FieldTarget("external_id", _("Customer code"), "code"),
        FieldTarget("zalo", _("Zalo account")),
        FieldTarget("facebook", _("Facebook account")),
        FieldTarget("member_since", _("Member since"), "date", canonical="created_at"),
        FieldTarget("source", _("Source")),
        FieldTarget("language", _("Preferred language")),
        FieldTarget("opening_spent", _("Previously spent"), "number"),
        FieldTarget("opening_orders", _("Previous orders"), "number"),
        FieldTarget("opening_points", _("Previous points"), "number"),
    ]


def custom_targets(fields: Iterable[Field]) -> list[FieldTarget]:
    """Return the workspace's custom fields."""
    return [
        FieldTarget(
            f"{FIELD_PREFIX}{field.pk}",
            field.label,
            _FORMATS.get(FieldFormat(field.format), "text"),
            tuple(filter(None, (field.key, field.name, field.name_en))),
            choices=tuple(dict.fromkeys([*field.options.labels, *field.options.words_by_id()])),
        )
        for field in fields
    ]


def read_status(cell: Cell) -> Status | None:
    """Return the status that a cell names, None when it names none; see refusal_cells.read_answer for refusals."""
    return STATUS_NAMES.get(text.fold(text.clean(cell)).replace("_", " ")) if isinstance(cell, str) else None


def is_status(cell: Cell) -> bool:
    """Return whether a cell names a status or a refusal."""
    return read_status(cell) is not None or read_answer(cell) is not None


def is_answer(target: str) -> bool:
    """Return whether the columns of a target say what people agreed to or refused."""
    labels = registry.import_labels().get(target)
    return target in ANSWER_TARGETS or (labels is not None and labels.answers)


def consent_channels(targets: Sequence[str]) -> list[str]:
    """Return the channels whose consent has a column, in the order of Channel."""
    refused = {REFUSAL_TARGETS[target] for target in targets if target in REFUSAL_TARGETS}
    return [
        channel
        for channel in Channel.values
        if f"consent_{channel}" in targets or not refused.isdisjoint({channel, EVERY_CHANNEL})
    ]


def columns_of(targets: Iterable[str]) -> set[str]:
    """Return the columns of the contact that these targets fill."""
    return {column for target in targets for column in _COLUMNS_OF_TARGET.get(target, (target,))}
