"""The values of the contact page, ready for the templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts import queries
from quen.apps.contacts.list.columns import birth_of
from quen.apps.contacts.models import ConsentEntry, Contact, ContactAddress, ContactIdentity, Field
from quen.apps.contacts.rules.birthdays import Birthday, stored_birthday
from quen.apps.contacts.rules.identifiers import LABELS as IDENTIFIER_LABELS
from quen.apps.contacts.rules.identifiers import SYSTEMS, typed_identifiers
from quen.apps.contacts.rules.labels import LABELS, field_key
from quen.apps.contacts.rules.special_days import next_occurrence, stored_special_day
from quen.apps.contacts.types import MARKETING, Channel, Consent, ConsentMethod, FieldFormat, Gender, Status
from quen.core import countries, phones, provinces
from quen.ui.tags.filters import day, instant, money, num

STATUS_STYLES = {
    Status.SUBSCRIBED: ("good", "circle-check"),
    Status.UNSUBSCRIBED: ("bad", "ban"),
    Status.NON_SUBSCRIBED: ("", "circle-dashed"),
    Status.SAVED: ("", "archive"),
}
CHANNEL_ICONS = {
    Channel.EMAIL: "mail",
    Channel.SMS: "message-square-text",
    Channel.ZALO: "message-circle",
    Channel.CHAT: "messages-square",
    Channel.PUSH: "bell",
    Channel.CALL: "phone",
}
CONSENT_STYLES = {
    Consent.NEVER_ASKED: ("text-ink-3", "circle-dashed"),
    Consent.GRANTED: ("up", "check"),
    Consent.WITHDRAWN: ("down", "ban"),
    Consent.BLOCKED: ("down", "octagon-x"),
}


@dataclass(frozen=True, slots=True)
class StatusBadge:
    """A status as a badge."""

    text: str
    tone: str
    icon: str


@dataclass(frozen=True, slots=True)
class ProfileLine:
    """A line of the profile.

    key: what is edited in place.  href: a link that is the value.  copied: what its copy button copies.
    addresses: email addresses, which are broken between lines at the @ only.
    further: values, as stored and as shown, one of which may become the default.
    """

    key: str
    label: str | Promise
    text: str
    href: str = ""
    is_number: bool = False
    detail: str = ""
    copied: str = ""
    addresses: tuple[str, ...] = ()
    further: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """The current consent on a channel, with its proof."""

    channel: str
    label: str | Promise
    icon: str
    text: str
    color: str
    status_icon: str
    ground: str


@dataclass(frozen=True, slots=True)
class ContactMetric:
    """A figure of the right column."""

    label: str | Promise
    value: str
    hint: str = ""


def status_badge(status: int) -> StatusBadge:
    """Return the badge of a status."""
    tone, icon = STATUS_STYLES[Status(status)]
    return StatusBadge(str(Status(status).label), tone, icon)


def profile_lines(
    contact: Contact,
    custom: Sequence[Field],
    identities: Sequence[ContactIdentity],
    *,
    may_edit: bool,
    today: date,
) -> list[ProfileLine]:
    """Return the profile of a contact; empty lines only for members who may edit it."""
    identifiers: dict[str, list[str]] = {}
    for each in identities:
        identifiers.setdefault(each.system, []).append(each.external_id)
    lines = [profile_line(contact, key, today=today, identifiers=identifiers) for key in PROFILE_KEYS]
    lines += [profile_line(contact, field_key(field.pk), field, today=today) for field in custom]
    return [line for line in lines if line.text or may_edit]


LANGUAGES = {"vi": "Tiếng Việt", "en": "English"}
PROFILE_KEYS = (
    "full_name",
    "phone",
    "other_phones",
    "email",
    "other_emails",
    "customer_code",
    "birth_on",
    "gender",
    "address",
    "company",
    "language",
    "note",
)


def profile_line(
    contact: Contact,
    key: str,
    field: Field | None = None,
    *,
    today: date,
    identifiers: Mapping[str, list[str]] | None = None,
) -> ProfileLine:
    """Return one line of the profile. identifiers: as of queries.identifiers_of_many; read when they are needed."""
    if field is not None:
        return _custom_profile_line(contact, key, field, today)
    if key in SYSTEMS:
        found = (
            queries.identifiers_of_many([contact.pk]).get(contact.pk, {})
            if identifiers is None
            else identifiers
        )
        values = found.get(SYSTEMS[key], [])
        return ProfileLine(
            key,
            IDENTIFIER_LABELS[key],
            typed_identifiers(key, values),
            is_number=key != "other_emails",
            addresses=tuple(values) if key == "other_emails" else (),
            further=tuple(
                (value, typed_identifiers(key, [value])) for value in values if key != "customer_code"
            ),
        )
    label: str | Promise = _("Lives in") if key == "address" else LABELS[key]
    match key:
        case "full_name":
            called = " ".join(filter(None, (contact.salutation, contact.call_name)))
            return ProfileLine(
                key,
                label,
                contact.full_name,
                detail=called if called not in (contact.full_name, contact.given_name) else "",
            )
        case "phone":
            text = phones.display(contact.phone) if contact.phone else ""
            return ProfileLine(key, label, text, is_number=True, copied=text)
        case "email":
            email = contact.email or ""
            return ProfileLine(key, label, email, copied=email, addresses=(email,) if email else ())
        case "birth_on":
            solar = day(contact.birth_on) if contact.birth_is_lunar and contact.birth_on else ""
            born = stored_birthday(contact.birth_on, contact.birth_day, is_lunar=contact.birth_is_lunar)
            details = filter(None, (solar, next_text(born, today)))
            return ProfileLine(key, label, birth_of(contact), is_number=True, detail=" · ".join(details))
        case "gender":
            return ProfileLine(key, label, str(Gender(contact.gender).label) if contact.gender else "")
        case "language":
            return ProfileLine(key, label, LANGUAGES.get(contact.language, contact.language))
        case "address":
            return ProfileLine(key, label, address_text(contact))
    return ProfileLine(key, label, str(getattr(contact, key)))


#: why a form of address is proposed
PROPOSAL_REASONS = {
    "title": _("the title before the name"),
    "gender_and_age": _("gender and age"),
    "age": _("the age"),
    "gender": _("the gender"),
    "middle_name": _("the middle name"),
}


def proposal_context(contact: Contact, today: date) -> dict[str, str]:
    """Return the proposed form of address for the head of the page; nothing if there is none."""
    found = queries.proposed_salutation(contact, today=today)
    if found is None:
        return {}
    return {
        "salutation": found.salutation,
        "certainty": str(found.certainty.label),
        "reason": str(PROPOSAL_REASONS[found.reason]),
    }


def address_text(contact: Contact | ContactAddress) -> str:
    """Return the address as one line, with the former province where the data named one."""
    unit = provinces.NEW.get(contact.province)
    city = unit.name if unit else contact.city
    if unit and contact.province_before and contact.city and contact.city != unit.name:
        city = f"{contact.city} ({unit.name})"
    abroad = contact.country not in ("", "VN")
    country = countries.name(contact.country, get_language() or "vi") if abroad else ""
    parts = (contact.address_line, contact.ward, contact.district, city, country)
    return ", ".join(part for part in parts if part)


def next_text(day_: Birthday | None, today: date) -> str:
    """Return when a day comes round next: “next on 25/09/2026, in 12 days”."""
    if day_ is None:
        return ""
    on = next_occurrence(day_, today)
    days = (on - today).days
    if days == 0:
        return _now("is today")
    return ngettext("next on %(day)s, in %(count)d day", "next on %(day)s, in %(count)d days", days) % {
        "day": day(on),
        "count": days,
    }


def _custom_profile_line(contact: Contact, key: str, field: Field, today: date) -> ProfileLine:
    value = contact.attrs.get(str(field.pk))
    if field.format == FieldFormat.SPECIAL_DAY:
        text = queries.special_day_text(value)
        detail = next_text(stored_special_day(value), today)
        return ProfileLine(key, field.label, text, is_number=True, detail=detail)
    href = value if field.format == FieldFormat.LINK and value else ""
    return ProfileLine(key, field.label, "" if value is None else _custom_text(field, value), href)


def _custom_text(field: Field, value: Any) -> str:
    match field.format:
        case FieldFormat.YES_NO:
            return _now("Yes") if value else _now("No")
        case FieldFormat.NUMBER:
            return num(value)
        case FieldFormat.DATE:
            return day(parse_date(value))
        case FieldFormat.DATE_TIME:
            return instant(parse_datetime(value))
        case FieldFormat.PHONE:
            return phones.display(value)
        case FieldFormat.MULTIPLE:
            return ", ".join(field.in_words(value))
    return str(field.in_words(value))


def consent_lines(contact: Contact) -> list[ConsentLine]:
    """Return the consent of every channel with its ground and day."""
    latest: dict[str, ConsentEntry] = {}
    for entry in queries.consent_entries(contact):
        if entry.purpose == MARKETING:
            latest.setdefault(entry.channel, entry)
    lines = []
    for channel in Channel:
        consent = contact.consent(channel)
        color, status_icon = CONSENT_STYLES[consent]
        ground = _proof_text(latest[channel.value]) if channel.value in latest else ""
        lines.append(
            ConsentLine(
                channel.value,
                channel.label,
                CHANNEL_ICONS[channel],
                str(consent.label),
                color,
                status_icon,
                ground,
            )
        )
    return lines


def _proof_text(entry: ConsentEntry) -> str:
    proof = entry.proof
    method = str(ConsentMethod(proof.method).label) if proof.method in ConsentMethod.values else ""
    message = queries.ground_of(entry) or str(queries.file_origin(entry) or "") or method
    recorded_by = _now("recorded by %(name)s") % {"name": proof.member_name} if proof.member_name else ""
    return ", ".join(filter(None, (message, day(queries.answer_time(entry) or entry.at), recorded_by)))


def contact_metrics(contact: Contact, currency: str) -> dict[str, Any]:
    """Return the totals and what another system counted before (R-07)."""
    # Without an order nothing is known about their spend: no 0 that looks like a fact.
    spent = contact.spent if contact.orders_count else None
    average = contact.spent / contact.orders_count if contact.orders_count else None
    opening = [
        ContactMetric(LABELS["opening_spent"], money(contact.opening_spent, currency))
        if contact.opening_spent
        else None,
        ContactMetric(LABELS["opening_orders"], num(contact.opening_orders))
        if contact.opening_orders
        else None,
        ContactMetric(LABELS["opening_points"], num(contact.opening_points))
        if contact.opening_points
        else None,
    ]
    return {
        "totals": [
            ContactMetric(_("Total spent"), money(spent, currency)),
            ContactMetric(_("Total orders"), num(contact.orders_count or None)),
            ContactMetric(
                _("Average order"), money(round(average) if average is not None else None, currency)
            ),
        ],
        "opening": [metric for metric in opening if metric],
    }
