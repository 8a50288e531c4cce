"""The conditions that every workspace has: one per column of the contact, and the types of this folder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from quen.apps.audience import registry
from quen.apps.audience.types import Choice, ConditionType
from quen.apps.contacts.conditions.annual_days import birthday_condition
from quen.apps.contacts.conditions.email_domain import EmailDomainConditionType
from quen.apps.contacts.conditions.places import ProvinceConditionType, RegionConditionType
from quen.apps.contacts.conditions.sentences import (
    ACTIVITY,
    BORN,
    CONSENT_OPENINGS,
    CONSENT_SENTENCES,
    COUNTRY_SENTENCES,
    CREATED,
    EVER_ORDERED,
    FIRST_ORDERED,
    GENDER_SENTENCES,
    GENDER_TEXTS,
    INCOMPLETE_SENTENCES,
    JOINED,
    LANGUAGE_SENTENCES,
    LANGUAGE_TEXTS,
    LAST_ACTIVE,
    LAST_ORDERED,
    ORDERS_SENTENCES,
    SPENT_SENTENCES,
    STATUS_NEGATIVE_TEXTS,
    STATUS_OPENINGS,
    STATUS_SENTENCES,
    STATUS_TEXTS,
    consent_negative_texts,
    consent_texts,
)
from quen.apps.contacts.conditions.source import (
    FIRST_SOURCE_SENTENCES,
    LATEST_SOURCE_SENTENCES,
    SOURCE_SENTENCES,
    SourceConditionType,
)
from quen.apps.contacts.conditions.tags import TagsConditionType
from quen.apps.contacts.types import Channel, Consent, Gender, Status
from quen.core import countries, phones
from quen.core.text import clean

Text = str | Promise

_DEMOGRAPHICS, _PURCHASES = "demographics", "purchases"
_STATUS, _RECORD = "tags_and_status", "record"


def condition_types() -> Iterable[ConditionType]:
    """Yield the conditions, by group of the menu."""
    yield from _demographics()
    yield from _purchases()
    yield from _tags_and_status()
    yield from _record()


def _demographics() -> Iterable[ConditionType]:
    yield ProvinceConditionType("province", _("Province/city"), _DEMOGRAPHICS)
    yield RegionConditionType("region", _("Region"), _DEMOGRAPHICS)
    yield registry.ChoiceConditionType(
        "gender",
        _("Gender"),
        _DEMOGRAPHICS,
        "contact.gender",
        _reads("gender"),
        choices=_choices(Gender),
        sentences=GENDER_SENTENCES,
        value_texts=GENDER_TEXTS,
    )
    yield birthday_condition("birthday", _("Birthday"), _DEMOGRAPHICS)
    yield registry.DayConditionType(
        "birth_on", _("Date of birth"), _DEMOGRAPHICS, "contact.birth_on", _reads("birth_on"), verb=BORN
    )
    yield registry.ChoiceConditionType(
        "country",
        _("Country"),
        _DEMOGRAPHICS,
        "contact.country",
        _reads("country"),
        choices=_countries,
        sentences=COUNTRY_SENTENCES,
    )
    yield _text("city", _("City as typed"), _DEMOGRAPHICS)
    yield _text("district", _("District (before 2025)"), _DEMOGRAPHICS)
    yield _text("ward", _("Ward/commune"), _DEMOGRAPHICS)
    yield _text("address_line", _("Address"), _DEMOGRAPHICS)
    yield registry.ChoiceConditionType(
        "language",
        _("Preferred language"),
        _DEMOGRAPHICS,
        "contact.language",
        _reads("language"),
        choices=_languages,
        sentences=LANGUAGE_SENTENCES,
        value_texts=LANGUAGE_TEXTS,
    )


def _purchases() -> Iterable[ConditionType]:
    yield registry.NumberConditionType(
        "orders_count",
        _("Total orders"),
        _PURCHASES,
        "contact.orders_count",
        _reads("orders_count"),
        nullable=False,
        whole=True,
        times=True,
        sentences=ORDERS_SENTENCES,
    )
    yield registry.NumberConditionType(
        "spent",
        _("Total spent"),
        _PURCHASES,
        "contact.spent",
        _reads("spent"),
        nullable=False,
        money=True,
        sentences=SPENT_SENTENCES,
    )
    yield _instant(
        "first_order_at",
        _("First order"),
        _PURCHASES,
        nullable=True,
        verb=FIRST_ORDERED,
        sentences=EVER_ORDERED,
    )
    yield _instant(
        "last_order_at", _("Last order"), _PURCHASES, nullable=True, verb=LAST_ORDERED, sentences=EVER_ORDERED
    )


def _tags_and_status() -> Iterable[ConditionType]:
    yield TagsConditionType("tags", _("Tags"), _STATUS)
    yield registry.ChoiceConditionType(
        "status",
        _("Status"),
        _STATUS,
        "contact.status",
        _reads("status"),
        nullable=False,
        choices=_choices(Status, by_name=True),
        stored=lambda value: Status[str(value).upper()].value,
        sentences=STATUS_SENTENCES,
        value_texts=STATUS_TEXTS,
        negative_texts=STATUS_NEGATIVE_TEXTS,
        openings=STATUS_OPENINGS,
    )
    for channel in Channel:
        yield registry.ChoiceConditionType(
            f"consent_{channel.value}",
            _CONSENT_LABELS[channel],
            _STATUS,
            f"contact.consent_{channel.value}",
            _reads(f"consent_{channel.value}"),
            nullable=False,
            choices=_consents,
            default=("granted",),
            stored=lambda value: Consent[str(value).upper()].value,
            sentences=CONSENT_SENTENCES,
            value_texts=consent_texts(channel),
            negative_texts=consent_negative_texts(channel),
            openings=CONSENT_OPENINGS,
        )
    yield registry.YesNoConditionType(
        "incomplete",
        _("Incomplete record"),
        _STATUS,
        "contact.incomplete",
        _reads("incomplete"),
        nullable=False,
        sentences=INCOMPLETE_SENTENCES,
    )


def _record() -> Iterable[ConditionType]:
    for key, label in (
        ("full_name", _("Full name")),
        ("family_name", _("Family name")),
        ("middle_name", _("Middle name")),
        ("given_name", _("Given name")),
        ("call_name", _("Preferred name")),
        ("salutation", _("Salutation")),
        ("company", _("Company")),
    ):
        yield _text(
            key, label, _RECORD, search_column="contact.search" if key in ("full_name", "company") else ""
        )
    yield _text("phone", _("Phone"), _RECORD, search_column="", folded=False, normalise=_phone)
    yield _text(
        "email",
        _("Email"),
        _RECORD,
        search_column="",
        folded=False,
        normalise=lambda raw: clean(raw).lower(),
    )
    yield EmailDomainConditionType("email_domain", _("Email domain"), _RECORD)
    yield _text("note", _("Note"), _RECORD, search_column="")
    yield SourceConditionType(
        "source",
        _("First or latest source"),
        _RECORD,
        ("first_source_id", "latest_source_id"),
        SOURCE_SENTENCES,
    )
    yield SourceConditionType(
        "first_source", _("First source"), _RECORD, ("first_source_id",), FIRST_SOURCE_SENTENCES
    )
    yield SourceConditionType(
        "latest_source", _("Latest source"), _RECORD, ("latest_source_id",), LATEST_SOURCE_SENTENCES
    )
    yield _instant("member_since", _("Member since"), _RECORD, verb=JOINED)
    yield _instant("created_at", _("Created"), _RECORD, verb=CREATED)
    yield _instant("last_activity_at", _("Last activity"), _RECORD, verb=LAST_ACTIVE, sentences=ACTIVITY)


_CONSENT_LABELS = {
    Channel.EMAIL: _("Consent to email"),
    Channel.SMS: _("Consent to SMS"),
    Channel.ZALO: _("Consent to Zalo"),
    Channel.CHAT: _("Consent to chat"),
    Channel.PUSH: _("Consent to push"),
    Channel.CALL: _("Consent to phone calls"),
}


def _text(
    key: str,
    label: Text,
    group: str,
    *,
    search_column: str = "contact.search",
    folded: bool = True,
    normalise: Callable[[str], str] = clean,
) -> ConditionType:
    return registry.TextConditionType(
        key,
        label,
        group,
        f"contact.{key}",
        _reads(key),
        search_column=search_column,
        folded=folded,
        normalise=normalise,
    )


def _instant(
    key: str,
    label: Text,
    group: str,
    *,
    nullable: bool = False,
    verb: Text,
    sentences: Mapping[str, Text] = MappingProxyType({}),
) -> ConditionType:
    return registry.InstantConditionType(
        key,
        label,
        group,
        f"contact.{key}",
        _reads(key),
        nullable=nullable,
        verb=verb,
        sentences=sentences,
    )


def _reads(column: str) -> frozenset[str]:
    return frozenset({f"contact.{column}"})


def _phone(raw: str) -> str:
    """Return a complete number in E.164, or the beginning of a number in the form closest to it."""
    try:
        return phones.read(raw).e164
    except phones.BadPhone:
        digits = "".join(c for c in raw if c.isdigit())
        return f"+84{digits[1:]}" if digits.startswith("0") else digits or clean(raw)


def _choices(
    members: type[Gender] | type[Status], *, by_name: bool = False
) -> Callable[[], Sequence[Choice]]:
    return lambda: [
        Choice(member.name.lower() if by_name else str(member.value), member.label)
        for member in members
        if by_name or member.value
    ]


def _consents() -> Sequence[Choice]:
    order = (Consent.GRANTED, Consent.WITHDRAWN, Consent.NEVER_ASKED, Consent.BLOCKED)
    return [Choice(consent.name.lower(), consent.label) for consent in order]


def _countries() -> Sequence[Choice]:
    return _countries_in(get_language() or "vi")


@cache
def _countries_in(language: str) -> Sequence[Choice]:
    return [Choice(code, countries.name(code, language)) for code in countries.CODES]


def _languages() -> Sequence[Choice]:
    return [Choice("vi", _("Vietnamese")), Choice("en", _("English"))]
