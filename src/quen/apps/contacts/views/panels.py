"""What the panels of a person's page say, ready for the templates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from quen.apps.contacts import queries
from quen.apps.contacts.forms.people import birthday_of, typed_of
from quen.apps.contacts.models import ConsentEntry, Contact, Field
from quen.apps.contacts.rules.labels import LABELS, field_key
from quen.apps.contacts.types import Channel, Consent, ConsentWay, FieldFormat, Gender, Status
from quen.core import countries, phones, provinces
from quen.ui.tags.filters import day, money, num

STATUS_LOOKS = {
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
CONSENT_LOOKS = {
    Consent.NEVER_ASKED: ("text-ink-3", "circle-dashed"),
    Consent.GRANTED: ("up", "check"),
    Consent.WITHDRAWN: ("down", "ban"),
    Consent.BLOCKED: ("down", "octagon-x"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """A status as a pill."""

    text: str
    tone: str
    icon: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of who the person is. key: what is edited in place; empty when nothing is."""

    key: str
    label: str | Promise
    text: str
    href: str = ""
    is_number: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ConsentLine:
    """What holds on a channel, and on what ground."""

    channel: str
    label: str | Promise
    icon: str
    text: str
    ink: str
    mark: str
    ground: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of the right column."""

    label: str | Promise
    value: str
    hint: str = ""


def status_look(status: int) -> Look:
    """Give a status as words, colour and glyph."""
    tone, icon = STATUS_LOOKS[Status(status)]
    return Look(str(Status(status).label), tone, icon)


def facts_of(person: Contact, custom: Sequence[Field], *, may_edit: bool) -> list[Fact]:
    """Give who the person is, line by line; empty ones only for who may fill them."""
    facts = [fact_of(person, key) for key in KEYS]
    facts += [fact_of(person, field_key(field.pk), field) for field in custom]
    return [fact for fact in facts if fact.text or may_edit]


KEYS = ("full_name", "phone", "email", "birth_on", "gender", "place", "company", "note")


def fact_of(person: Contact, key: str, field: Field | None = None) -> Fact:
    """Give one line."""
    if field is not None:
        return _custom_fact(person, key, field)
    label: str | Promise = _("Lives in") if key == "place" else LABELS[key]
    match key:
        case "full_name":
            called = " ".join(filter(None, (person.salutation, person.call_name)))
            return Fact(
                key,
                label,
                person.full_name,
                detail=called if called not in (person.full_name, person.given_name) else "",
            )
        case "phone":
            text = phones.display(person.phone) if person.phone else ""
            return Fact(key, label, text, f"tel:{person.phone}" if person.phone else "", is_number=True)
        case "email":
            return Fact(key, label, person.email or "", f"mailto:{person.email}" if person.email else "")
        case "birth_on":
            lunar = _now("lunar") if person.birth_is_lunar and person.birth_day else ""
            return Fact(key, label, birthday_of(person), is_number=True, detail=lunar)
        case "gender":
            return Fact(key, label, str(Gender(person.gender).label) if person.gender else "")
        case "place":
            return Fact(key, label, place_of(person))
    return Fact(key, label, str(getattr(person, key)))


def place_of(person: Contact) -> str:
    """Give the address as one line, with the former province where the data named one."""
    unit = provinces.NEW.get(person.province)
    city = unit.name if unit else person.city
    if unit and person.province_before and person.city and person.city != unit.name:
        city = f"{person.city} ({unit.name})"
    abroad = person.country not in ("", "VN")
    country = countries.name(person.country, get_language() or "vi") if abroad else ""
    parts = (person.address_line, person.ward, person.district, city, country)
    return ", ".join(part for part in parts if part)


def _custom_fact(person: Contact, key: str, field: Field) -> Fact:
    value = person.attrs.get(str(field.pk))
    typed = typed_of(field, value)
    text = ", ".join(typed) if isinstance(typed, list) else str(typed)
    if value is not None and field.format == FieldFormat.YES_NO:
        text = _now("Yes") if value else _now("No")
    if value is not None and field.format == FieldFormat.NUMBER:
        text = num(value)
    return Fact(key, field.name, text, value if field.format == FieldFormat.LINK and value else "")


def consent_lines(person: Contact) -> list[ConsentLine]:
    """Give every channel with what holds, its ground and day."""
    latest: dict[str, ConsentEntry] = {}
    for entry in queries.consent_entries(person):
        latest.setdefault(entry.channel, entry)
    lines = []
    for channel in Channel:
        held = person.consent(channel)
        ink, mark = CONSENT_LOOKS[held]
        ground = _ground(latest[channel.value]) if channel.value in latest else ""
        lines.append(
            ConsentLine(
                channel.value, channel.label, CHANNEL_ICONS[channel], str(held.label), ink, mark, ground
            )
        )
    return lines


def _ground(entry: ConsentEntry) -> str:
    proof = entry.proof
    way = str(ConsentWay(proof.way).label) if proof.way in ConsentWay.values else ""
    said = (
        proof.ground
        or way
        or (_now("recorded by %(name)s") % {"name": proof.member_name} if proof.member_name else "")
    )
    return ", ".join(filter(None, (said, day(proof.obtained_at or entry.at))))


def figures_of(person: Contact, currency: str) -> dict[str, Any]:
    """Give the totals, the first and last order, and what another system counted before (R-07)."""
    average = person.spent / person.orders_count if person.orders_count else None
    opening = [
        Figure(LABELS["opening_spent"], money(person.opening_spent, currency))
        if person.opening_spent
        else None,
        Figure(LABELS["opening_orders"], num(person.opening_orders)) if person.opening_orders else None,
        Figure(LABELS["opening_points"], num(person.opening_points)) if person.opening_points else None,
    ]
    return {
        "totals": [
            Figure(_("Total spent"), money(person.spent, currency)),
            Figure(_("Total orders"), num(person.orders_count)),
            Figure(_("Average order"), money(round(average) if average is not None else None, currency)),
        ],
        "opening": [figure for figure in opening if figure],
    }
